"""Taxi times of the user's own, as `aviastack reconcile` builds them from a BTS file, replace the shipped ones."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest

from aviastack.marts.summary import marts_are_stale
from aviastack.reconcile.result_tables import write_taxi_times
from aviastack.reconcile.taxi_table import taxi_times
from aviastack.settings import settings_from
from aviastack.warehouse.open_warehouse import open_warehouse
from tests.dbt.rows import load_row
from tests.dbt.test_incremental import FIRST, record
from tests.dbt.warehouses import Marts
from tests.support.bts_flights import bts

pytestmark = [pytest.mark.slow]

SETTLED = FIRST + timedelta(days=4)
DELAYS = "select takeoff_delay_minutes - gate_departure_delay_minutes from marts.fct_flights"
USED = "select own_taxi_times from marts.data_freshness"


def test_the_next_build_estimates_all_flights_with_them_and_says_so(make_marts: Callable[[str], Marts]) -> None:
    marts = make_marts("own-taxi-times")
    marts.insert_flights([(FIRST, record("1", status="landed", late=20))])
    marts.insert("_loads", [load_row("2026-11-16.airline_iata=DL", run_id="r1", at=datetime(2026, 11, 20))])
    settings = settings_from(warehouse=f"duckdb:///{marts.path}", state=marts.work)
    build = ("run", "--select", "+fct_flights", "+data_freshness")
    marts.dbt("seed", as_of=str(SETTLED))
    marts.dbt(*build, as_of=str(SETTLED))
    [(shipped,)] = marts.rows(DELAYS)
    assert marts.rows(USED) == [(None,)]
    assert not marts_are_stale(settings)

    flights = bts(2_000)
    own = taxi_times(flights)
    with open_warehouse(settings) as warehouse:
        write_taxi_times(warehouse, own)
    [median] = own.filter(airport_iata="JFK", direction="out")["median_minutes"]
    assert median != shipped
    assert marts_are_stale(settings)
    marts.dbt(*build, as_of=str(SETTLED))
    assert marts.rows(DELAYS) == [(median,)], "a flight that no load touched has the new estimate, too"
    first, last = flights.dates
    assert (first, last) == (date(2024, 4, 16), date(2024, 4, 17))
    assert marts.rows(USED) == [(f"{first} to {last}, {own['flights'].sum()} taxi times",)]
    assert not marts_are_stale(settings)
