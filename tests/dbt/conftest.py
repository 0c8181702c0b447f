"""A small warehouse in the loader's shape, and dbt run against it.

Rows are made here from the API's JSON in plain Python, so that nothing of aviastack's own decoding decides what the
marts are tested against.
"""

from __future__ import annotations

import gzip
import json
import multiprocessing
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pyarrow as pa
import pytest

from aviastack.endpoints import ENDPOINTS, Endpoint, Kind

# Importing dbt takes seconds: a server imports it once and forks a fresh process for each run.
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["dbt.cli.main", "dbt.adapters.duckdb"])
DBT = """
import os, sys
os.environ.update({environment})
sys.stdout = sys.stderr = open({output!r}, "w")
from dbt.cli.main import cli
cli({command})
"""
ROOT = Path(__file__).parents[2]
PROJECT = ROOT / "dbt"
CLOCKS = ("scheduled", "estimated", "actual", "estimated_runway", "actual_runway")
TYPES = {
    Kind.TEXT: pa.string(),
    Kind.CODE: pa.string(),
    Kind.INT: pa.int64(),
    Kind.FLOAT: pa.float64(),
    Kind.BOOL: pa.bool_(),
    Kind.DATE: pa.date32(),
    Kind.TIME: pa.time64("us"),
    Kind.INSTANT: pa.timestamp("us"),
}
LOADS = pa.schema(
    [
        ("run_id", pa.string()),
        ("slice", pa.string()),
        ("endpoint", pa.string()),
        ("predicate", pa.string()),
        ("as_of", pa.timestamp("us")),
        ("complete", pa.bool_()),
        ("proof", pa.string()),
        ("rows", pa.int64()),
        ("inserted", pa.int64()),
        ("updated", pa.int64()),
        ("removed", pa.int64()),
        ("pages", pa.int64()),
        ("calls", pa.int64()),
        ("started_at", pa.timestamp("us")),
        ("loaded_at", pa.timestamp("us")),
        ("manifest", pa.string()),
    ]
)


def schema_of(endpoint: Endpoint) -> pa.Schema:
    """The table of an endpoint as the loader creates it."""
    columns: dict[str, pa.DataType] = {endpoint.key.column: pa.int64() if not endpoint.key.parts else pa.string()}
    if endpoint.leg_key:
        columns[endpoint.leg_key.column] = pa.string()
    if endpoint.dates_flights:
        columns["flight_date"] = pa.date32()
    for field in endpoint.fields:
        if field.kind is Kind.CLOCK:
            columns |= {f"{field.column}_{kind}": pa.timestamp("us") for kind in ("local", "utc")}
        else:
            columns.setdefault(field.column, TYPES[field.kind])
    moments = {name: pa.timestamp("us") for name in ("_extracted_at", "_removed_at", "_loaded_at")}
    texts = dict.fromkeys(("_run_id", "_slice", "_unmapped"), pa.string())
    return pa.schema(list((columns | moments | texts).items()))


SCHEMAS = {endpoint.table: schema_of(endpoint) for endpoint in ENDPOINTS.values()} | {"_loads": LOADS}


def flight_row(record: dict, *, seen: datetime, run_id: str = "run-1", slice_: str = "test") -> dict:
    """One record of `/flights` as the loader's row: flat, codes in capitals, local and UTC times, keys."""
    flight, airline = record["flight"], record["airline"]
    row: dict = {"flight_date": date.fromisoformat(record["flight_date"]), "flight_status": record["flight_status"]}
    for end in ("departure", "arrival"):
        for name, value in record[end].items():
            if name in CLOCKS:
                row |= _clock(f"{end}_{name}", value, record[end]["timezone"])
            else:
                row[f"{end}_{name}"] = _text(value)
    row |= {f"airline_{name}": _text(value) for name, value in airline.items()}
    row |= {f"flight_{name}": flight[name] for name in ("number", "iata", "icao")}
    for name, value in (flight["codeshared"] or {}).items():
        row[f"codeshared_{name}"] = value.upper() if value and name != "airline_name" else value
    row |= {f"aircraft_{name}": value for name, value in (record["aircraft"] or {}).items()}
    row |= _keys(row)
    return row | {"_extracted_at": seen, "_loaded_at": seen, "_run_id": run_id, "_slice": slice_}


def _text(value: object) -> object:
    return None if isinstance(value, str) and value.strip() in ("", "empty") else value


def _clock(column: str, value: str | None, zone: str | None) -> dict:
    local = datetime.fromisoformat(value).replace(tzinfo=None) if value else None
    utc = None
    if local and zone and "/" in zone:
        utc = local.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC).replace(tzinfo=None)
    return {f"{column}_local": local, f"{column}_utc": utc}


def _keys(row: dict) -> dict:
    def first(*names: str) -> str:
        return next((str(row[name]) for name in names if row.get(name)), "~")

    head = [str(row["flight_date"]), *(first(f"{end}_iata", f"{end}_icao") for end in ("departure", "arrival"))]
    carrier = first("airline_icao", "airline_iata")
    key = [*head, first("departure_scheduled_local"), carrier, first("flight_number", "flight_icao")]
    leg = [*head, carrier, row["flight_number"]] if row.get("flight_number") else key
    return {"flight_key": "|".join(key), "flight_leg_id": "|".join(leg)}


@pytest.fixture(scope="session")
def load_row() -> Callable[..., dict]:
    """Make a row of `_loads`."""
    return _load_row


def _load_row(name: str, *, run_id: str, at: datetime, complete: bool = True, endpoint: str = "flights") -> dict:
    """A row of `_loads` for the slice of that name."""
    head, *filters = name.split(".")
    asked = dict(part.split("=") for part in filters)
    asked |= {} if head in ("live", "all") else {"flight_date": head}
    return {
        "run_id": run_id,
        "slice": name,
        "endpoint": endpoint,
        "predicate": json.dumps({"asked": asked, "covers": asked if complete else None}),
        "as_of": at,
        "complete": complete,
        "proof": "settled",
        "calls": 1,
        "started_at": at,
        "loaded_at": at,
    }


@pytest.fixture(scope="session")
def recorded() -> dict[str, list[tuple[datetime, dict]]]:
    """Recorded responses as (when seen, record); the test that asks is skipped where they are missing."""
    folder = Path(os.environ.get("AVIASTACK_RECORDED", ROOT.parent / "shared" / "recorded"))
    if not folder.is_dir():
        pytest.skip(f"no recorded responses in {folder}; set AVIASTACK_RECORDED to their folder")
    days = [
        (datetime(2024, 4, 25), json.loads(line))
        for file in sorted((folder / "flights_by_date").glob("*.jsonl.gz"))
        for line in gzip.decompress(file.read_bytes()).splitlines()
    ]
    live = [
        (datetime.fromisoformat(file.name[:10]) + timedelta(minutes=minute), record)
        for minute, file in enumerate(sorted((folder / "flights_live").glob("*.json")))
        for record in json.loads(file.read_bytes())["data"]
    ]
    return {"days": days, "live": live}


@dataclass
class Marts:
    """A DuckDB warehouse and its dbt project."""

    path: Path
    work: Path
    target: Path | None = None

    def create(self) -> Marts:
        with duckdb.connect(self.path) as connection:
            connection.execute("create schema aviationstack")
            for table, schema in SCHEMAS.items():
                connection.register("empty", schema.empty_table())
                connection.execute(f'create table aviationstack."{table}" as select * from empty')
        return self

    def insert_flights(self, seen: list[tuple[datetime, dict]]) -> None:
        """Load records as the loader would: a row a key, the one seen last."""
        rows = (flight_row(record, seen=when) for when, record in sorted(seen, key=lambda item: item[0]))
        self.insert("flights", list({row["flight_key"]: row for row in rows}.values()))

    def insert(self, table: str, rows: list[dict]) -> None:
        with duckdb.connect(self.path) as connection:
            connection.register("given", pa.Table.from_pylist(rows, schema=SCHEMAS[table]))
            connection.execute(f'insert into aviationstack."{table}" by name select * from given')

    def execute(self, sql: str, *values: object) -> None:
        with duckdb.connect(self.path) as connection:
            connection.execute(sql, values)

    def rows(self, sql: str) -> list[tuple]:
        with duckdb.connect(self.path) as connection:
            return connection.execute(sql).fetchall()

    def dicts(self, sql: str) -> list[dict]:
        with duckdb.connect(self.path) as connection:
            return connection.sql(sql).to_arrow_table().to_pylist()

    def dbt(self, *arguments: str, as_of: str) -> None:
        """Run dbt in a process of its own; the test fails with dbt's own words where it fails.

        Each `as_of` has its own target folder: another variable makes dbt parse the whole project again.
        """
        self.target = self.work / f"target-{as_of[:10]}"
        folders = [f"--{kind}-dir={PROJECT}" for kind in ("project", "profiles")]
        command = [*arguments, *folders, f"--target-path={self.target}", "--vars", json.dumps({"as_of": as_of})]
        environment = {"AVIASTACK_DUCKDB_PATH": str(self.path), "DBT_LOG_PATH": str(self.work / "logs")}
        output = self.work / "output"
        code = DBT.format(command=command, environment=environment, output=str(output))
        process = FORKS.Process(target=exec, args=(code,))
        process.start()
        process.join()
        assert process.exitcode == 0, output.read_text()


@pytest.fixture(scope="session")
def make_marts(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Marts]:
    """Make an empty warehouse of that name; all share one target folder, so dbt parses the project once."""
    work = tmp_path_factory.mktemp("dbt")
    return lambda name: Marts(work / f"{name}.duckdb", work).create()
