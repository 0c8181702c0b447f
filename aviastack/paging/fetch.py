"""Fetches all pages of a slice in two phases, and proves that no row is missing.

:func:`begin` fetches page 0, which says what the rest costs; :meth:`Fetch.finish` requests the other offsets
concurrently. Between the two the caller decides whether the rest may be paid for. A :class:`Strategy` chooses the
offsets and judges the pages: :mod:`aviastack.paging.settled` for settled lists, :mod:`aviastack.paging.changing` for
changing ones. This module requests pages and keeps them.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import count
from time import monotonic
from typing import NamedTuple, Protocol, TypeVar

from aviastack.endpoints import Listing
from aviastack.errors import BadRequest
from aviastack.manifest import Coverage
from aviastack.page import Page
from aviastack.paging.changing import Changing
from aviastack.paging.cost import WINDOW, Cost
from aviastack.paging.evidence import Evidence
from aviastack.paging.settled import Settled, SingleResponse
from aviastack.slices import Slice

EMPTY = "empty: an unknown code and an outage look alike, with no rows and a total of 0"
ALIKE = 3  # offsets with the same rows from which on the API ignores the offset; a shift of the list can make two
FIRST_ROWS = 4_096  # bytes of rows, about four of them, by which pages are compared
GRACE = 2.0  # seconds to wait for answers that are under way when a request fails: they are paid for

Keep = Callable[[Page], Awaitable[None]]
EdgeKeys = Callable[[Page], Awaitable[Sequence[int]]]
T = TypeVar("T")


class PageSource(Protocol):
    """Sends requests and counts them; :class:`aviastack.api.session.Api` in production."""

    async def fetch_page(self, slice_: Slice, *, offset: int, limit: int) -> Page:
        """Return one page, or raise."""

    def calls_of(self, slice_: Slice) -> int:
        """Return the number of requests made for a slice so far, retries included."""


class Strategy(Protocol):
    """Chooses the offsets to request, and judges the pages.

    ``size`` is the number of rows per page, ``total`` the list's length, ``in_flight`` the most requests at once.
    """

    size: int
    total: int
    in_flight: int

    def next(self) -> int | None:
        """Return the next offset to request, which then counts as requested; None if nothing is to be requested."""

    def take(self, page: Evidence) -> None:
        """Take a page that was fetched now or by an earlier attempt."""

    def refuse(self, offset: int, why: str) -> None:
        """Note that the API refused an offset."""

    def calls_left(self) -> int:
        """Return how many calls the rest costs, retries and repairs aside."""

    def verdict(self) -> tuple[bool, str]:
        """Return whether the pages prove that no row is missing, and the sentence that says why."""


@dataclass(frozen=True, slots=True)
class Fetch:
    """A fetch whose page 0 is kept. ``cost`` is the cost of the rest."""

    cost: Cost
    _strategy: Strategy
    _intake: _Intake
    _concurrency: int

    async def finish(self) -> Coverage:
        """Fetch the rest and return what the pages prove.

        A slice that is empty, or as long as the API's window, makes no further call: none could complete it. Nor does
        one whose rows are the same at several offsets. Raises the first error of a request or of ``keep``; pages that
        had arrived by then are kept.
        """
        strategy, intake = self._strategy, self._intake
        if 0 < strategy.total != WINDOW and intake.repetition is None:
            await _Requests(strategy, intake, self._concurrency).run()
        if intake.repetition is not None:
            proven, proof = False, f"not proven: {intake.repetition}"
        else:
            proven, proof = await asyncio.to_thread(strategy.verdict) if strategy.total else (False, EMPTY)
        return Coverage(
            proven=proven,
            proof=proof,
            settled=intake.settled,
            total=strategy.total,
            pages=intake.pages,
            calls=intake.calls,
            as_of=intake.as_of,
            rows_expected=None if intake.is_changing else strategy.total,
            clock_skew_pages=intake.clock_skew_pages,
            source=intake.source,
        )


async def begin(
    source: PageSource,
    slice_: Slice,
    *,
    keep: Keep,
    edge_keys: EdgeKeys,
    have: Iterable[Page] = (),
    rows_per_page: int,
    settled: bool,
    concurrency: int = 16,
    repair_calls: int | None = None,
) -> Fetch:
    """Fetch page 0 of a slice unless it is among ``have``, the pages of an unfinished run.

    ``keep`` is awaited with each page before anything uses the page. The next requests do not wait for it, so it may
    run concurrently with itself, for up to twice ``concurrency`` pages. ``edge_keys`` returns the 64-bit hashes of a
    page's row keys in page order; it is called for changing lists only. ``repair_calls`` bounds the calls beyond the
    plan (default: :func:`~aviastack.paging.cost.repair_budget`). Raises what ``fetch_page`` and ``keep`` raise.
    """
    intake = _Intake(source, slice_, keep, edge_keys, settled=settled)
    evidence = await intake.recall(have)
    first = next((page for page in evidence if page.offset == 0), None)
    if first is None:
        first = await intake.keep_page(await intake.request(0, rows_per_page))
        evidence.append(first)
    strategy = _strategy_for(slice_, first, is_changing=intake.is_changing, repair_calls=repair_calls)
    for page in evidence:
        strategy.take(page)
    calls = 0 if strategy.total == WINDOW else strategy.calls_left()
    cost = Cost(calls, pages=len(evidence) + calls, rows=strategy.total, rows_per_page=strategy.size)
    return Fetch(cost, strategy, intake, concurrency)


def _strategy_for(slice_: Slice, first: Evidence, *, is_changing: bool, repair_calls: int | None) -> Strategy:
    if slice_.endpoint.listing is Listing.SINGLE_PAGE:
        return SingleResponse(first)
    return Changing(first, repair_calls) if is_changing else Settled(first, repair_calls)


class _Refused(NamedTuple):
    """The API's answer to an offset that it does not serve."""

    offset: int
    why: str


class _Intake:
    """Requests pages, numbers them in the order of arrival, keeps them, and remembers what they prove."""

    def __init__(self, source: PageSource, slice_: Slice, keep: Keep, edge_keys: EdgeKeys, *, settled: bool) -> None:
        self.settled = settled
        self.is_changing = not settled and slice_.endpoint.listing is Listing.BY_DATE
        self.pages = 0
        self.clock_skew_pages = 0
        self.source = ""
        self.repetition: str | None = None  # why no further page is worth a call
        self.as_of = datetime.max.replace(tzinfo=UTC)
        self._source, self._slice, self._keep, self._edge_keys = source, slice_, keep, edge_keys
        self._calls_before = source.calls_of(slice_)
        self._numbers = count()
        self._offsets_of: defaultdict[int, set[int]] = defaultdict(set)  # by the hash of their rows

    @property
    def calls(self) -> int:
        """The calls made since this intake began."""
        return self._source.calls_of(self._slice) - self._calls_before

    async def recall(self, have: Iterable[Page]) -> list[Evidence]:
        """Remember the pages of an earlier attempt, with one of them in memory at a time."""
        pages, evidence = iter(have), []
        while (page := await asyncio.to_thread(next, pages, None)) is not None:
            self._numbers = count(max(next(self._numbers), page.number + 1))
            evidence.append(await self._evidence(page, earlier=True))
        return evidence

    async def request(self, offset: int, limit: int) -> Page:
        """Request a page."""
        return await self._source.fetch_page(self._slice, offset=offset, limit=limit)

    async def request_further(self, offset: int, limit: int) -> Page | _Refused:
        """Request a page after the first. The API accepted the filters on page 0, so it now refuses the offset."""
        try:
            return await self.request(offset, limit)
        except BadRequest as error:
            return _Refused(offset, error.message)

    async def keep_page(self, page: Page) -> Evidence:
        """Number a page and keep it, before it is used."""
        numbered = replace(page, number=next(self._numbers))
        await self._keep(numbered)
        return await self._evidence(numbered)

    async def _evidence(self, page: Page, *, earlier: bool = False) -> Evidence:
        self.pages += 1
        self.as_of = min(self.as_of, page.arrived)
        self.clock_skew_pages += page.skewed
        self.source = page.source
        self._note_repetition(page)
        return Evidence.of(page, await self._edge_keys(page) if self.is_changing else (), earlier=earlier)

    def _note_repetition(self, page: Page) -> None:
        """Note if the API returns the same rows whatever the offset."""
        if not page.pagination.count:
            return
        start = max(0, page.body.find(b'"data"'))
        alike = self._offsets_of[hash((page.pagination.count, page.body[start : start + FIRST_ROWS]))]
        alike.add(page.offset)
        if len(alike) == ALIKE:
            offsets = ", ".join(f"{offset:,}" for offset in sorted(alike))
            self.repetition = f"the API returns the same rows at the offsets {offsets}, so it ignores the offset"


class _Requests:
    """Requests and pages under way. A request's slot is free again when its answer has arrived, kept or not.

    A slot sends its next request itself. Answers come in bursts, and if their slots were filled together, each would
    wait until the answers of all were checked. The first failure stops new requests. Answers under way get
    :data:`GRACE` to arrive, then they are cancelled.
    """

    def __init__(self, strategy: Strategy, intake: _Intake, concurrency: int) -> None:
        self._strategy, self._intake, self._concurrency = strategy, intake, concurrency
        self._slots: list[asyncio.Task[None]] = []
        self._keeping: list[asyncio.Task[None]] = []
        self._ended = asyncio.Event()  # a slot or a page has come to its end
        self._failure: BaseException | None = None
        self._deadline = 0.0

    async def run(self) -> None:
        """Request offsets until the strategy has no more and every page is kept."""
        try:
            while self._is_under_way():
                await self._next_end()
        finally:
            await self._cancel()
        if self._failure is not None:
            raise self._failure

    def _is_under_way(self) -> bool:
        """Fill the free slots; False if nothing is left to wait for."""
        while self._has_room(len(self._slots) + 1) and (offset := self._strategy.next()) is not None:
            self._start(self._slots, self._request_from, offset)
        in_time = self._failure is None or monotonic() < self._deadline
        return in_time and bool(self._slots or self._keeping)

    def _has_room(self, slots: int) -> bool:
        """Whether a request may be sent if that many slots are then in use."""
        wanted = self._failure is None and self._intake.repetition is None
        most = min(self._concurrency, self._strategy.in_flight)
        return wanted and slots <= most and len(self._keeping) <= self._concurrency

    async def _next_end(self) -> None:
        self._ended.clear()
        if self._failure is None:
            await self._ended.wait()
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, self._deadline - monotonic())):
                await self._ended.wait()

    def _start(self, among: list[asyncio.Task[None]], step: Callable[[T], Awaitable[None]], what: T) -> None:
        task = asyncio.create_task(self._watched(step, what))
        among.append(task)
        task.add_done_callback(among.remove)
        task.add_done_callback(lambda _: self._ended.set())

    async def _watched(self, step: Callable[[T], Awaitable[None]], what: T) -> None:
        """Do a step. The first failure is noted at once, before another slot sends a request."""
        try:
            await step(what)
        except asyncio.CancelledError:
            raise
        except BaseException as error:  # noqa: BLE001  raised by run()
            if self._failure is None:
                self._failure, self._deadline = error, monotonic() + GRACE

    async def _request_from(self, first: int) -> None:
        """Request an offset, and another whenever an answer has arrived, while there are offsets and room."""
        offset: int | None = first
        while offset is not None:
            answer = await self._intake.request_further(offset, self._strategy.size)
            if isinstance(answer, _Refused):
                self._strategy.refuse(answer.offset, answer.why)
            else:
                self._start(self._keeping, self._keep, answer)
            offset = self._strategy.next() if self._has_room(len(self._slots)) else None

    async def _keep(self, page: Page) -> None:
        self._strategy.take(await self._intake.keep_page(page))

    async def _cancel(self) -> None:
        left = [*self._slots, *self._keeping]
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
