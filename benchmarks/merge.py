"""What a load into a large DuckDB table costs against an insert into an empty one.

    python benchmarks/merge.py [--held 10000000] [--rows 200000] [--times 5]

Builds ``flights`` with ``held`` rows over 50 days, then loads one more day of ``rows`` rows three ways: a day that the
table does not know, the same day seen again without a change, and the day with every row changed. Each is the whole
load (copy, audit, transaction). The base is a plain ``INSERT ... SELECT`` of the same file into an empty table of the
same columns. Prints medians and the ratio; exits 1 if a ratio reaches 3.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb

from aviastack.columns import Column, Type, staged_columns
from aviastack.endpoints import FLIGHTS
from aviastack.manifest import Manifest, Predicate, StagedFile
from aviastack.warehouse.duckdb import DuckDB
from aviastack.warehouse.loading import load

FIRST = date(2026, 1, 1)
AIRPORTS = "['SFO', 'JFK', 'LHR', 'CDG', 'FRA', 'NRT', 'SYD', 'GRU', 'JNB', 'DEL']"


def main() -> int:
    arguments = _arguments()
    with tempfile.TemporaryDirectory(prefix="aviastack-merge-") as folder:
        path = Path(folder) / "held.duckdb"
        held_days = 50
        _fill(path, arguments.held // held_days, held_days)
        base = statistics.median(_inserted(Path(folder), arguments.rows) for _ in range(arguments.times))
        print(f"{'insert into an empty table':34}{base:7.3f} s")
        worst = 0.0
        for name, times in _loads(path, Path(folder), arguments.rows, arguments.times, held_days).items():
            median = statistics.median(times)
            worst = max(worst, median / base)
            print(f"{name:34}{median:7.3f} s  {median / base:5.2f} x   ({min(times):.3f} to {max(times):.3f})")
    return 1 if worst >= 3 else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--held", type=int, default=10_000_000)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--times", type=int, default=5)
    return parser.parse_args()


def _fill(path: Path, rows: int, days: int) -> None:
    manifest, file = _staged(path.parent, FIRST, 10, "first", status="scheduled")
    with DuckDB(path) as warehouse:
        load(warehouse, manifest, [file])
    with duckdb.connect(path) as connection:
        for day in range(days):
            rendered = _day(FIRST + timedelta(days=day), rows, "held", "scheduled")
            connection.execute(f"INSERT INTO aviationstack.flights BY NAME {rendered}")


def _inserted(folder: Path, rows: int) -> float:
    _, file = _staged(folder, FIRST, rows, "base", status="scheduled")
    path = folder / "empty.duckdb"
    path.unlink(missing_ok=True)
    with duckdb.connect(path) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(f"CREATE TABLE flights ({DuckDB.dialect.declared(staged_columns(FLIGHTS))})")
        return _timed(lambda: connection.execute("INSERT INTO flights BY NAME FROM read_parquet(?)", [file]))


def _loads(path: Path, folder: Path, rows: int, times: int, held_days: int) -> dict[str, list[float]]:
    measured: dict[str, list[float]] = {"a new day": [], "the same day, nothing changed": [], "every row changed": []}
    for repeat in range(times):
        day = FIRST + timedelta(days=held_days + repeat)
        for number, (name, status) in enumerate(zip(measured, ("scheduled", "scheduled", "landed"), strict=True)):
            manifest, file = _staged(folder, day, rows, f"run{repeat}{number}", status=status, hour=number)
            with DuckDB(path) as warehouse:
                measured[name].append(_timed(lambda: load(warehouse, manifest, [file])))  # noqa: B023 - called at once
    return measured


def _timed(action: Callable[[], object]) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def _staged(folder: Path, day: date, rows: int, run: str, *, status: str, hour: int = 0) -> tuple[Manifest, str]:
    file = folder / f"{day}.parquet"
    duckdb.execute("SET TimeZone = 'UTC'")
    duckdb.execute(f"COPY ({_day(day, rows, run, status, hour)}) TO '{file}' (FORMAT parquet, COMPRESSION zstd)")
    as_of = datetime(2026, 6, 1, hour, tzinfo=UTC)
    manifest = Manifest(
        run_id=run,
        endpoint="flights",
        slice=str(day),
        predicate=Predicate({"flight_date": str(day)}, {"flight_date": str(day)}),
        as_of=as_of,
        started_at=as_of,
        finished_at=as_of,
        complete=True,
        proof="",
        total=rows,
        pages=1,
        calls=1,
        rows=rows,
        quarantined=0,
        repeated=0,
        warnings={},
        unmapped={},
        nulls={},
        staged=[StagedFile(f"flights/date={day}/{day}.parquet", str(day), rows, file.stat().st_size)],
        quarantine=[],
        journal="",
    )
    return manifest, str(file)


def _day(day: date, rows: int, run: str, status: str, hour: int = 0) -> str:
    """A SELECT of a day's flights, with the columns and about the null shares of the API's."""
    known = {
        "flight_key": f"'{day}|' || a || '|' || b || '|{day}T10:00|UAL|' || i",
        "flight_leg_id": f"'{day}|' || a || '|' || b || '|UAL|' || i",
        "flight_date": f"DATE '{day}'",
        "flight_status": f"'{status}'",
        "departure_iata": "a",
        "arrival_iata": "b",
        "_extracted_at": f"TIMESTAMPTZ '2026-06-01 {hour:02}:00:00+00'",
        "_run_id": f"'{run}'",
        "_slice": f"'{day}'",
        "_unmapped": "NULL::VARCHAR",
    }
    columns = ", ".join(f"{known.get(c.name) or _value(c)} AS {c.name}" for c in staged_columns(FLIGHTS))
    drawn = f"SELECT i, {AIRPORTS}[1 + i % 10] AS a, {AIRPORTS}[1 + (i // 10) % 10] AS b FROM range({rows}) AS r(i)"
    return f"SELECT {columns} FROM ({drawn})"


def _value(column: Column) -> str:
    minutes = f"TIMESTAMP '{FIRST} 00:00:00' + to_minutes(((i * 7) % 400000)::BIGINT)"
    drawn = {
        Type.TEXT: "CASE WHEN i % 3 > 0 THEN 'value ' || (i % 500) END",
        Type.INTEGER: "CASE WHEN i % 6 = 0 THEN i % 90 END::BIGINT",
        Type.FLOAT: "CASE WHEN i % 300 = 0 THEN i / 7.0 END::DOUBLE",
        Type.BOOLEAN: "CASE WHEN i % 300 = 0 THEN i % 2 = 0 END",
        Type.CLOCK: f"CASE WHEN i % 2 = 0 THEN {minutes} END",
        Type.INSTANT: f"CASE WHEN i % 2 = 0 THEN ({minutes}) AT TIME ZONE 'UTC' END",
    }
    return drawn[column.type]


if __name__ == "__main__":
    sys.exit(main())
