"""The ledger: every call of a key, recorded before it is sent, so that a kill loses none.

The account is in a SQLite file under ``AVIASTACK_STATE``, or in Redis if workers share a key. The key itself is in
neither: an account is named by a fingerprint.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from hashlib import blake2b
from time import time
from typing import Protocol, TypeVar
from urllib.parse import urlsplit

from aviastack.errors import AviastackError, BudgetExhausted, Exhausted, QuotaExhausted, counted
from aviastack.extras import require
from aviastack.limits.quota import Account, Quota, QuotaHeaders, Rules, quota_of
from aviastack.limits.redis_store import SharedStore
from aviastack.limits.sqlite_ledger import AccountFile
from aviastack.redaction import logger
from aviastack.settings import Settings

T = TypeVar("T")
FILE = "ledger.sqlite3"

log = logger(__name__)


class Accounts(Protocol):
    """Stores the account: :class:`AccountFile`, or :class:`~aviastack.limits.redis_ledger.SharedAccount`."""

    async def change(self, step: Callable[[Account], T]) -> T:
        """Let ``step`` change the account in one transaction and return its result; it may be called more than once."""

    async def close(self) -> None:
        """Release it."""


@dataclass
class Call:
    """A recorded call.

    ``settled`` counts the period's calls answered before it, ``sent`` the requests sent for it. ``headers`` are those
    of its answer.
    """

    at: float
    settled: int
    sent: int = 0
    headers: Mapping[str, str] | None = field(default=None, repr=False)  # where the API may have repeated the key

    def leaves(self) -> None:
        """Count one request sent for this call."""
        self.sent += 1

    @property
    def made(self) -> int:
        """The requests that it cost: none if no connection was made, two if aiohttp sent it again."""
        return max(self.sent, self.headers is not None)

    def __str__(self) -> str:
        headers = self.headers or {}
        left, transaction = headers.get("x-quota-remaining", "?"), headers.get("x-apilayer-transaction-id", "?")
        return f"{left[:20]} calls left, transaction {transaction[:60]}"


class Ledger:
    """Counts the calls of one key, and refuses a call beyond the budget or the quota."""

    def __init__(self, settings: Settings, accounts: Accounts) -> None:
        self.calls = 0
        self._rules = Rules.of(settings)
        self._most = settings.max_calls
        self._accounts = accounts
        self._in_flight = 0
        self._unanswered = 0  # calls that were granted; those in flight include those that ask to be
        self._answered = asyncio.Event()  # set when the next call is settled
        self._reported: QuotaHeaders | None = None  # the last headers, until the next transaction stores them

    async def last_request(self, endpoint: str) -> float | None:
        """Return when any process last requested the endpoint, or will do so, in seconds since 1970."""
        return await self._accounts.change(lambda account: account.requested_at.get(endpoint))

    async def reserve(self, endpoint: str, *, ahead: float = 0.0) -> Call:
        """Record a call that is sent in ``ahead`` seconds.

        While the month counts as spent, one call may ask whether it still is, and the others wait for its answer.
        Raises :class:`BudgetExhausted` or :class:`QuotaExhausted` if the call may not be sent.
        """
        while True:
            others, answered = self._unanswered, self._answered
            granted = await self._granted(endpoint, ahead)
            if isinstance(granted, Call):
                self._unanswered += 1
                return granted
            if not others or not isinstance(granted, QuotaExhausted):
                raise granted
            await answered.wait()

    async def _granted(self, endpoint: str, ahead: float) -> Call | Exhausted:
        """Record a call, or return why it may not be sent."""
        self._check_run()
        now, reported = time(), self._reported
        self.calls += 1
        self._in_flight += 1
        in_flight = self._in_flight

        def write(account: Account) -> Exhausted | int:
            if reported is not None:
                account.learn(reported, now)
            refusal = account.grant(now, self._rules)
            if refusal is None:
                account.requested_at = {**account.requested_at, endpoint: now + ahead}
            return refusal or account.counted

        granted: Exhausted | int | None = None
        try:
            granted = await self._accounts.change(write)
        finally:
            if not isinstance(granted, int):
                self.calls -= 1
                self._in_flight -= 1
        self._stored(reported)
        if isinstance(granted, Exhausted):
            return granted
        return Call(at=now, settled=granted - in_flight)

    async def settle(self, call: Call) -> None:
        """Record the end of a call.

        A call that was not sent is given back. The headers wait for the next transaction.
        """
        self._in_flight -= 1
        self._unanswered -= 1
        self._answered.set()
        self._answered = asyncio.Event()
        if call.headers is not None:
            limit, remaining = quota_of(call.headers)
            self._reported = QuotaHeaders(limit, remaining, call.at, call.settled + 1)
        more = call.made - 1
        if more:
            self.calls += more
            await self._accounts.change(lambda account: account.count(more))

    async def spent(self) -> None:
        """Record that the API refused a call because the month is spent."""
        now = time()
        await self._accounts.change(lambda account: account.spent(now))

    async def quota(self) -> Quota:
        """Return what is known of the month's quota."""
        now, reported = time(), self._reported

        def look(account: Account) -> Quota:
            if reported is not None:
                account.learn(reported, now)
            return account.quota(now, self._rules)

        quota = await self._accounts.change(look)
        self._stored(reported)
        return quota

    async def close(self) -> None:
        """Store the last headers, if possible, and release the account."""
        try:
            if self._reported is not None:
                await self.quota()
        except AviastackError as error:
            log.warning("The quota in the last headers was not stored: %s", error)
        finally:
            await self._accounts.close()

    def _check_run(self) -> None:
        if self._most is not None and self.calls >= self._most:
            raise BudgetExhausted(
                f"The next call would exceed the limit of {counted(self._most, 'call')} per run.",
                remedy="Raise max_calls (--max-calls), or run again: pages that arrived are kept.",
            )

    def _stored(self, reported: QuotaHeaders | None) -> None:
        if self._reported is reported:
            self._reported = None


def open_ledger(settings: Settings, shared: SharedStore | None) -> Ledger:
    """Return the key's ledger: in ``shared`` if there is one, else in the SQLite file of ``AVIASTACK_STATE``."""
    if shared is None:
        return Ledger(settings, AccountFile(settings.state / FILE, fingerprint(settings)))
    from aviastack.limits.redis_ledger import SharedAccount

    return Ledger(settings, SharedAccount(shared))


def shared_store(settings: Settings) -> SharedStore | None:
    """Return the store that ``AVIASTACK_PACE_STORE`` names, or None if the key is not shared."""
    if not settings.pace_store:
        return None
    require("redis", "redis", "AVIASTACK_PACE_STORE")
    return SharedStore(settings, fingerprint(settings))


def known_quota(settings: Settings) -> Quota:
    """Return what the ledger knows of the month, without a call to the API; blocks.

    It is read from Redis if ``AVIASTACK_PACE_STORE`` is set, else from the SQLite file of ``AVIASTACK_STATE``. Raises
    :class:`StagingUnavailable` or :class:`RateLimited` if that can't be read.
    """
    with ThreadPoolExecutor(1) as thread:  # a loop may be running in this one, as in a notebook
        return thread.submit(lambda: asyncio.run(_known(settings))).result()


async def _known(settings: Settings) -> Quota:
    shared = shared_store(settings)
    if shared is None and not (settings.state / FILE).exists():
        return Account().quota(time(), Rules.of(settings))
    ledger = open_ledger(settings, shared)
    try:
        return await ledger.quota()
    finally:
        await ledger.close()
        if shared is not None:
            await shared.close()


def fingerprint(settings: Settings) -> str:
    """Return the name of the key's account: a hash of the API's host and the key, one way."""
    text = f"{urlsplit(settings.base_url).netloc.lower()}\n{settings.access_key.get_secret_value()}"
    return blake2b(text.encode(), digest_size=8, person=b"aviastack").hexdigest()
