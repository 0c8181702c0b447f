"""Whether what `aviastack tune` foretells holds: its simulations beside runs against a server of our own.

    python benchmarks/quota_tuning.py [--rows 3000] [--latency 0.2] [--limit 20/s] [--plot FILE] [--out DIR]
    python benchmarks/quota_tuning.py --airlines AA,DL --plan professional --plot quota.html

The server is the simulator: it answers after ``latency`` seconds and refuses with 429 what comes faster than ``limit``
in a sliding window without slack. Each row is a whole fetch by our client (pace, ledger, retries, proof of paging): the
calls and seconds that were foretold, those that it took, and the calls refused, each of which a month's quota may be
charged for. Fetched are a settled day at several paces, several partners' slices of one, and a day that still moves.
With ``--airlines`` or ``--plan`` the comparison itself is drawn and nothing is run: that is `aviastack tune`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from stamina.instrumentation import set_on_retry_hooks

from aviastack.api.session import Api
from aviastack.endpoints import FLIGHTS
from aviastack.page import Page
from aviastack.paging.fetch import begin
from aviastack.pipeline.backfill import AT_ONCE
from aviastack.pipeline.estimate import WORLD_DAY
from aviastack.records.duplicates import edge_keys
from aviastack.settings import settings_from
from aviastack.simulator import Simulator
from aviastack.slices import Slice
from aviastack.tuning.simulating import simulate

RESULTS = Path(__file__).parent / "results"
PACES = ("off", "5/s", "10/s", "20/s", "40/s")
IN_FLIGHT = (1, 4, 16)
PARTNERS = ("AA", "DL", "UA", "LH", "BA", "AF", "QF", "JL")


@dataclass(frozen=True)
class Case:
    """What is fetched, and how."""

    name: str
    filters: tuple[dict[str, str], ...]
    pace: str
    concurrency: int
    rows_per_page: int = 100
    settled: bool = True


@dataclass(frozen=True)
class Row:
    what: str
    pace: str
    concurrency: int
    rows_per_page: int
    calls_foretold: int
    calls: int
    refused: int
    seconds_foretold: float
    seconds: float


def cases() -> list[Case]:
    """A settled day at every pace and concurrency, then what the pace of the paid plans makes of other lists."""
    day: tuple[dict[str, str], ...] = ({},)
    partners = tuple({"airline_iata": code} for code in PARTNERS)
    return [
        *(Case("a settled day", day, pace, in_flight) for pace in PACES for in_flight in IN_FLIGHT),
        Case("a settled day", day, "5/s", 4, rows_per_page=1_000),
        Case(f"{len(PARTNERS)} partners of a settled day", partners, "10/s", 4),
        Case("the world's day, moving", day, "10/s", 4, rows_per_page=1_000, settled=False),
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=3_000)
    parser.add_argument("--latency", type=float, default=0.2)
    parser.add_argument("--limit", default="20/s")
    parser.add_argument("--airlines")
    parser.add_argument("--plan")
    parser.add_argument("--plot", type=Path)
    parser.add_argument("--out", type=Path, default=RESULTS)
    wanted = parser.parse_args()
    if wanted.airlines or wanted.plan:
        return _tune(wanted)
    set_on_retry_hooks([])  # refusals are counted in the table
    rows = asyncio.run(_measure(wanted.rows, wanted.latency, wanted.limit))
    about = (
        f"A list of about {wanted.rows:,} rows, {wanted.latency:g} s an answer, {wanted.limit} admitted. "
        f"Measured on {datetime.now(UTC):%d %B %Y} by `python benchmarks/quota_tuning.py`."
    )
    (wanted.out / "quota.md").write_text(f"# What `tune` foretells, and what it took\n\n{about}\n\n{_table(rows)}\n")
    (wanted.out / "quota.json").write_text(json.dumps([asdict(row) for row in rows], indent=2) + "\n")
    if wanted.plot:
        _plot(rows, wanted.plot, wanted.limit)
    return 0


def _tune(wanted: argparse.Namespace) -> int:
    options = {"--airlines": wanted.airlines, "--plan": wanted.plan, "--plot": wanted.plot}
    arguments = [str(word) for name, value in options.items() if value for word in (name, value)]
    return subprocess.run([sys.executable, "-m", "aviastack", "tune", *arguments], check=False).returncode


async def _measure(rows: int, latency: float, limit: str) -> list[Row]:
    measured = []
    for case in cases():
        measured.append(await _run(case, rows, latency, limit))
        print(_line(measured[-1]), flush=True)
    return measured


def _table(rows: list[Row]) -> str:
    head = (
        "| list | pace | under way | rows a page | calls foretold | calls | refused | seconds foretold | seconds |\n"
        "|---|---|--:|--:|--:|--:|--:|--:|--:|\n"
    )
    return head + "\n".join(map(_line, rows))


def _line(row: Row) -> str:
    return (
        f"| {row.what} | {row.pace} | {row.concurrency} | {row.rows_per_page:,} | {row.calls_foretold} | {row.calls} | "
        f"{row.refused} | {row.seconds_foretold:.1f} | {row.seconds:.1f} |"
    )


async def _run(case: Case, rows: int, latency: float, limit: str) -> Row:
    """Fetch the case's slices as ``backfill`` does, and foretell the same."""
    ago = 4 if case.settled else 0
    day = (datetime.now(UTC) - timedelta(days=ago)).date()
    slices = [Slice.of(FLIGHTS, {"flight_date": day, **filters}) for filters in case.filters]
    every = rows * max(1, len(case.filters) // 2)  # partners are a part of the world, which is the larger for it
    drift = None if case.settled else "single"
    with tempfile.TemporaryDirectory() as state:
        async with Simulator(
            flights_per_day=every if case.settled else WORLD_DAY, latency=latency, pace=limit, drift=drift
        ) as simulator:
            settings = settings_from(
                base_url=simulator.url,
                access_key="benchmark",
                plan="business",
                pace=case.pace,
                concurrency=case.concurrency,
                state=Path(state),
            )
            async with Api(settings) as api:
                began = time.monotonic()
                totals = await _fetched(api, slices, case)
                seconds, calls, refused = time.monotonic() - began, api.calls, api.retried
    foretold = simulate(
        totals,
        rows_per_page=case.rows_per_page,
        pace=case.pace,
        concurrency=case.concurrency,
        latency=latency,
        settled=case.settled,
    )
    return Row(
        case.name,
        case.pace,
        case.concurrency,
        case.rows_per_page,
        sum(foretold.calls),
        calls - refused,
        refused,
        foretold.seconds,
        seconds,
    )


async def _fetched(api: Api, slices: list[Slice], case: Case) -> list[int]:
    totals = [0] * len(slices)
    waiting = iter(enumerate(slices))

    async def worker() -> None:
        for place, slice_ in waiting:
            fetch = await begin(
                api,
                slice_,
                keep=_keep,
                edge_keys=_keys,
                rows_per_page=case.rows_per_page,
                settled=case.settled,
                concurrency=case.concurrency,
            )
            totals[place] = (await fetch.finish()).total

    await asyncio.gather(*(worker() for _ in range(AT_ONCE)))
    return totals


async def _keep(_page: Page) -> None:
    """The forecast does not include the cost of the journal."""


async def _keys(page: Page) -> list[int]:
    keys: list[int] = (await asyncio.to_thread(edge_keys, FLIGHTS, page.body)).tolist()
    return keys


def _plot(rows: list[Row], path: Path, limit: str) -> None:
    import altair as alt

    data = alt.Data(
        values=[asdict(row) | {"waste": row.refused / row.calls} for row in rows[: len(PACES) * len(IN_FLIGHT)]]
    )
    chart = (
        alt.Chart(data)
        .mark_point(filled=True, size=120, opacity=0.9)
        .encode(
            x=alt.X("seconds:Q", scale=alt.Scale(type="log"), title="seconds for a day (log)"),
            y=alt.Y("waste:Q", axis=alt.Axis(format=".0%"), title="calls refused"),
            color=alt.Color("pace:N", sort=None),
            shape=alt.Shape("concurrency:N", title="under way"),
            tooltip=["pace:N", "concurrency:N", "calls:Q", "refused:Q", "seconds:Q"],
        )
    )
    chart.properties(width=520, height=320, title=f"A server that admits {limit}: time against waste").save(str(path))


if __name__ == "__main__":
    sys.exit(main())
