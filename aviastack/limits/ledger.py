"""The ledger: every call of a key, written down before it leaves, so that a kill loses none.

The account lies in a SQLite file under ``AVIASTACK_STATE``, or in Redis where workers share a key. The key itself is in
neither: an account goes by a fingerprint.
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

from aviastack.errors import AviastackError, BudgetExhausted, Exhausted
from aviastack.extras import require
from aviastack.limits.quota import Account, Quota, Rules, Told, quota_of
from aviastack.limits.redis_store import SharedStore
from aviastack.limits.sqlite_ledger import AccountFile
from aviastack.redaction import logger
from aviastack.settings import Settings

T = TypeVar("T")
FILE = "ledger.sqlite3"

log = logger(__name__)


class Accounts(Protocol):
    """Where the account lies: :class:`AccountFile`, or :class:`~aviastack.limits.redis_ledger.SharedAccount`."""

    async def change(self, step: Callable[[Account], T]) -> T:
        """Let ``step`` change the account in one transaction and return its answer; it may be called more than once."""

    async def close(self) -> None:
        """Let go of it."""


@dataclass
class Call:
    """A call that is written down, and what became of it.

    ``settled`` counts the period's calls that had been answered before it, ``sent`` the requests that left for it;
    ``headers`` are those of its answer.
    """

    at: float
    settled: int
    sent: int = 0
    headers: Mapping[str, str] | None = field(default=None, repr=False)  # where the API may have repeated the key

    def leaves(self) -> None:
        """Count one request that is put on the wire for this call."""
        self.sent += 1

    @property
    def made(self) -> int:
        """The requests that it cost: none where no connection was made, two where aiohttp sent it again."""
        return max(self.sent, self.headers is not None)

    def __str__(self) -> str:
        told = self.headers or {}
        left, transaction = told.get("x-quota-remaining", "?"), told.get("x-apilayer-transaction-id", "?")
        return f"{left} calls left, transaction {transaction}"


class Ledger:
    """Counts the calls of one key for one run, and says when no further one may be made."""

    def __init__(self, settings: Settings, accounts: Accounts) -> None:
        self.calls = 0
        self._rules = Rules.of(settings)
        self._most = settings.max_calls
        self._accounts = accounts
        self._in_flight = 0
        self._told: Told | None = None  # the last headers, until the next transaction writes them down

    async def last_request(self, endpoint: str) -> float | None:
        """Return when any process asked the endpoint last, or is about to, in seconds since 1970."""
        return await self._accounts.change(lambda account: account.asked_at.get(endpoint))

    async def reserve(self, endpoint: str, *, ahead: float = 0.0) -> Call:
        """Write down a call that leaves in ``ahead`` seconds.

        Raises :class:`BudgetExhausted` or :class:`QuotaExhausted` where it may not be made.
        """
        self._check_run()
        now, told = time(), self._told
        self.calls += 1
        self._in_flight += 1
        in_flight = self._in_flight

        def write(account: Account) -> Exhausted | int:
            if told is not None:
                account.learn(told, now)
            refusal = account.grant(now, self._rules)
            if refusal is None:
                account.asked_at = {**account.asked_at, endpoint: now + ahead}
            return refusal or account.counted

        granted: Exhausted | int | None = None
        try:
            granted = await self._accounts.change(write)
        finally:
            if not isinstance(granted, int):
                self.calls -= 1
                self._in_flight -= 1
        self._written(told)
        if isinstance(granted, Exhausted):
            raise granted
        return Call(at=now, settled=granted - in_flight)

    async def settle(self, call: Call) -> None:
        """Take note of a call's end.

        What did not leave is given back; what the headers tell waits for the next transaction.
        """
        self._in_flight -= 1
        if call.headers is not None:
            limit, remaining = quota_of(call.headers)
            self._told = Told(limit, remaining, call.at, call.settled + 1)
        more = call.made - 1
        if more:
            self.calls += more
            await self._accounts.change(lambda account: account.count(more))

    async def spent(self) -> None:
        """Write down that the API refused a call because the month is spent."""
        now = time()
        await self._accounts.change(lambda account: account.spent(now))

    async def quota(self) -> Quota:
        """Return what is known of the month."""
        now, told = time(), self._told

        def look(account: Account) -> Quota:
            if told is not None:
                account.learn(told, now)
            return account.quota(now, self._rules)

        quota = await self._accounts.change(look)
        self._written(told)
        return quota

    async def close(self) -> None:
        """Write down what the last headers told, if that is possible, and let go of the account."""
        try:
            if self._told is not None:
                await self.quota()
        except AviastackError as error:
            log.warning("What the last headers told of the quota is lost: %s", error)
        finally:
            await self._accounts.close()

    def _check_run(self) -> None:
        if self._most is not None and self.calls >= self._most:
            raise BudgetExhausted(
                f"The next call would exceed the {self._most:,} that this run may spend.",
                remedy="Raise --max-calls (max_calls), or run again: what is done is kept.",
            )

    def _written(self, told: Told | None) -> None:
        if self._told is told:
            self._told = None


def open_ledger(settings: Settings, shared: SharedStore | None) -> Ledger:
    """Return the key's ledger: in ``shared`` where there is one, else in the SQLite file of ``AVIASTACK_STATE``."""
    if shared is None:
        return Ledger(settings, AccountFile(settings.state / FILE, fingerprint(settings)))
    from aviastack.limits.redis_ledger import SharedAccount

    return Ledger(settings, SharedAccount(shared))


def shared_store(settings: Settings) -> SharedStore | None:
    """Return the store that ``AVIASTACK_PACE_STORE`` names, or None where the key is not shared."""
    if not settings.pace_store:
        return None
    require("redis", "redis", "AVIASTACK_PACE_STORE")
    return SharedStore(settings, fingerprint(settings))


def known_quota(settings: Settings) -> Quota:
    """Return what the ledger knows of the month, without a call to the API; blocks.

    It is read from Redis where ``AVIASTACK_PACE_STORE`` is set, from the SQLite file of ``AVIASTACK_STATE`` otherwise.
    Raises :class:`StagingUnavailable` or :class:`RateLimited` where that can't be read.
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
