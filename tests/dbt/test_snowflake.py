"""The same models on Snowflake's emulator give the same numbers, mart by mart."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator

import pytest

from tests.dbt.rows import load_row
from tests.dbt.warehouses import Marts, SnowflakeMarts

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the connector's copy of requests does not know the newest chardet
    from tests.emulators.snowflake import SnowflakeEmulator

pytestmark = [pytest.mark.slow, pytest.mark.emulators, pytest.mark.xdist_group("dbt")]
AS_OF = "2026-11-19 00:00:00"
WITHOUT_TESTS = ("build", "--exclude-resource-type", "test", "unit_test")


@pytest.fixture(scope="module")
def both(make_marts: Callable[[str], Marts], recorded_flights: dict) -> Iterator[tuple[Marts, SnowflakeMarts]]:
    """DuckDB's marts and the emulator's, of the same rows; a change comes between two builds of each."""
    here = make_marts("both")
    here.insert_flights(recorded_flights["days"][::9] + recorded_flights["live"])
    here.insert("_loads", [load_row("2024-04-16.airline_iata=DL", run_id="r", at=recorded_flights["days"][0][0])])
    here.dbt(*WITHOUT_TESTS, as_of=AS_OF)
    with SnowflakeEmulator() as emulator:
        there = SnowflakeMarts(here.path, here.work, emulator=emulator).create()
        there.dbt(*WITHOUT_TESTS, "seed", as_of=AS_OF)
        removal = "update {} set _removed_at = timestamp '2026-11-18 12:00:00' where flight_date = date '2024-04-17'"
        here.execute(removal.format("aviationstack.flights"))
        emulator.ask(removal.format("AVIASTACK.AVIATIONSTACK.FLIGHTS"))
        for warehouse in (here, there):
            warehouse.dbt(*WITHOUT_TESTS, "--select", "fct_flights+", as_of=AS_OF)
        yield here, there


@pytest.mark.parametrize(
    ("table", "key"),
    [
        ("marts.fct_flights", ("flight_leg_id",)),
        ("marts.dim_airlines", ("airline_key",)),
        ("marts.dim_airports", ("airport_key",)),
        ("marts.dim_dates", ("date_day",)),
        ("marts.airline_daily_performance", ("flight_date", "airline_key")),
        ("marts.route_performance", ("flight_month", "route", "airline_key")),
        ("marts.airport_hourly_punctuality", ("airport_key", "direction", "local_date", "local_hour")),
        ("marts.data_completeness", ("flight_date", "partner_code")),
        ("marts.data_freshness", ("endpoint",)),
        ("marts.flights", ("flight_date", "departure_airport", "arrival_airport", "airline_name", "flight_status")),
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


def test_a_date_that_lost_all_its_rows_left_and_no_other_was_built_again(both: tuple[Marts, SnowflakeMarts]) -> None:
    for warehouse, schema in zip(both, ("marts", "AVIASTACK.MARTS"), strict=True):
        assert warehouse.target is not None
        compiled = (warehouse.target / "compiled/aviastack/models/marts/fct_flights.sql").read_text()
        assert "where flight_date in (null)" in compiled
        left = warehouse.dicts(f"select count(*) as n from {schema}.fct_flights where flight_date = date '2024-04-17'")
        assert left == [{"n": 0}]
