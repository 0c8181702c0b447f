"""What slices take, found by fetching them: our own paging over lists of the sizes given, with no call and no wait.

What is not the API's stands in here as it stands in the client: one queue, calls evenly apart at the pace, a bound on
those under way, and as many slices at once as ``backfill`` runs. Left out are staging, which goes on meanwhile, and
loading. Every answer takes the same time, and none is refused: where the API's limit lies is not published.
"""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from aviastack.limits.pace import OFF, Rate
from aviastack.page import Page, Pagination
from aviastack.paging.fetch import fetch
from aviastack.pipeline.backfill import AT_ONCE
from aviastack.pipeline.estimate import WORLD_DAY
from aviastack.simulator.moving_list import MovingList
from aviastack.slices import Slice
from aviastack.tuning.leaping import leap_through

ANY = Slice.of("flights")  # paging asks a slice for nothing but the way in which its list moves
ANY_TIME = datetime(2026, 1, 1, tzinfo=UTC)
# How a list of the whole world moves from page to page: on record, its total moved on 89 of 90, by a few rows mostly.
# A part of the world is taken to move the less for being smaller.
SINGLES, BULK = 2.0, 0.02


@dataclass(frozen=True)
class Taken:
    """``calls`` of each slice, in their order, the ``seconds`` for all together, and whether all were ``proven``."""

    calls: tuple[int, ...]
    seconds: float
    proven: bool


def simulate(
    sizes: Sequence[int], *, rows_per_page: int, pace: str, concurrency: int, latency: float, settled: bool
) -> Taken:
    """Fetch slices of so many rows; lists that have not ``settled`` move. ``latency`` is an answer's, in seconds."""
    lists = [_Still(rows) if settled else _moving(rows, seed) for seed, rows in enumerate(sizes)]
    return leap_through(_fetched(lists, rows_per_page, _Door(pace, concurrency, latency), settled=settled))


async def _fetched(lists: Sequence[_List], rows_per_page: int, door: _Door, *, settled: bool) -> Taken:
    """Fetch the lists as ``backfill`` does: a few at once, each with all places to itself where it can use them."""
    calls, proofs = [0] * len(lists), [False] * len(lists)
    waiting = iter(enumerate(lists))

    async def worker() -> None:
        for place, rows in waiting:
            coverage = await fetch(
                _Asked(rows, door),
                ANY,
                keep=_keep,
                edge_keys=_ids,
                rows_per_page=rows_per_page,
                settled=settled,
                concurrency=door.concurrency,
            )
            calls[place], proofs[place] = coverage.calls, coverage.proven or not coverage.total  # no rows, no proof

    async with asyncio.TaskGroup() as group:
        for _ in range(min(AT_ONCE, len(lists))):
            group.create_task(worker())
    return Taken(tuple(calls), asyncio.get_running_loop().time(), all(proofs))


class _Door:
    """What every call of a key passes on its way out, as in :class:`aviastack.api.Api`."""

    def __init__(self, pace: str, concurrency: int, latency: float) -> None:
        self.concurrency = concurrency
        self._latency = latency
        self._gap = 0.0 if pace == OFF else Rate.of(pace).gap
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


class _Still:
    """A list that has settled."""

    def __init__(self, rows: int) -> None:
        self._rows = range(rows)

    def page(self, offset: int, limit: int) -> tuple[Sequence[int], int]:
        return self._rows[offset : offset + limit], len(self._rows)


def _moving(rows: int, seed: int) -> MovingList:
    share = rows / WORLD_DAY
    return MovingList(seed, rows, singles=SINGLES * share, bulk=BULK * share)


class _Asked:
    """One list behind the door."""

    def __init__(self, rows: _List, door: _Door) -> None:
        self._rows, self._door, self._calls = rows, door, 0

    async def ask(self, slice_: Slice, *, offset: int, limit: int) -> Page:  # noqa: ARG002 - one list, whatever is asked
        await self._door.answer()
        self._calls += 1
        ids, total = self._rows.page(offset, limit)
        return Page(offset, limit, array("Q", ids).tobytes(), Pagination(limit, offset, len(ids), total), ANY_TIME)

    def calls_of(self, slice_: Slice) -> int:  # noqa: ARG002 - as above
        return self._calls


async def _keep(_page: Page) -> None:
    """Keep nothing: a page holds the ids of its rows alone."""


async def _ids(page: Page) -> Sequence[int]:
    ids = array("Q")
    ids.frombytes(page.body)
    return ids
