"""``status --cost``: Snowflake's credits by the tags of loads and of dbt's models."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from tests.support.simulated_api import Cli
from tests.support.snowflake_account import CREDITS, Account
from tests.support.snowflake_emulator import SnowflakeEmulator
from tests.warehouse.administration import Administered
from tests.warehouse.conftest import administer
from tests.warehouse.places import Place

OPTION = ("USE ROLE ACCOUNTADMIN", "GRANT DATABASE ROLE SNOWFLAKE.USAGE_VIEWER TO ROLE AVIASTACK_LOADER")


@contextmanager
def credits_view(emulator: SnowflakeEmulator, *more: str) -> Iterator[None]:
    """Give the emulator the view of Snowflake's own database, as a table."""
    made = f"CREATE TABLE {CREDITS} (QUERY_TAG VARCHAR, START_TIME TIMESTAMP_NTZ, CREDITS_ATTRIBUTED_COMPUTE FLOAT)"
    administer(emulator, "SNOWFLAKE", "CREATE SCHEMA IF NOT EXISTS ACCOUNT_USAGE", made, *more)
    try:
        yield
    finally:
        emulator.account = None
        administer(emulator, "SNOWFLAKE", f"DROP TABLE {CREDITS}")


def test_a_duckdb_file_costs_no_credits(cli: Cli) -> None:
    answer = cli("status", "--cost", "--warehouse", "duckdb:///w.duckdb", "--json")
    assert answer.code == 2
    assert "uses no credits: only Snowflake has them" in answer.object["error"]["message"]


@pytest.mark.emulators
@pytest.mark.usefixtures("snowflake_place")
def test_credits_are_those_of_a_week_by_slice_and_model(cli: Cli, emulator: SnowflakeEmulator) -> None:
    now = datetime.now(UTC).replace(tzinfo=None)
    rows = [
        ("aviastack run=r1 slice=2026-11-20", 0, 0.5),
        ("aviastack run=r2 slice=2026-11-20", 1, 0.25),
        ("aviastack-dbt model=fct_flights invocation=1", 2, 1.0),
        ("aviastack-dbt model=fct_flights invocation=2", 9, 64.0),
        ("aviastack-dbt", 1, 0.125),
        ("of somebody else", 1, 32.0),
    ]
    values = ", ".join(f"('{tag}', '{now - timedelta(days=days)}', {amount})" for tag, days, amount in rows)
    with credits_view(emulator, f"INSERT INTO {CREDITS} VALUES {values}"):
        found = cli("status", "--cost", "--warehouse", "snowflake://", "--json").object
        shown = cli("status", "--cost", "--warehouse", "snowflake://").out

    assert found["credits"] == 1.875
    assert [(row["work"], row["of"], row["statements"], row["credits"]) for row in found["work"]] == [
        ("dbt", "fct_flights", 1, 1.0),
        ("load", "2026-11-20", 2, 0.75),
        ("other", "aviastack-dbt", 1, 0.125),
    ]
    assert "1.875000 credits in 7 days" in shown


@pytest.mark.emulators
@pytest.mark.usefixtures("narrow")
def test_the_setup_has_the_grant_for_the_credits_as_an_option_and_its_absence_is_named(
    administered: Administered, loading: Place, cli: Cli, emulator: SnowflakeEmulator
) -> None:
    emulator.account = None
    with credits_view(emulator):
        emulator.account = Account()
        administered.set_up()
        refused = cli("status", "--cost", "--warehouse", "snowflake://", "--json")
        assert all(f"-- {statement};" in administered.script() for statement in OPTION)
        administered.administer(*OPTION)
        granted = cli("status", "--cost", "--warehouse", "snowflake://", "--json")

    assert refused.code == 6
    assert refused.object["error"]["remedy"].endswith(f"{'; '.join(OPTION)};")
    assert (granted.code, granted.object["work"]) == (0, [])
