"""Small warehouses in the loader's shape, and dbt run against them."""

from __future__ import annotations

import json
import multiprocessing
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from tests.dbt.rows import SCHEMAS, flight_row

PROJECT = Path(__file__).parents[2] / "dbt"
SEEDS = {
    "airport_coordinates": "iata varchar, icao varchar, name varchar, city varchar, country varchar, tz varchar, "
    "lat float, lon float",
    "taxi_times": "airport_iata varchar, direction varchar, median_minutes float, p20_minutes float, "
    "p80_minutes float, flights integer, period varchar, source varchar",
    "taxi_defaults": "region varchar, size varchar, direction varchar, median_minutes float, p20_minutes float, "
    "p80_minutes float, airports integer, flights integer, period varchar, spread varchar",
    "other_operator_numbers": "airline_key varchar, first_number integer, last_number integer, remark varchar",
}
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


def run_dbt(
    arguments: Sequence[str],
    *,
    work: Path,
    target: Path,
    variables: Mapping[str, str],
    profiles: Path = PROJECT,
    project: Path = PROJECT,
) -> None:
    """Run dbt in its own process; if dbt fails, the test fails with dbt's message."""
    output = work / "output"
    folders = [f"--project-dir={project}", f"--profiles-dir={profiles}"]
    environment = {**variables, "DBT_LOG_PATH": str(work / "logs"), "DBT_TARGET_PATH": str(target)}
    code = DBT.format(command=[*arguments, *folders], environment=environment, output=str(output))
    process = FORKS.Process(target=exec, args=(code,))
    process.start()
    process.join()
    assert process.exitcode == 0, output.read_text()


@dataclass
class Marts:
    """A warehouse in DuckDB, and the dbt project built in it."""

    path: Path
    work: Path
    target: Path | None = None
    kind: str = "duckdb"

    @property
    def variables(self) -> dict[str, str]:
        """What dbt's profile finds the warehouse by; the machine's own zone changes nothing."""
        return {"AVIASTACK_DBT_TARGET": "duckdb", "AVIASTACK_DUCKDB_PATH": str(self._built), "TZ": "Asia/Kolkata"}

    @property
    def _built(self) -> Path:
        """Where every warehouse is while dbt builds in it: for another path dbt would parse the project again."""
        return self.work / "built" / self.path.name

    @property
    def settings(self) -> dict[str, Any]:
        """Return dbt's own variables of this warehouse."""
        return {}

    @contextmanager
    def _connected(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Open the file by another name, for it may be called as one of its schemas."""
        with duckdb.connect() as connection:
            connection.execute(f"attach '{self.path}' as warehouse")
            connection.execute("use warehouse")
            yield connection

    def create(self) -> Marts:
        with self._connected() as connection:
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
        with self._connected() as connection:
            connection.register("given", pa.Table.from_pylist(rows, schema=SCHEMAS[table]))
            connection.execute(f'insert into aviationstack."{table}" by name select * from given')

    def execute(self, sql: str, *values: object) -> None:
        with self._connected() as connection:
            connection.execute(sql, values)

    def rows(self, sql: str) -> list[tuple]:
        with self._connected() as connection:
            return connection.execute(sql).fetchall()

    def dicts(self, sql: str) -> list[dict]:
        with self._connected() as connection:
            return connection.sql(sql).to_arrow_table().to_pylist()

    def dbt(self, *arguments: str, as_of: str) -> None:
        """Run dbt as of a time; each has its own target folder, for another variable makes dbt parse all again."""
        self.target = self.work / f"target-{self.kind}-{as_of[:10]}"
        command = [*arguments, "--vars", json.dumps(self.settings | {"as_of": as_of})]
        self.path.parent.rename(self._built.parent)  # with the WAL that dbt may leave
        try:
            run_dbt(command, work=self.work, target=self.target, variables=self.variables)
        finally:
            self._built.parent.rename(self.path.parent)


@dataclass
class SnowflakeMarts(Marts):
    """The same on Snowflake's emulator; ``path`` is a DuckDB warehouse whose rows it takes over."""

    emulator: Any = None
    kind: str = "snowflake"

    @property
    def variables(self) -> dict[str, str]:
        return self.emulator.variables | {"AVIASTACK_DBT_TARGET": "snowflake"}

    @property
    def settings(self) -> dict[str, Any]:
        """Build without comments: the emulator can't parse dbt's `column COMMENT $$...$$`."""
        return {"comments": False}

    def create(self) -> SnowflakeMarts:
        """Make the tables as the loader does, and fill them by the emulator's back door.

        The seeds too: dbt would bind 7,884 rows one by one, for which the emulator takes two minutes.
        """
        from aviastack.settings import settings_from
        from aviastack.warehouse.evolution import create_missing
        from aviastack.warehouse.open_warehouse import open_warehouse
        from aviastack.warehouse.statements import Statement

        with pytest.MonkeyPatch.context() as environment:
            for name, value in self.emulator.variables.items():
                environment.setenv(name, value)
            with open_warehouse(settings_from(warehouse="snowflake://")) as warehouse:
                for schema in ("aviationstack", "reference"):
                    warehouse.run(Statement("schema", f"CREATE SCHEMA {schema}"))
                create_missing(warehouse)
                for seed, columns in SEEDS.items():
                    warehouse.run(Statement("seed", f"CREATE TABLE reference.{seed} ({columns})"))
        for table in ("aviationstack.flights", "aviationstack._loads", *(f"reference.{seed}" for seed in SEEDS)):
            file = self.work / f"{table}.parquet"
            Marts(self.path, self.work).execute(f"copy (select * from {table}) to '{file}'")
            self.emulator.ask(f"insert into AVIASTACK.{table.upper()} by name select * from '{file}'")
        return self

    def dicts(self, sql: str) -> list[dict]:
        columns = [name for (name, *_) in self.emulator.ask(f"describe {sql}")]
        return [dict(zip(map(str.lower, columns), row, strict=True)) for row in self.emulator.ask(sql)]
