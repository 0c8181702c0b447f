"""The lists that are being paged: taken from the source once, and made to change if the options say so."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from typing import Protocol, TypeVar
from zlib import crc32

from aviastack.endpoints import Endpoint, Listing
from aviastack.simulator.moving_list import MovingList
from aviastack.simulator.row_source import Rows
from aviastack.simulator.simulator_options import SimulatorOptions
from aviastack.simulator.world.visible import SETTLED_DAYS

_KEPT, _ROOM = 64, 128_000_000  # lists, and bytes of their rows
_THERE_AT_FIRST = 0.97  # of a changing list's rows; the others may appear
DRIFTS: dict[str, dict[str, float]] = {
    "single": {"bulk": 0.0},
    "bulk": {"bulk": 0.05},
    "reorder": {"bulk": 0.05, "reorder": 0.2},
}
T = TypeVar("T")


class Source(Protocol):
    """Where rows come from: simulated or recorded."""

    def name(self, endpoint: str, query: Mapping[str, str], now: datetime) -> object:
        """Return the name of a list; two lists of one name are the same list."""

    def rows(self, endpoint: str, query: Mapping[str, str], now: datetime) -> Rows:
        """Return the rows of a list; may take a while."""


class Lists:
    """The lists requested most recently. Long work runs on one thread, so that the event loop is not blocked."""

    def __init__(self, source: Source, options: SimulatorOptions) -> None:
        if options.drift is not None and options.drift not in DRIFTS:
            raise ValueError(f"Unknown drift '{options.drift}'. Valid drifts: {', '.join(DRIFTS)}.")
        self._source, self._options = source, options
        self._worker = ThreadPoolExecutor(1, "aviastack-simulator-rows")
        self._known: OrderedDict[object, asyncio.Future[Rows]] = OrderedDict()
        self._moving: dict[object, tuple[Rows, MovingList]] = {}

    def forget(self) -> None:
        """Restart changing lists."""
        self._moving.clear()

    def close(self) -> None:
        """End the thread."""
        self._worker.shutdown()

    async def page(
        self, endpoint: Endpoint, query: Mapping[str, str], now: datetime, offset: int, limit: int | None
    ) -> tuple[bytes, int, int]:
        """Return the rows at ``offset`` (all for a limit of None) as text, their count, and the total."""
        positions: Sequence[int]
        if self._moves(endpoint, query, now):
            rows, moving = await self._moved(endpoint, query, now)
            positions, total = moving.page(offset, limit or rows.total)
            total = min(total, self._options.window or total)
            positions = positions[: max(0, total - offset)]
        else:
            rows = await self._rows(endpoint, query, now)
            total = min(rows.total, self._options.window or rows.total)
            positions = range(min(offset, total), min(offset + (limit or total), total))
        return await self._text(rows, positions), len(positions), total

    async def survivors(self, endpoint: Endpoint, query: Mapping[str, str], now: datetime) -> tuple[bytes, int]:
        """Return the rows of a changing list that have been there since its first page, and their count."""
        rows, moving = await self._moved(endpoint, query, now)
        left = sorted(moving.survivors())
        return await self._text(rows, left), len(left)

    def _moves(self, endpoint: Endpoint, query: Mapping[str, str], now: datetime) -> bool:
        if self._options.drift is None or endpoint.listing is not Listing.BY_DATE:
            return False
        day = query.get("flight_date")
        return day is None or (now.date() - date.fromisoformat(day)).days < SETTLED_DAYS

    async def _moved(self, endpoint: Endpoint, query: Mapping[str, str], now: datetime) -> tuple[Rows, MovingList]:
        name = endpoint.name, frozenset(query.items())
        if name not in self._moving:
            rows = await self._rows(endpoint, query, now)
            seed = self._options.seed ^ crc32(repr(sorted(query.items())).encode())
            first = int(rows.total * _THERE_AT_FIRST)
            moving = MovingList(seed, first, supply=rows.total, **DRIFTS[self._options.drift or "single"])
            self._moving.setdefault(name, (rows, moving))
        return self._moving[name]

    async def _rows(self, endpoint: Endpoint, query: Mapping[str, str], now: datetime) -> Rows:
        name = self._source.name(endpoint.name, query, now)
        if name in self._known:
            self._known.move_to_end(name)
            return await asyncio.shield(self._known[name])
        self._known[name] = self._beside(lambda: self._source.rows(endpoint.name, query, now))
        try:
            rows = await asyncio.shield(self._known[name])
        except Exception:
            del self._known[name]
            raise
        self._forget_oldest()
        return rows

    def _forget_oldest(self) -> None:
        """Keep the most recently used lists within bounds; the last one is kept whatever its size."""
        held = {name: known.result().size for name, known in self._known.items() if known.done()}
        for name in list(held)[:-1]:
            if len(held) <= _KEPT and sum(held.values()) <= _ROOM:
                return
            del self._known[name], held[name]

    async def _text(self, rows: Rows, positions: Sequence[int]) -> bytes:
        if rows.is_ready(positions):
            return rows.text(positions)
        return await self._beside(lambda: rows.text(positions))

    def _beside(self, work: Callable[[], T]) -> asyncio.Future[T]:
        return asyncio.get_running_loop().run_in_executor(self._worker, work)
