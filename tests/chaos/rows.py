"""Count the rows of a slice in a warehouse: rows, and different keys."""

from __future__ import annotations

from pathlib import Path

import duckdb

from aviastack.slices import Slice
from tests.support.snowflake_emulator import SnowflakeEmulator

COUNT = """
SELECT count(*), count(DISTINCT flight_key) FROM {table}
WHERE flight_date = DATE '{day}' AND airline_iata = '{airline}' AND _removed_at IS NULL
"""


def duckdb_rows(path: Path, slice_: Slice) -> tuple[int, int]:
    """Count in a DuckDB file."""
    with duckdb.connect(str(path), read_only=True) as connection:
        [(rows, keys)] = connection.execute(_count("aviationstack.flights", slice_)).fetchall()
    return int(rows), int(keys)


def snowflake_rows(emulator: SnowflakeEmulator, database: str, slice_: Slice) -> tuple[int, int]:
    """Count in a database of the emulator."""
    [(rows, keys)] = emulator.ask(_count(f'"{database}"."AVIATIONSTACK"."FLIGHTS"', slice_))
    return int(rows), int(keys)


def _count(table: str, slice_: Slice) -> str:
    query = dict(slice_.query)
    return COUNT.format(table=table, day=query["flight_date"], airline=query["airline_iata"])
