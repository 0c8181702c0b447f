"""Whether the cost model of `aviastack tune` holds: its forecasts beside runs against a server of our own.

    python benchmarks/quota_tuning.py [--rows 3000] [--latency 0.2] [--limit 20/s] [--plot FILE] [--json FILE]
    python benchmarks/quota_tuning.py --airlines AA,DL --plan professional --plot quota.html

The server is the simulator: it answers after ``latency`` seconds and refuses with 429 what comes faster than ``limit``
in a sliding window without slack. Each row is a whole run of our client (pace, ledger, retries, proof of paging) over
one settled day: the calls and seconds that the model foretold, those that it took, and the calls refused, each of which
a month's quota may be charged for. With ``--airlines`` or ``--plan`` the comparison itself is drawn and nothing is run:
that is `aviastack tune`.
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

from aviastack.api import Api, fetch
from aviastack.endpoints import FLIGHTS, Plan
from aviastack.pages import Page
from aviastack.settings import settings_from
from aviastack.simulator import Simulator
from aviastack.slices import Slice
from aviastack.tuning import Choice, Month, Shape, Size

PACES = ("off", "5/s", "10/s", "20/s", "40/s")
ABREAST = (1, 4, 16)


@dataclass(frozen=True)
class Row:
    pace: str
    concurrency: int
    rows_a_page: int
    calls_foretold: int
    calls: int
    refused: int
    seconds_foretold: float
    seconds: float


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=3_000)
    parser.add_argument("--latency", type=float, default=0.2)
    parser.add_argument("--limit", default="20/s")
    parser.add_argument("--airlines")
    parser.add_argument("--plan")
    parser.add_argument("--plot", type=Path)
    parser.add_argument("--json", type=Path)
    wanted = parser.parse_args()
    if wanted.airlines or wanted.plan:
        return _tune(wanted)
    set_on_retry_hooks([])  # refusals are counted in the table
    rows = asyncio.run(_measure(wanted.rows, wanted.latency, wanted.limit))
    if wanted.json:
        wanted.json.write_text(json.dumps([asdict(row) for row in rows], indent=2) + "\n")
    if wanted.plot:
        _plot(rows, wanted.plot, wanted.limit)
    return 0


def _tune(wanted: argparse.Namespace) -> int:
    options = {"--airlines": wanted.airlines, "--plan": wanted.plan, "--plot": wanted.plot}
    arguments = [str(word) for name, value in options.items() if value for word in (name, value)]
    return subprocess.run([sys.executable, "-m", "aviastack", "tune", *arguments], check=False).returncode


async def _measure(rows: int, latency: float, limit: str) -> list[Row]:
    print("| pace | under way | rows a page | calls foretold | calls | refused | seconds foretold | seconds |")
    print("|---|--:|--:|--:|--:|--:|--:|--:|", flush=True)
    measured = []
    for rows_a_page, pace, abreast in [(100, pace, n) for pace in PACES for n in ABREAST] + [(1_000, "5/s", 4)]:
        row = await _run(rows, rows_a_page, pace, abreast, latency, limit)
        measured.append(row)
        print(
            f"| {row.pace} | {row.concurrency} | {row.rows_a_page:,} | {row.calls_foretold} | {row.calls} | "
            f"{row.refused} | {row.seconds_foretold:.1f} | {row.seconds:.1f} |",
            flush=True,
        )
    return measured


async def _run(rows: int, rows_a_page: int, pace: str, abreast: int, latency: float, limit: str) -> Row:
    slice_ = Slice.of(FLIGHTS, {"flight_date": (datetime.now(UTC) - timedelta(days=4)).date()})

    async def keep(_page: Page) -> None:
        """The journal's cost is no part of the model."""

    with tempfile.TemporaryDirectory() as state:
        async with Simulator(flights_a_day=rows, latency=latency, pace=limit) as simulator:
            settings = settings_from(
                base_url=simulator.url, access_key="benchmark", pace=pace, concurrency=abreast, state=Path(state)
            )
            async with Api(settings) as api:
                began = time.monotonic()
                coverage = await fetch(
                    api,
                    slice_,
                    keep=keep,
                    edge_keys=_no_keys,
                    rows_a_page=rows_a_page,
                    settled=True,
                    concurrency=abreast,
                )
                seconds, refused = time.monotonic() - began, api.retried
    shape = Shape("world day", ((),), (Size(coverage.total, "measured"),), "every flight", whole=True)
    choice = Choice(shape, rows_a_page, pace, abreast, latency, Month.of(Plan.BUSINESS))
    calls = choice.calls_a_date
    return Row(pace, abreast, rows_a_page, calls, coverage.calls, refused, choice.seconds(calls), seconds)


async def _no_keys(_page: Page) -> list[int]:
    return []


def _plot(rows: list[Row], path: Path, limit: str) -> None:
    import altair as alt

    data = alt.Data(values=[asdict(row) | {"waste": row.refused / row.calls} for row in rows])
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
