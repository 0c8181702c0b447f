"""Who is measured at what: every case is a command, and cases of one group are compared with one another."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.server import DAY

Command = Callable[[str, Path], list[str]]
CONCURRENCY = "16"
KEY = "4f3c2a1b9d8e7f60a1b2c3d4e5f60718"  # as long as real ones are: each body is searched for it


@dataclass(frozen=True)
class Who:
    """A competitor: the command for an API's address and a fresh folder. At most ``turns`` runs of it are made."""

    name: str
    command: Command
    turns: int = 99


@dataclass(frozen=True)
class Group:
    """Competitors at the same task, taking turns. ``switches`` are the server's; ``twice`` runs each a second time
    in the same folder, after the server has been repaired.
    """

    name: str
    about: str
    rows: int
    who: tuple[Who, ...]
    switches: Mapping[str, str]
    times: int = 5
    twice: bool = False

    def base(self, server: str) -> str:
        switches = {"rows": str(self.rows), **self.switches}
        return f"{server}/{','.join(f'{name}={value}' for name, value in switches.items())}/v1"


def environment(folder: Path) -> dict[str, str]:
    """Variables of a run: the key, and our ledger in the run's own folder."""
    return {"AVIASTACK_ACCESS_KEY": KEY, "AVIASTACK_STATE": str(folder / "state"), "AVIASTACK_PLAN": "basic"}


def ours(
    name: str,
    *more: str,
    command: str = "extract",
    date: str = DAY,
    python: str = sys.executable,
    native: bool = True,
    turns: int = 99,
) -> Who:
    """Return aviastack as users run it, everything on; ``more`` are options."""

    def made(url: str, out: Path) -> list[str]:
        places = ["--base-url", url, "--staging", str(out / "staging")]
        if command == "run":
            places += ["--warehouse", f"duckdb:///{out / 'flights.duckdb'}"]
        pace = [] if "--pace" in more else ["--pace", "off"]
        asked = ["flights", "--date", date, *places, *pace, "--concurrency", CONCURRENCY, "--json", *more]
        variables = [] if native else ["env", "AVIASTACK_NATIVE_READER=off"]
        return [*variables, python, "-m", "aviastack", command, *asked]

    return Who(name, made, turns)


def peer(name: str, script: str, *more: str, python: str = sys.executable, turns: int = 99) -> Who:
    """Return a script of ``benchmarks/peers``."""
    return Who(name, lambda url, out: [python, "-m", f"benchmarks.peers.{script}", url, str(out), *more], turns)


BESIDE = Path(sys.prefix).parent  # the environment of `make setup`, which holds the benchmarks' own two
FEW = 2  # runs of what takes half a minute and varies little
OURS = ours("**aviastack**, everything on")
WITHOUT_NATIVE = ours("aviastack without the native reader", native=False)
ALL_EXTRAS = ours("aviastack in the environment with all extras", python=str(BESIDE / "bin" / "python"), turns=FEW)
DISCARD = peer("floor: aiohttp, bytes thrown away", "floor", "--discard")
ARROW = peer("floor: aiohttp + Arrow's JSON reader", "floor")
DLT = peer("dlt rest_api", "dlt_flights", turns=FEW)
DLT_PARALLEL = peer("dlt, pages parallelized", "dlt_flights", "--mode", "parallel", turns=FEW)
DLT_ARROW = peer("dlt on Arrow", "dlt_flights", "--mode", "arrow")
PANDAS = peer("requests + pandas", "requests_pandas", python=str(BESIDE / "bench-pandas" / "bin" / "python"))
ALL = (DISCARD, ARROW, OURS, WITHOUT_NATIVE, DLT_ARROW, PANDAS, DLT_PARALLEL, DLT)


_MILLION = (DISCARD, ARROW, OURS, WITHOUT_NATIVE, ALL_EXTRAS, DLT_ARROW)


def groups(*, quick: bool, times: int) -> list[Group]:
    """Return what is measured: 50,000 rows and the cases that take seconds, or everything."""
    cpu = "No latency: what the worker itself costs, imports included."
    duckdb = "As above, and on into DuckDB: audited and merged by key."
    into_duckdb = (
        ours("**aviastack** run, everything on", command="run"),
        peer("dlt on Arrow, merged", "dlt_flights", "--mode", "arrow", "--duckdb"),
        peer("dlt rest_api, merged", "dlt_flights", "--duckdb", turns=FEW),
    )
    found = [
        Group("50,000 flights to Parquet", cpu, 50_000, ALL, {}, times),
        Group("50,000 flights to DuckDB", duckdb, 50_000, into_duckdb, {}, times),
        _limited(times=1),
        _failing(times=1 if quick else min(times, 3)),
        _drifting(times=1),
    ]
    if not quick:
        found += [
            Group("200,000 flights to Parquet", cpu, 200_000, (*ALL, ALL_EXTRAS), {}, times),
            Group("200,000 flights to DuckDB", duckdb, 200_000, into_duckdb[:2], {}, times),
            Group("1,000,000 flights to Parquet", cpu, 1_000_000, _MILLION, {}, times),
            Group("1,000,000 flights, dlt's default", cpu, 1_000_000, (OURS, DLT), {}, times=1),
            _distant("0.1", 50_000, times=1),  # minutes, and waiting varies little
            _distant("0.5", 20_000, times=1),
        ]
    return found


def _distant(latency: str, rows: int, times: int) -> Group:
    about = f"Every answer takes {float(latency) * 1_000:.0f} ms; 16 requests under way if the client can."
    who = (ARROW, OURS, DLT_ARROW, DLT_PARALLEL, PANDAS, DLT)
    return Group(f"{rows:,} flights at {float(latency) * 1_000:.0f} ms", about, rows, who, {"latency": latency}, times)


def _limited(times: int) -> Group:
    about = "The server admits 20 calls in any second and answers 429 to the rest. A refused call may cost quota."
    who = (ours("**aviastack** at its pace of 20/s", "--pace", "20/s"), DLT_ARROW, DLT_PARALLEL, DLT, PANDAS)
    return Group("12,000 flights, 20 calls a second", about, 12_000, who, {"rate": "20"}, times)


def _failing(times: int) -> Group:
    about = "Page 250 of 500 fails until the server is repaired; then the same command again. Pages of both runs."
    switches = {"fail": "25000", "latency": "0.01"}
    who = (OURS, peer("dlt on Arrow", "dlt_flights", "--mode", "arrow", "--again"))
    return Group("50,000 flights, a failure and a second run", about, 50_000, who, switches, times, twice=True)


def _drifting(times: int) -> Group:
    about = "A new flight comes in at the head of the list for every 10 pages served. Rows that came twice, or never."
    today = datetime.now(UTC).date().isoformat()
    who = (ours("**aviastack**, everything on", date=today), DLT_ARROW, DLT)
    return Group("20,000 flights of a list that moves", about, 20_000, who, {"drift": "10", "latency": "0.005"}, times)
