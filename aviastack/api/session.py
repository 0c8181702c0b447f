"""The client of AviationStack: one key, one session, pages in answer to slices.

A call waits for its turn, is written down in the ledger, leaves, and its answer is proven to be a page. A failure that
may pass is asked again about, and every attempt is a call of the month's quota: paced, counted and told like any other.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from time import time
from typing import Self

from aviastack.api.responses import Asked, Reply, page_from
from aviastack.api.retries import Fault, RetryPolicy, persist
from aviastack.api.transport import Wire
from aviastack.endpoints import Endpoint, Listing
from aviastack.errors import KeyRefused, PlanRefused, QuotaExhausted, RateLimited
from aviastack.limits.ledger import Call, open_ledger, shared_store
from aviastack.limits.pace import OFF, LocalPace, Pace, Rate, Unpaced
from aviastack.limits.quota import Quota
from aviastack.limits.redis_pace import SharedPace
from aviastack.page import Page
from aviastack.redaction import conceal, logger
from aviastack.settings import Settings
from aviastack.slices import Slice

# Reading a page of 1,000 rows takes 0.7 ms, and 0.9 ms more to unpack it: the latter releases the interpreter, so that
# a thread is worth its cost above these sizes in bytes.
SMALL_PACKED, SMALL_PLAIN = 32 * 2**10, 4 * 2**20
REMEMBERED_GAP = 1.0  # seconds between calls from which on a pace is kept from one process to the next

log = logger(__name__)


class Api:
    """One key, one session; use it as ``async with Api(settings) as api``, in one event loop.

    ``calls`` counts the requests that this object put on the wire, ``retried`` those of them that asked again.
    """

    def __init__(self, settings: Settings, *, retry_policy: RetryPolicy | None = None) -> None:
        conceal(settings.access_key.get_secret_value())
        self.settings = settings
        self.retried = 0
        self._retry_policy = retry_policy or RetryPolicy()
        self._wire = Wire(settings)
        self._shared = shared_store(settings)
        self._ledger = open_ledger(settings, self._shared)
        self._paces: dict[str, Pace] = {}
        self._calls_of: Counter[Slice] = Counter()
        self._places = asyncio.Semaphore(settings.concurrency)

    async def __aenter__(self) -> Self:
        await self._wire.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @property
    def calls(self) -> int:
        """Requests put on the wire by this object, retries among them."""
        return self._ledger.calls

    def calls_of(self, slice_: Slice) -> int:
        """Return the requests of this object for one slice, of the many that may share it."""
        return self._calls_of[slice_]

    async def fetch_page(self, slice_: Slice, *, offset: int, limit: int) -> Page:
        """Return the page of ``slice_`` at ``offset`` with up to ``limit`` rows; the plan may cap the limit.

        An endpoint that answers in one response is sent neither. Raises the errors of access, exhaustion, bad request
        and unavailability; before a call is spent where the key is missing or a budget is used up.
        """
        if not self.settings.access_key.get_secret_value().strip():
            raise KeyRefused("No access key is set.", remedy="Set AVIASTACK_ACCESS_KEY; `aviastack demo` needs none.")
        subject = f"{slice_} at offset {offset}"

        def tell(fault: Fault) -> None:
            self.retried += 1
            log.info("Asking for %s again, at the cost of another call: %s", subject, fault)

        return await persist(lambda: self._attempt(slice_, subject, offset, limit), self._retry_policy, tell)

    async def quota(self) -> Quota:
        """Return what is known of the month, without a call."""
        return await self._ledger.quota()

    async def check_key(self) -> Quota:
        """Ask for one country, which every plan is served: the key works if this returns. Costs one call.

        Raises :class:`KeyRefused` where it does not work, and any other error of :meth:`fetch_page`.
        """
        try:
            await self.fetch_page(Slice.of("countries"), offset=0, limit=1)
        except PlanRefused:
            log.debug("The key is known; its plan does not serve countries.")
        return await self.quota()

    async def close(self) -> None:
        """Close session, ledger and store."""
        await self._wire.close()
        await self._ledger.close()
        if self._shared is not None:
            await self._shared.close()

    async def _attempt(self, slice_: Slice, subject: str, offset: int, limit: int) -> Page:
        """One call: turn, request, proof."""
        query = dict(slice_.query)
        if slice_.endpoint.listing is not Listing.SINGLE_PAGE:
            query |= {"limit": str(limit), "offset": str(offset)}
        pace = await self._pace(slice_.endpoint)
        async with self._turn(slice_, pace) as (call, ticket):
            reply = await self._wire.get(slice_.endpoint.name, query, call.leaves)
            call.headers = reply.headers
        log.debug("%s: %r, %s", subject, reply, call)
        try:
            page = await _read(reply, Asked(subject, offset, limit, self.settings.access_key.get_secret_value()))
        except QuotaExhausted:
            await self._ledger.spent()
            raise
        except Fault as fault:
            if isinstance(fault.error, RateLimited):
                await pace.refused(ticket, fault.after)
            raise
        await pace.accepted()
        return page

    @asynccontextmanager
    async def _turn(self, slice_: Slice, pace: Pace) -> AsyncIterator[tuple[Call, float]]:
        """A place among the concurrent calls, a line in the ledger and a slot of the pace, until the answer is there.

        Only the first in a pace's queue takes them, so that a slow endpoint starves no other and at most one of its
        calls waits written down.
        """
        async with AsyncExitStack() as answered:
            async with pace.queue:
                await answered.enter_async_context(self._places)
                call = await self._ledger.reserve(slice_.endpoint.name, ahead=pace.ahead())
                answered.push_async_callback(self._settle, slice_, call)
                ticket = await pace.slot()
            yield call, ticket

    async def _settle(self, slice_: Slice, call: Call) -> None:
        self._calls_of[slice_] += call.made
        await self._ledger.settle(call)

    async def _pace(self, endpoint: Endpoint) -> Pace:
        """The endpoint's pace, made at its first call: as set, else by plan; shared where there is a store."""
        if endpoint.name not in self._paces:
            text = self.settings.pace or endpoint.pace_for(self.settings.plan)
            wait = await self._wait_since_last(endpoint, text)
            self._paces.setdefault(endpoint.name, self._made(text, endpoint.name, wait))
        return self._paces[endpoint.name]

    def _made(self, text: str, name: str, wait: float) -> Pace:
        if text == OFF:
            return Unpaced()
        if self._shared is not None:
            return SharedPace(Rate.of(text), self._shared, name=name)
        return LocalPace(Rate.of(text), name=name, wait=wait)

    async def _wait_since_last(self, endpoint: Endpoint, text: str) -> float:
        """Seconds that a slow pace still owes to the last call of an earlier process on this host."""
        if text == OFF or self._shared is not None or Rate.of(text).gap < REMEMBERED_GAP:
            return 0.0
        gap, last = Rate.of(text).gap, await self._ledger.last_asked(endpoint.name)
        wait = 0.0 if last is None else min(gap, max(0.0, last + gap - time()))
        if wait > REMEMBERED_GAP:
            log.info(
                "%s was asked lately: the next call leaves in %.0f s, for its pace is %s", endpoint.name, wait, text
            )
        return wait


async def _read(reply: Reply, asked: Asked) -> Page:
    """Prove the page, off the event loop where that pays."""
    small = SMALL_PACKED if "Content-Encoding" in reply.headers else SMALL_PLAIN
    if len(reply.body) <= small:
        return page_from(reply, asked)
    return await asyncio.to_thread(page_from, reply, asked)
