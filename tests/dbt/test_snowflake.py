"""The same models on Snowflake's emulator give the same numbers, mart by mart, under an account's odd defaults."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from aviastack.marts.dbt_profile import profile_variables
from aviastack.marts.summary import marts_are_stale
from aviastack.reconcile.result_tables import write_taxi_times
from aviastack.settings import settings_from
from aviastack.warehouse.open_warehouse import open_warehouse
from tests.dbt.conftest import SETTLED
from tests.dbt.warehouses import Marts, SnowflakeMarts, run_dbt
from tests.support.simulated_api import Cli
from tests.support.snowflake_account import Account

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the connector's copy of requests does not know the newest chardet
    from tests.support.snowflake_emulator import SnowflakeEmulator
    from tests.warehouse.administration import USERS, Administered

pytestmark = [pytest.mark.slow, pytest.mark.emulators]
BUT = ("--exclude-resource-type", "test", "unit_test", "seed")


TAG = re.compile(r"alter session set query_tag = 'aviastack-dbt model=(\w+) invocation=([0-9a-f-]{36})'")
ODD = {"DATE_OUTPUT_FORMAT": "DD.MM.YYYY", "DATE_INPUT_FORMAT": "DD.MM.YYYY", "TIMEZONE": "Asia/Kolkata"}
"""Defaults of an account that change what a cast gives; TIMESTAMP_TYPE_MAPPING, which no SQL can evade, is refused."""


@pytest.fixture(scope="module")
def both(recorded_marts: Marts) -> Iterator[tuple[Marts, SnowflakeMarts]]:
    """DuckDB's marts of the recorded responses, and the emulator's of the same rows."""
    with SnowflakeEmulator(parameters=ODD) as emulator:
        there = SnowflakeMarts(recorded_marts.path, recorded_marts.work, emulator=emulator).create()
        there.dbt("build", *BUT, as_of=SETTLED)
        yield recorded_marts, there


@pytest.mark.parametrize(
    ("table", "key"),
    [
        ("marts.fct_flights", ("flight_leg_id",)),
        ("marts.dim_airlines", ("airline_key",)),
        ("marts.dim_airports", ("airport_key",)),
        ("marts.dim_dates", ("date_day",)),
        ("marts.airline_daily_performance", ("flight_date", "airline_key", "is_other_operator")),
        ("marts.route_performance", ("flight_month", "route", "airline_key", "is_other_operator")),
        ("marts.airport_hourly_punctuality", ("airport_key", "direction", "local_date", "local_hour")),
        ("marts.data_completeness", ("flight_date", "partner_code")),
        ("marts.data_freshness", ("endpoint",)),
        ("marts.flights", ("flight_leg_id",)),
        ("snapshots.flight_status_history", ("flight_leg_id",)),
    ],
)
def test_both_warehouses_hold_the_same_mart(both: tuple[Marts, SnowflakeMarts], table: str, key: tuple) -> None:
    here, there = both
    ours, theirs = (
        sorted(warehouse.dicts(f"select * from {name}"), key=lambda row: [str(row[column]) for column in key])
        for warehouse, name in ((here, table), (there, f"AVIASTACK.{table.upper()}"))
    )
    assert ours
    assert len(ours) == len(theirs)
    own = {"built_at", "date_state", "dbt_scd_id", "dbt_updated_at", "dbt_valid_from", "dbt_valid_to"}
    for mine, other in zip(ours, theirs, strict=True):
        assert list(mine) == list(other)
        for column in mine.keys() - own:
            number = isinstance(mine[column], float)
            assert other[column] == (pytest.approx(mine[column]) if number else mine[column]), (column, mine, other)


def test_dbt_builds_as_its_own_user_and_the_loaders_role_may_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The service users of the setup in an account that enforces their rights."""
    some = ["run", "--select", "int_calendar__days", "dim_dates", "--vars", '{"comments": false}']
    settings = settings_from(warehouse="snowflake://")
    with SnowflakeEmulator(account=Account()) as emulator:
        administered = Administered(emulator, "bucket", tmp_path)
        administered.set_up()
        for name, value in administered.variables().items():
            monkeypatch.setenv(name, value)
        with pytest.raises(AssertionError, match="does not exist or not authorized"):
            run_dbt(some, work=tmp_path, target=tmp_path / "target", variables=profile_variables(settings))

        own = settings.model_copy(update={"dbt_user": USERS["dbt"], "dbt_role": "AVIASTACK_TRANSFORMER"})
        monkeypatch.setenv("SNOWFLAKE_WAREHOUSE", "AVIASTACK_TRANSFORM")
        run_dbt(some, work=tmp_path, target=tmp_path / "target", variables=profile_variables(own))

        assert emulator.account
        built = f"{administered.database}.MARTS.DIM_DATES"
        assert emulator.account.owners["TABLE", built] == "AVIASTACK_TRANSFORMER"
    assert not emulator.signed_in[-1].secondary


def test_each_model_has_a_query_tag_with_the_invocation(both: tuple) -> None:
    """Before the test below, which forgets what the emulator was sent."""
    tags = {found.groups() for said in both[1].emulator.said if (found := TAG.match(said.text))}
    assert {"fct_flights", "flight_status_history", "dim_dates"} <= {model for model, _ in tags}
    assert len({invocation for _, invocation in tags}) == 1


def test_a_report_of_marts_that_are_up_to_date_builds_nothing(
    both: tuple, monkeypatch: pytest.MonkeyPatch, cli: Cli, tmp_path: Path
) -> None:
    emulator = both[1].emulator
    for name, value in emulator.variables.items():
        monkeypatch.setenv(name, value)
    emulator.said.clear()
    emulator.sign_ins = 0
    answer = cli("report", "--warehouse", "snowflake://", "--out", str(tmp_path / "report.html"), "--json")

    assert answer.code == 0, answer.err
    assert emulator.sign_ins <= 3
    assert {said.text.split()[0].upper() for said in emulator.said} <= {"SELECT", "WITH", "SHOW", "DESCRIBE", "--"}
    assert len(emulator.said) <= 25


def test_taxi_times_of_the_user_s_own_are_found_there_and_named(both: tuple, monkeypatch: pytest.MonkeyPatch) -> None:
    _, there = both
    for name, value in there.emulator.variables.items():
        monkeypatch.setenv(name, value)
    own = pl.DataFrame(
        [("ATL", "out", 30.0, 25.0, 40.0, 900, "2024-03-01 to 2024-03-31", "own BTS file")],
        schema=["airport", "direction", "median", "p20", "p80", "flights", "period", "source"],
        orient="row",
    )
    settings = settings_from(warehouse="snowflake://")
    with open_warehouse(settings) as warehouse:
        write_taxi_times(warehouse, own)
    try:
        assert marts_are_stale(settings)
        there.dbt("run", "--select", "int_taxi__own", "int_taxi__airports", "data_freshness", as_of=SETTLED)
        assert not marts_are_stale(settings)
        [named] = there.dicts("select distinct own_taxi_times from AVIASTACK.MARTS.DATA_FRESHNESS")
        assert named == {"own_taxi_times": "2024-03-01 to 2024-03-31, 900 taxi times"}
        atlanta = "airport_key = 'ATL' and direction = 'out'"
        [row] = there.dicts(f"select * from AVIASTACK.INTERMEDIATE.INT_TAXI__AIRPORTS where {atlanta}")
        assert (float(row["taxi_minutes"]), float(row["taxi_minutes_p80"])) == (30.0, 40.0)
    finally:
        there.emulator.ask("drop table AVIASTACK.REFERENCE.OWN_TAXI_TIMES")
        there.dbt("run", "--select", "int_taxi__own", "data_freshness", as_of=SETTLED)


def test_a_session_whose_timestamps_have_a_zone_is_refused_before_anything_is_built(both: tuple) -> None:
    _, there = both
    there.emulator.said.clear()
    there.emulator.parameters = ODD | {"TIMESTAMP_TYPE_MAPPING": "TIMESTAMP_LTZ"}
    try:
        with pytest.raises(AssertionError, match="TIMESTAMP_TYPE_MAPPING is 'TIMESTAMP_LTZ': the marts need TIMESTAMP"):
            there.dbt("run", "--select", "stg_aviationstack__taxes", as_of=SETTLED)
    finally:
        there.emulator.parameters = ODD
    assert not [said.text for said in there.emulator.said if "stg_aviationstack__taxes" in said.text]


def test_an_incremental_build_there_removes_what_was_removed_and_builds_no_other_date(both: tuple) -> None:
    _, there = both
    table = "AVIASTACK.AVIATIONSTACK.FLIGHTS"
    there.emulator.ask(f"update {table} set _removed_at = now() where flight_date = date '2024-04-17'")
    there.emulator.ask(f"update {table} set _removed_at = now() where flight_leg_id like '2024-04-16|ATL|MCO|%'")
    there.dbt("build", *BUT, "--select", "fct_flights", as_of=SETTLED)
    compiled = (there.target / "compiled/aviastack/models/marts/fct_flights.sql").read_text()
    assert re.findall(r"to_date\('([\d-]+)'", compiled) == ["2024-04-16"]
    gone = "flight_date = date '2024-04-17' or flight_leg_id like '2024-04-16|ATL|MCO|%'"
    kept, left = (
        there.dicts(f"select count(*) as n from AVIASTACK.MARTS.FCT_FLIGHTS where {condition}")[0]["n"]
        for condition in (f"not ({gone})", gone)
    )
    [(before,)] = both[0].rows(f"select count(*) from marts.fct_flights where not ({gone})")
    assert (kept, left) == (before, 0)
