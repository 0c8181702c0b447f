"""Lists behind the interface of an API, for tests of paging: no HTTP, a page's body is the ids of its rows."""

from __future__ import annotations

import asyncio
import selectors
from array import array
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from aviastack.errors import BadRequest
from aviastack.manifest import Coverage
from aviastack.page import Page, Pagination
from aviastack.paging.fetch import Fetch, begin
from aviastack.slices import Slice
from tests.simulation.paging import Pages

DAY = Slice.of("flights", {"flight_date": "2026-10-01", "airline_iata": "DL"})
LIVE = Slice.of("flights")
BOARD = Slice.of("timetable", {"iataCode": "SFO", "type": "arrival"})
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def page_of(rows: Iterable[int], *, offset: int, limit: int, total: int, **said: int | None) -> Page:
    """A page of those rows; ``said_limit`` and ``said_offset`` where its own word differs from what was asked."""
    ids = array("Q", rows)
    pagination = Pagination(said.get("said_limit", limit), said.get("said_offset", offset), len(ids), total)
    return Page(offset, limit, ids.tobytes(), pagination, NOON + timedelta(seconds=offset))


class SettledList:
    """A list of ``total`` rows that stands still. ``most`` is the largest limit that it serves.

    ``answers`` maps an offset to what it is answered with at first: a page, an error, or a function of the true page.
    """

    def __init__(self, total: int, *, most: int = 1000, latency: float = 0.0) -> None:
        self.total, self.most, self.latency = total, most, latency
        self.answers: dict[int, list[Any]] = {}
        self.asked: list[int] = []
        self.calls = self.under_way = self.peak = 0

    async def fetch_page(self, slice_: Slice, *, offset: int, limit: int) -> Page:
        self.calls += 1
        self.asked.append(offset)
        self.under_way += 1
        self.peak = max(self.peak, self.under_way)
        try:
            await asyncio.sleep(self.latency)
        finally:
            self.under_way -= 1
        return self._answer(offset, min(limit, self.most), limit)

    def calls_of(self, slice_: Slice) -> int:
        return self.calls

    def _answer(self, offset: int, served: int, limit: int) -> Page:
        rows = range(offset, min(offset + served, self.total))
        page = page_of(rows, offset=offset, limit=limit, total=self.total, said_limit=served)
        if self.answers.get(offset):
            special = self.answers[offset].pop(0)
            if isinstance(special, Exception):
                raise special
            return special(page) if callable(special) else special
        return page


class WindowedList(SettledList):
    """A list that refuses offsets from ``window`` on, as a search engine does."""

    def __init__(self, total: int, window: int) -> None:
        super().__init__(total, most=100)
        self.window = window

    def _answer(self, offset: int, served: int, limit: int) -> Page:
        if offset >= self.window:
            raise BadRequest(f"offset {offset} is beyond the window")
        return super()._answer(offset, served, limit)


async def begun(api: Any, slice_: Slice, pages: Pages, *, limit: int = 100, **given: Any) -> Fetch:
    """Fetch page 0 with the settings that most tests share."""
    usual: dict[str, Any] = {"keep": pages.keep, "edge_keys": pages.edge_keys, "settled": slice_ is not LIVE}
    return await begin(api, slice_, rows_per_page=limit, **usual | given)


async def fetched(api: Any, slice_: Slice, pages: Pages, **given: Any) -> Coverage:
    """Fetch all pages with the settings that most tests share."""
    return await (await begun(api, slice_, pages, **given)).finish()


async def killed_after(kept: int, start: Callable[[Callable[[Page], Awaitable[None]]], Awaitable[Any]]) -> None:
    """Run ``start`` with a journal that kills the run, as a signal would, when ``kept`` pages are in it."""
    journalled = 0
    run: asyncio.Task[Any]

    async def keep(_: Page) -> None:
        nonlocal journalled
        journalled += 1
        if journalled == kept:
            run.cancel()

    run = asyncio.ensure_future(start(keep))
    await asyncio.wait([run])


class _Skipping(selectors.DefaultSelector):  # type: ignore[misc,valid-type]
    """Waits without delay: the loop's clock jumps over the time in which nothing happens."""

    skipped = 0.0

    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout:
            self.skipped += timeout
        return super().select(None if timeout is None else 0)


class InstantLoop(asyncio.SelectorEventLoop):
    """An event loop in which sleeping costs no time; ``time()`` says how long it would have taken."""

    def __init__(self) -> None:
        self._skipping = _Skipping()
        super().__init__(self._skipping)

    def time(self) -> float:
        return self._skipping.skipped

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:  # noqa: ASYNC109
        """Wait for the threads without a limit, which this clock would reach at once."""
        await super().shutdown_default_executor()


def instantly(work: Awaitable[Any]) -> tuple[Any, float]:
    """Run ``work`` in no time, and return its result and the seconds that it would have taken."""

    async def timed() -> tuple[Any, float]:
        return await work, asyncio.get_running_loop().time()

    with asyncio.Runner(loop_factory=InstantLoop) as runner:
        return runner.run(timed())


def ids(pages: Sequence[Page]) -> list[int]:
    """The rows of the pages, in their order."""
    rows = array("Q")
    for page in pages:
        rows.frombytes(page.body)
    return list(rows)
