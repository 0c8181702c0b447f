"""Through all pages of a slice: page 0, then the other offsets concurrently, and a proof that none is missing.

A :class:`Way` decides what to request and what the answers prove: :mod:`aviastack.paging.settled` for settled lists,
:mod:`aviastack.paging.changing` for changing ones. This module requests pages, keeps them and hands them over.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from time import monotonic
from typing import Any, NamedTuple, Protocol, TypeVar

from aviastack.endpoints import Listing
from aviastack.errors import BadRequest
from aviastack.manifest import Coverage
from aviastack.page import Page
from aviastack.paging.changing import Moving
from aviastack.paging.cost import WINDOW, Cost, calls_for
from aviastack.paging.evidence import Read
from aviastack.paging.settled import Still, Whole
from aviastack.slices import Slice

__all__ = ["Asks", "Cost", "Coverage", "calls_for", "fetch"]

EMPTY = "empty: an unknown code or an outage, which the API answers alike, with no rows and a total of 0"
PATIENCE = 2.0  # seconds that answers under way are waited for after a failure: they are paid for

Keep = Callable[[Page], Awaitable[None]]
EdgeKeys = Callable[[Page], Awaitable[Sequence[int]]]
T = TypeVar("T")


class Asks(Protocol):
    """Whoever puts requests on the wire and counts them."""

    async def ask(self, slice_: Slice, *, offset: int, limit: int) -> Page:
        """Return one page, or raise."""

    def calls_of(self, slice_: Slice) -> int:
        """Return the requests made for a slice so far, retries among them."""


class Way(Protocol):
    """A way through the offsets of a list: tells what to ask for next, and judges what came."""

    size: int
    total: int
    abreast: int

    def next(self) -> int | None:
        """Return the next offset to ask for, counted as on its way; None while there is nothing to ask."""

    def take(self, read: Read) -> None:
        """Take the answer to an offset that was asked, now or by an earlier attempt."""

    def refuse(self, offset: int, why: str) -> None:
        """Take note that the API refused an offset."""

    def calls_left(self) -> int:
        """Return how many calls the rest will cost, faults and mending aside."""

    def verdict(self) -> tuple[bool, str]:
        """Return whether the pages are proven to be all there is, and the sentence that says why."""


async def fetch(
    api: Asks,
    slice_: Slice,
    *,
    keep: Keep,
    edge_keys: EdgeKeys,
    have: Iterable[Page] = (),
    allow: Callable[[Cost], None] | None = None,
    rows_per_page: int,
    settled: bool,
    concurrency: int = 16,
    mend_calls: int | None = None,
) -> Coverage:
    """Fetch all pages of a slice and say what they prove.

    ``keep`` is awaited with each page before anything uses it; it may be called again before it has returned, as the
    next requests do not wait for it, up to twice ``concurrency`` pages. ``edge_keys`` gives the 64-bit hashes of a
    page's row keys, in page order; it is asked for moving lists only. ``have`` are the pages of an unfinished run,
    never asked for again. ``allow`` hears once, after page 0, what the rest will cost, and raises to stop.
    ``mend_calls`` bounds the calls beyond the plan (:func:`~aviastack.paging.cost.mending_budget` by default).

    A slice that is empty, or as long as the API's window, ends at page 0: no further call could complete it. Raises
    what ``ask``, ``keep`` and ``allow`` raise, the first of it; pages that had arrived by then are kept.
    """
    moving = not settled and slice_.endpoint.listing is Listing.BY_DATE
    desk = _Desk(api, slice_, keep, edge_keys if moving else None)
    before = api.calls_of(slice_)
    earlier = await desk.recall(have)
    first = next((read for read in earlier if read.offset == 0), None)
    if first is None:
        first = await desk.keep_and_read(await desk.ask(0, rows_per_page))
        earlier.append(first)
    way = _way_through(slice_, first, moving=moving, mend_calls=mend_calls)
    for read in earlier:
        way.take(read)
    if allow is not None:
        allow(_cost(way, len(earlier)))
    if 0 < way.total != WINDOW:
        await _Walk(way, desk, concurrency).to_the_end()
    proven, proof = await asyncio.to_thread(way.verdict) if first.total else (False, EMPTY)
    return Coverage(
        proven=proven,
        proof=proof,
        settled=settled,
        total=way.total,
        pages=desk.pages,
        calls=api.calls_of(slice_) - before,
        as_of=desk.as_of,
        rows_expected=None if moving else way.total,
    )


class _Refused(NamedTuple):
    """The API's answer to an offset that it does not serve."""

    offset: int
    why: str


class _Desk:
    """Where pages come in: numbered as they arrive, kept, and remembered as what they prove."""

    def __init__(self, api: Asks, slice_: Slice, keep: Keep, edge_keys: EdgeKeys | None) -> None:
        self.pages = 0
        self.as_of = datetime.max.replace(tzinfo=UTC)
        self._api, self._slice, self._keep, self._edge_keys = api, slice_, keep, edge_keys
        self._numbers = count()

    async def recall(self, have: Iterable[Page]) -> list[Read]:
        """Remember the pages of an earlier attempt, one of them in memory at a time."""
        pages, reads = iter(have), []
        while (page := await asyncio.to_thread(next, pages, None)) is not None:
            self._numbers = count(max(next(self._numbers), page.number + 1))
            reads.append(await self._read(page, earlier=True))
        return reads

    async def ask(self, offset: int, limit: int) -> Page:
        """Ask for a page."""
        return await self._api.ask(self._slice, offset=offset, limit=limit)

    async def ask_on(self, offset: int, limit: int) -> Page | _Refused:
        """Ask for a page behind the first, whose filters the API has accepted: what it refuses now is the offset."""
        try:
            return await self.ask(offset, limit)
        except BadRequest as error:
            return _Refused(offset, error.message)

    async def keep_and_read(self, page: Page) -> Read:
        """Number a page, keep it, and only then look at it."""
        numbered = replace(page, number=next(self._numbers))
        await self._keep(numbered)
        return await self._read(numbered)

    async def _read(self, page: Page, *, earlier: bool = False) -> Read:
        self.pages += 1
        self.as_of = min(self.as_of, page.arrived)
        return Read.of(page, await self._edge_keys(page) if self._edge_keys else (), earlier=earlier)


class _Walk:
    """Requests and answers under way. A request's place is free again when its answer is there, kept or not.

    The first failure ends it: nothing more is asked for, answers under way are given a moment, the rest is cancelled.
    """

    def __init__(self, way: Way, desk: _Desk, concurrency: int) -> None:
        self._way, self._desk, self._concurrency = way, desk, concurrency
        self._asking: list[asyncio.Task[Page | _Refused]] = []
        self._keeping: list[asyncio.Task[Read]] = []
        self._failure: BaseException | None = None
        self._deadline = 0.0

    async def to_the_end(self) -> None:
        """Ask until the way asks no more and every answer is kept."""
        try:
            while self._is_under_way():
                await self._take_answers()
        finally:
            await self._cancel()
        if self._failure is not None:
            raise self._failure

    def _is_under_way(self) -> bool:
        """Fill the free places with requests; False when nothing is left to wait for."""
        while self._has_room() and (offset := self._way.next()) is not None:
            self._asking.append(asyncio.create_task(self._desk.ask_on(offset, self._way.size)))
        in_time = self._failure is None or monotonic() < self._deadline
        return in_time and bool(self._asking or self._keeping)

    def _has_room(self) -> bool:
        places = min(self._concurrency, self._way.abreast)
        return self._failure is None and len(self._asking) < places and len(self._keeping) <= self._concurrency

    async def _take_answers(self) -> None:
        timeout = None if self._failure is None else max(0.0, self._deadline - monotonic())
        under_way: list[asyncio.Task[Any]] = [*self._asking, *self._keeping]
        done, _ = await asyncio.wait(under_way, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
        kept, self._keeping = _parted(self._keeping, done)
        asked, self._asking = _parted(self._asking, done)
        for read in filter(self._went_well, kept):
            self._way.take(read.result())
        for answer in filter(self._went_well, asked):
            self._take(answer.result())

    def _went_well(self, task: asyncio.Task[Any]) -> bool:
        """Note the first failure, and when patience with the answers under way ends."""
        error = task.exception()
        if error is not None and self._failure is None:
            self._failure, self._deadline = error, monotonic() + PATIENCE
        return error is None

    def _take(self, answer: Page | _Refused) -> None:
        if isinstance(answer, _Refused):
            self._way.refuse(answer.offset, answer.why)
        else:
            self._keeping.append(asyncio.create_task(self._desk.keep_and_read(answer)))

    async def _cancel(self) -> None:
        left: list[asyncio.Task[Any]] = [*self._asking, *self._keeping]
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)


def _parted(
    tasks: list[asyncio.Task[T]], done: set[asyncio.Task[Any]]
) -> tuple[list[asyncio.Task[T]], list[asyncio.Task[T]]]:
    return [task for task in tasks if task in done], [task for task in tasks if task not in done]


def _way_through(slice_: Slice, first: Read, *, moving: bool, mend_calls: int | None) -> Way:
    if slice_.endpoint.listing is Listing.SINGLE_PAGE:
        return Whole(first)
    return Moving(first, mend_calls) if moving else Still(first, mend_calls)


def _cost(way: Way, pages: int) -> Cost:
    calls = way.calls_left()
    return Cost(calls, pages + calls, way.total, way.size, window_hit=way.total == WINDOW)
