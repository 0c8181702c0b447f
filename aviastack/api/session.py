"""A session with AviationStack under one key: it answers requests for a slice's pages.

A call waits for its turn, is recorded in the ledger, is sent, and its answer is checked to be a page. A transient
failure is retried; every attempt is a call of the month's quota, paced and counted like any other.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from itertools import count
from time import time
from typing import Self

from aviastack.api.responses import PageRequest, Response, page_from
from aviastack.api.retries import Breaker, RetryPolicy, TransientError, with_retries
from aviastack.api.transport import Transport
from aviastack.endpoints import Endpoint, Listing, Rate
from aviastack.errors import ApiDown, ApiUnavailable, KeyRefused, PlanRefused, QuotaExhausted, RateLimited
from aviastack.limits.ledger import Call, Ledger, fingerprint, open_ledger, shared_store
from aviastack.limits.pace import LocalPace, Pace, Slot, Unpaced, schedule_of
from aviastack.limits.quota import Quota
from aviastack.limits.redis_pace import SharedPace
from aviastack.page import Page
from aviastack.redaction import conceal, logger
from aviastack.settings import Settings
from aviastack.slices import Slice

# Checking a page of 1,000 rows takes 0.7 ms, and unpacking it 0.9 ms more, which releases the interpreter lock. Above
# these sizes in bytes a thread is worth its cost.
SMALL_PACKED, SMALL_PLAIN = 32 * 2**10, 4 * 2**20
PROXY_REFUSES = 407  # from a proxy that a plain http request went to: it never reached the API
SOURCE_HEADER = "x-aviastack-source"  # how the simulator says that its rows are not the API's
REMEMBERED_GAP = 1.0  # seconds between calls: a pace this slow is kept from one process to the next

log = logger(__name__)


class Api:
    """One key, one session; use it as ``async with Api(settings) as api``, in one event loop.

    ``calls`` counts the requests that this object sent, ``retried`` those of them that were retries. ``on_retry`` is
    called before each retry with the slice, the number of the attempt, the most attempts, and the cause.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        retry_policy: RetryPolicy | None = None,
        transport: Transport | None = None,
        ledger: Ledger | None = None,
    ) -> None:
        conceal(settings.access_key.get_secret_value())
        self.settings = settings
        self.retried = 0
        self.on_retry: Callable[[Slice, int, int, str], None] | None = None
        self._retry_policy = retry_policy or RetryPolicy()
        self._transport = transport or Transport(settings)
        self._breaker = Breaker()
        self._has_warned_of_clock = False
        self._shared = shared_store(settings)
        self._ledger = ledger or open_ledger(settings, self._shared)
        self._paces: dict[str, Pace] = {}
        self._calls_of: Counter[Slice] = Counter()
        self._places = asyncio.Semaphore(settings.concurrency)

    async def __aenter__(self) -> Self:
        await self._transport.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @property
    def calls(self) -> int:
        """The requests sent by this object, retries included."""
        return self._ledger.calls

    def calls_of(self, slice_: Slice) -> int:
        """Return the requests that this object sent for one slice."""
        return self._calls_of[slice_]

    async def fetch_page(self, slice_: Slice, *, offset: int, limit: int) -> Page:
        """Return the page of ``slice_`` at ``offset`` with up to ``limit`` rows; the plan may cap the limit.

        Neither is sent to an endpoint that answers in one response. Raises :class:`AccessRefused`, :class:`Exhausted`,
        :class:`BadRequest` or :class:`ApiUnavailable`. A missing key, a spent budget and an API that is down are found
        before a call is spent.
        """
        if not self._key.strip():
            raise KeyRefused("No access key is set.", remedy="Set AVIASTACK_ACCESS_KEY; `aviastack demo` needs none.")
        subject = f"{slice_} at offset {offset}"

        attempts = count(2)

        def on_retry(error: TransientError) -> None:
            self._breaker.check()
            self.retried += 1
            if self.on_retry is not None:
                most = min(error.attempts or self._retry_policy.attempts, self._retry_policy.attempts)
                self.on_retry(slice_, next(attempts), most, error.error.message)
            log.info("Retrying %s, which costs another call: %s", subject, error)

        self._breaker.check()
        try:
            return await with_retries(
                lambda: self._attempt(slice_, subject, offset, limit), self._retry_policy, on_retry
            )
        except ApiDown:
            raise
        except ApiUnavailable:
            self._breaker.gave_up()
            raise

    async def quota(self) -> Quota:
        """Return what is known of the month's quota, without a call."""
        return await self._ledger.quota()

    async def check_key(self) -> Quota:
        """Check that the key works: request one country, which every plan includes. Costs one call.

        Raises :class:`KeyRefused` if it does not work, and any other error of :meth:`fetch_page`.
        """
        try:
            await self.fetch_page(Slice.of("countries"), offset=0, limit=1)
        except PlanRefused:
            log.debug("The key is valid; its plan does not include countries.")
        return await self.quota()

    async def close(self) -> None:
        """Close session, ledger and store."""
        await self._transport.close()
        await self._ledger.close()
        if self._shared is not None:
            await self._shared.close()

    async def _attempt(self, slice_: Slice, subject: str, offset: int, limit: int) -> Page:
        """Make one call: wait for its turn, send it, check its answer."""
        query = dict(slice_.query)
        if slice_.endpoint.listing is not Listing.SINGLE_PAGE:
            query |= {"limit": str(limit), "offset": str(offset)}
        pace = await self._pace(slice_.endpoint)
        async with self._turn(slice_, pace) as (call, slot):
            response = await self._transport.get(slice_.endpoint.name, query, partial(_sent, call, slot))
            if response.status == PROXY_REFUSES:
                call.sent = 0
            else:
                call.headers = response.headers
        log.debug("%s: %r, %s", subject, response, call)
        try:
            request = PageRequest(subject, offset, limit, self._key, self._source_of(response))
            page = await _read(response, request)
        except QuotaExhausted:
            await self._ledger.spent()
            raise
        except TransientError as failure:
            if isinstance(failure.error, RateLimited):
                after = failure.after and min(failure.after, self._retry_policy.retry_after)
                await pace.refused(slot, after)  # one slice's answer must not stop the others for a day
            raise
        await pace.accepted()
        self._breaker.answered()
        self._warn_of_clock(page)
        return page

    @property
    def _key(self) -> str:
        return self.settings.access_key.get_secret_value()

    def _warn_of_clock(self, page: Page) -> None:
        if page.skewed and not self._has_warned_of_clock:
            self._has_warned_of_clock = True
            log.warning("The API's clock disagrees with this machine's by over 5 minutes; this machine's is used.")

    def _source_of(self, response: Response) -> str:
        """Return the API's host; a loopback server may call its rows simulated or recorded."""
        host = self._transport.base.host or ""
        source = response.headers.get(SOURCE_HEADER, "") if self._transport.is_loopback else ""
        return source if source in ("simulated", "recorded") else host

    @asynccontextmanager
    async def _turn(self, slice_: Slice, pace: Pace) -> AsyncIterator[tuple[Call, Slot]]:
        """Hold a place among the concurrent calls, a record in the ledger and a slot of the pace until the answer came.

        Only the first call in a pace's queue takes them, so that a slow endpoint does not starve the others and at most
        one of its calls waits while recorded.
        """
        async with AsyncExitStack() as answered:
            async with pace.queue:
                await answered.enter_async_context(self._places)
                call = await self._ledger.reserve(slice_.endpoint.name, ahead=pace.ahead())
                answered.push_async_callback(self._settle, slice_, call)
                slot = await pace.slot()
                answered.callback(slot.done)
            yield call, slot

    async def _settle(self, slice_: Slice, call: Call) -> None:
        self._calls_of[slice_] += call.made
        await self._ledger.settle(call)

    async def _pace(self, endpoint: Endpoint) -> Pace:
        """Return the endpoint's pace: as set, else by plan; shared if there is a store."""
        if endpoint.name not in self._paces:
            rate = self.settings.pace or endpoint.pace_for(self.settings.plan)
            wait = await self._wait_since_last(endpoint, rate)
            self._paces.setdefault(endpoint.name, self._made(rate, endpoint.name, wait))
        return self._paces[endpoint.name]

    def _made(self, rate: Rate, name: str, wait: float) -> Pace:
        if rate.is_off:
            return Unpaced()
        if self._shared is not None:
            return SharedPace(rate, self._shared, name=name)
        return LocalPace(schedule_of(fingerprint(self.settings), name, rate, wait=wait), name=name)

    async def _wait_since_last(self, endpoint: Endpoint, rate: Rate) -> float:
        """Return the seconds to wait at a slow pace after the last call of an earlier process on this host."""
        if self._shared is not None or rate.gap < REMEMBERED_GAP:
            return 0.0
        gap, last = rate.gap, await self._ledger.last_request(endpoint.name)
        wait = 0.0 if last is None else min(gap, max(0.0, last + gap - time()))
        if wait > REMEMBERED_GAP:
            log.info(
                "%s was requested recently; the next call at a pace of %s is sent in %.0f s",
                endpoint.name,
                rate,
                wait,
            )
        return wait


def _sent(call: Call, slot: Slot) -> None:
    call.leaves()
    slot.sent()


async def _read(response: Response, request: PageRequest) -> Page:
    """Check the page, in a thread if it is large."""
    small = SMALL_PACKED if "Content-Encoding" in response.headers else SMALL_PLAIN
    if len(response.body) <= small:
        return page_from(response, request)
    return await asyncio.to_thread(page_from, response, request)
