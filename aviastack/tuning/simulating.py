"""What slices cost, found by fetching simulated ones: our own paging over lists of the given sizes on a virtual clock.

The client's side is as in a real run: one queue, calls evenly spaced at the pace, a bound on those in flight, and as
many slices at once as ``backfill`` runs. Staging, which runs meanwhile, and loading are left out. Every answer takes
the same time and none is refused, because the API's rate limit is not published.
"""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from aviastack.endpoints import Rate
from aviastack.page import Page, Pagination
from aviastack.paging.fetch import begin
from aviastack.pipeline.backfill import AT_ONCE
from aviastack.pipeline.estimate import WORLD_DAY
from aviastack.simulator.moving_list import MovingList
from aviastack.slices import Slice
from aviastack.tuning.virtual_clock import run_on_virtual_clock

ANY = Slice.of("flights")  # paging only needs to know how the list of its endpoint changes
ANY_TIME = datetime(2026, 1, 1, tzinfo=UTC)
# How the list of the whole world changes from page to page: in recordings its total changed on 89 of 90 pages, mostly
# by a few rows. A smaller list is assumed to change in proportion to its size.
SINGLES, BULK = 2.0, 0.02


@dataclass(frozen=True)
class Taken:
    """``calls`` of each slice, in their order, the ``seconds`` for all together, and whether all were ``complete``."""

    calls: tuple[int, ...]
    seconds: float
    complete: bool


def simulate(
    sizes: Sequence[int], *, rows_per_page: int, pace: Rate, concurrency: int, latency: float, settled: bool
) -> Taken:
    """Fetch slices of the given rows; lists change unless ``settled``. ``latency`` is that of an answer, in seconds."""
    lists = [_Settled(rows) if settled else _changing(rows, seed) for seed, rows in enumerate(sizes)]
    return run_on_virtual_clock(_fetched(lists, rows_per_page, _Exit(pace, concurrency, latency), settled=settled))


async def _fetched(lists: Sequence[_List], rows_per_page: int, way_out: _Exit, *, settled: bool) -> Taken:
    """Fetch the lists as ``backfill`` does: a few at once, each using as many of the places as it can."""
    calls, proofs = [0] * len(lists), [False] * len(lists)
    waiting = iter(enumerate(lists))

    async def worker() -> None:
        for place, rows in waiting:
            fetch = await begin(
                _SimulatedApi(rows, way_out),
                ANY,
                keep=_keep,
                edge_keys=_ids,
                rows_per_page=rows_per_page,
                settled=settled,
                concurrency=way_out.concurrency,
            )
            coverage = await fetch.finish()
            calls[place], proofs[place] = coverage.calls, coverage.proven or not coverage.total  # no rows, no proof

    async with asyncio.TaskGroup() as group:
        for _ in range(min(AT_ONCE, len(lists))):
            group.create_task(worker())
    return Taken(tuple(calls), asyncio.get_running_loop().time(), all(proofs))


class _Exit:
    """The pace and the concurrency bound that every call of a key passes, as in :class:`aviastack.api.session.Api`."""

    def __init__(self, pace: Rate, concurrency: int, latency: float) -> None:
        self.concurrency = concurrency
        self._latency = latency
        self._gap = pace.gap
        self._due = 0.0
        self._queue, self._places = asyncio.Lock(), asyncio.Semaphore(concurrency)

    async def answer(self) -> None:
        """Wait for a place, for the next slot of the pace, and for the answer."""
        clock = asyncio.get_running_loop().time
        async with self._queue:
            await self._places.acquire()
            await asyncio.sleep(self._due - clock())
            self._due = clock() + self._gap
        await asyncio.sleep(self._latency)
        self._places.release()


class _List(Protocol):
    def page(self, offset: int, limit: int) -> tuple[Sequence[int], int]:
        """Return the ids of the rows at ``offset``, and the total."""


class _Settled:
    """A list that has settled."""

    def __init__(self, rows: int) -> None:
        self._rows = range(rows)

    def page(self, offset: int, limit: int) -> tuple[Sequence[int], int]:
        return self._rows[offset : offset + limit], len(self._rows)


def _changing(rows: int, seed: int) -> MovingList:
    share = rows / WORLD_DAY
    return MovingList(seed, rows, singles=SINGLES * share, bulk=BULK * share)


class _SimulatedApi:
    """One list behind the pace."""

    def __init__(self, rows: _List, way_out: _Exit) -> None:
        self._rows, self._exit, self._calls = rows, way_out, 0

    async def fetch_page(self, slice_: Slice, *, offset: int, limit: int) -> Page:  # noqa: ARG002 - one list
        await self._exit.answer()
        self._calls += 1
        ids, total = self._rows.page(offset, limit)
        return Page(offset, limit, array("Q", ids).tobytes(), Pagination(limit, offset, len(ids), total), ANY_TIME)

    def calls_of(self, slice_: Slice) -> int:  # noqa: ARG002 - as above
        return self._calls


async def _keep(_page: Page) -> None:
    """Keep nothing: a page holds only the ids of its rows."""


async def _ids(page: Page) -> Sequence[int]:
    ids = array("Q")
    ids.frombytes(page.body)
    return ids
