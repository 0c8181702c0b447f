"""Whether what paging proves is true: lists that change while they are read, thousands of seeds, no HTTP.

    python tests/simulation/paging.py [--seeds 500] [--start 0] [--limit 100 --limit 1000] [--json FILE]

Every run reads a list of 30 to 90 pages that changes before each page is served, and knows which of its rows were
there throughout. A complete run must have all of these. Requests are answered in order, one at a time ("in
turn"), or up to 16 at a time in whatever order chance has it ("jumbled"). ``more calls`` counts those beyond
ceil(total / limit), the total being the longest that the list ever had. Exits 1 where a bound is missed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from math import ceil
from pathlib import Path
from random import Random

from aviastack.manifest import Coverage
from aviastack.page import Page, Pagination
from aviastack.paging.fetch import begin
from aviastack.simulator.moving_list import MovingList
from aviastack.slices import Slice

LIVE = Slice.of("flights")
NOW = datetime(2026, 11, 21, 6, tzinfo=UTC)
MORE_CALLS = {100: 0.15, 1000: 0.03}
NOT_PROVEN = 0.02
WORLDS: dict[str, dict[str, float]] = {
    "quiet": {"singles": 0.2, "bulk": 0.01, "collapse": 0.001},
    "as recorded": {"singles": 2.0, "bulk": 0.02, "collapse": 0.002},
    "busy": {"singles": 4.0, "bulk": 0.05, "collapse": 0.003},
    "stretches change places": {"singles": 2.0, "bulk": 0.02, "reorder": 0.1},
    "stretches change places, nothing else": {"singles": 0.0, "bulk": 0.0, "reorder": 0.05},
}


class PagedList:
    """A moving list behind the interface of an API; a page's body is the ids of its rows, 8 bytes each."""

    def __init__(self, rows: MovingList, *, jumbled: Random | None = None) -> None:
        self.rows, self.calls, self.longest = rows, 0, 0
        self._jumbled = jumbled

    async def fetch_page(self, slice_: Slice, *, offset: int, limit: int) -> Page:
        await self._pass_some_time()
        rows, total = self.rows.page(offset, limit)
        self.calls, self.longest = self.calls + 1, max(self.longest, total)
        await self._pass_some_time()
        return Page(offset, limit, array("Q", rows).tobytes(), Pagination(limit, offset, len(rows), total), NOW)

    def calls_of(self, slice_: Slice) -> int:
        return self.calls

    async def _pass_some_time(self) -> None:
        for _ in range(self._jumbled.randint(0, 3) if self._jumbled else 1):
            await asyncio.sleep(0)


class Pages:
    """A journal in memory."""

    def __init__(self) -> None:
        self.kept: list[Page] = []

    async def keep(self, page: Page) -> None:
        self.kept.append(page)

    async def edge_keys(self, page: Page) -> Sequence[int]:
        return rows_of([page])

    @property
    def rows(self) -> set[int]:
        return set(rows_of(self.kept))


def rows_of(pages: Iterable[Page]) -> array[int]:
    """Return the ids of the rows on the pages, in their order."""
    rows = array("Q")
    for page in pages:
        rows.frombytes(page.body)
    return rows


@dataclass(frozen=True)
class Run:
    """One list, read once."""

    coverage: Coverage
    missing: int
    needed: int
    reordered: bool


async def read(moving: MovingList, limit: int, *, concurrency: int, jumbled: Random | None = None) -> Run:
    """Read a list and compare what came with what there was all the while."""
    api, pages = PagedList(moving, jumbled=jumbled), Pages()
    fetch = await begin(
        api,
        LIVE,
        keep=pages.keep,
        edge_keys=pages.edge_keys,
        rows_per_page=limit,
        settled=False,
        concurrency=concurrency,
    )
    coverage = await fetch.finish()
    missing = len(moving.survivors() - pages.rows)
    return Run(coverage, missing, ceil(api.longest / limit), moving.reordered)


@dataclass(frozen=True)
class Row:
    """A line of the table."""

    world: str
    limit: int
    answered: str
    runs: int
    not_proven: float
    missing_in_proven: int
    more_calls: float
    reordered: int
    reordered_but_proven: int

    @property
    def holds(self) -> bool:
        if self.reordered:
            return self.missing_in_proven == 0
        within = self.not_proven < NOT_PROVEN and self.more_calls <= MORE_CALLS.get(self.limit, 1.0)
        return within and self.missing_in_proven == 0


def measure(world: str, limit: int, seeds: range, *, in_turn: bool) -> Row:
    """Read one list per seed."""
    runs = []
    for seed in seeds:
        chance = Random(seed)
        moving = MovingList(seed, chance.randint(30 * limit, 90 * limit), **WORLDS[world])
        jumbled = None if in_turn else chance
        runs.append(asyncio.run(read(moving, limit, concurrency=1 if in_turn else 16, jumbled=jumbled)))
    proven = [run for run in runs if run.coverage.proven]
    return Row(
        world=world,
        limit=limit,
        answered="in turn" if in_turn else "jumbled",
        runs=len(runs),
        not_proven=1 - len(proven) / len(runs),
        missing_in_proven=sum(run.missing > 0 for run in proven),
        more_calls=sum(run.coverage.calls for run in runs) / sum(run.needed for run in runs) - 1,
        reordered=sum(run.reordered for run in runs),
        reordered_but_proven=sum(run.reordered for run in proven),
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=500)
    parser.add_argument("--start", type=int, default=0)
    parser.add_argument("--limit", type=int, action="append", help="rows per page; 100 and 1000 if none is given")
    parser.add_argument("--json", type=Path, help="write the figures here, too")
    arguments = parser.parse_args()
    seeds = range(arguments.start, arguments.start + arguments.seeds)
    print("| list | rows per page | answered | runs | not proven | proven with a row missing | more calls | "
          "rows changed places | of these proven |")  # fmt: skip
    print("|---|--:|---|--:|--:|--:|--:|--:|--:|")
    rows = []
    for world in WORLDS:
        for limit in arguments.limit or (100, 1000):
            for in_turn in (True, False):
                row = measure(world, limit, seeds, in_turn=in_turn)
                rows.append(row)
                print(
                    f"| {row.world} | {row.limit:,} | {row.answered} | {row.runs} | {row.not_proven:.1%} | "
                    f"{row.missing_in_proven} | {row.more_calls:+.2%} | {row.reordered} | {row.reordered_but_proven} |",
                    flush=True,
                )
    if arguments.json:
        arguments.json.write_text(json.dumps([asdict(row) | {"holds": row.holds} for row in rows], indent=2) + "\n")
    missed = [row for row in rows if not row.holds]
    for row in missed:
        print(f"A bound is missed: {row}", file=sys.stderr)
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main())
