"""Where a round stages and what its warehouse has: a folder and DuckDB, or a bucket and Snowflake by connections."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb

from aviastack.slices import Slice
from tests.support.snowflake_emulator import SnowflakeEmulator
from tests.warehouse.conftest import administer

ACCOUNTS = "accounts"  # the environment that stages in the bucket and loads Snowflake
BUCKET = "chaos"
COUNT = """
SELECT count(*), count(DISTINCT flight_key) FROM {table}
WHERE flight_date = DATE '{flight_date}' AND airline_iata = '{airline_iata}' AND _removed_at IS NULL
"""


@dataclass(frozen=True)
class Place:
    """Staging, and the rows and different keys of a slice in the warehouse."""

    staging: str
    rows: Callable[[Slice], tuple[int, int]]


def folder(home: Path) -> Place:
    """Return the place that Airflow's environment names: below its home."""

    def rows(slice_: Slice) -> tuple[int, int]:
        with duckdb.connect(str(home / "data" / "aviastack.duckdb"), read_only=True) as connection:
            found = connection.execute(COUNT.format(table="aviationstack.flights", **dict(slice_.query))).fetchall()
        return found[0]

    return Place(str(home / "data" / "staging"), rows)


def accounts(snowflake: SnowflakeEmulator, name: str) -> Place:
    """Make a database and a stage over a folder of the bucket."""
    database, staging = f"CHAOS_{name.upper()}", f"{BUCKET}/{name}"
    stage = f"URL = 'gcs://{staging}/' FILE_FORMAT = (TYPE = PARQUET)"
    administer(
        snowflake,
        database,
        "CREATE SCHEMA IF NOT EXISTS AVIATIONSTACK",
        f"CREATE STAGE AVIATIONSTACK.AVIASTACK_STAGE {stage}",
    )

    def rows(slice_: Slice) -> tuple[int, int]:
        table = f'"{database}"."AVIATIONSTACK"."FLIGHTS"'
        [(found, keys)] = snowflake.ask(COUNT.format(table=table, **dict(slice_.query)))
        return int(found), int(keys)

    return Place(f"gs://{staging}", rows)


def connections(api: str, snowflake: SnowflakeEmulator, name: str) -> dict[str, str]:
    """Return the variables with the connections of the environment."""
    given = {key.removeprefix("SNOWFLAKE_").lower(): value for key, value in snowflake.variables.items()}
    given["database"] = f"CHAOS_{name.upper()}"
    user = {"conn_type": "snowflake", "login": given.pop("user"), "password": given.pop("password")}
    fields = {"plan": "basic", "staging": f"gs://{BUCKET}/{name}", "warehouse": "snowflake://"}
    ours = {"conn_type": "aviationstack", "host": api, "password": "simulated", "extra": fields}
    return {
        f"AIRFLOW_CONN_AVIATIONSTACK_{ACCOUNTS.upper()}": json.dumps(ours),
        f"AIRFLOW_CONN_SNOWFLAKE_{ACCOUNTS.upper()}": json.dumps(user | {"extra": given}),
        f"AIRFLOW_CONN_GOOGLE_CLOUD_{ACCOUNTS.upper()}": json.dumps({"conn_type": "google_cloud_platform"}),
        "AVIASTACK_ENVIRONMENTS": f"default,{ACCOUNTS}",
    }
