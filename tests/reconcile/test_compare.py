"""A reconciliation names biases, losses and misses that were planted, and nothing that was not."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from random import Random

import duckdb
import polars as pl
import pytest

from aviastack.reconcile.bts import BtsFlights
from aviastack.reconcile.compare import compare
from tests.support.simulated_api import Cli

DAYS = [date(2024, 4, 16), date(2024, 4, 17)]
AIRPORTS = ["ATL", "JFK", "LAX", "MSP", "DTW", "SLC"]


def bts(flights: int = 6_000, *, carrier: str = "DL", seed: int = 1) -> BtsFlights:
    chance = Random(seed)
    rows = []
    for number in range(flights):
        origin, destination = chance.sample(AIRPORTS, 2)
        late = chance.choices([chance.randint(-8, 14), chance.randint(15, 120)], [0.8, 0.2])[0]
        out, into, departs = chance.randint(9, 25), chance.randint(3, 12), chance.randint(300, 1_300)
        rows.append(
            {
                "date": DAYS[number % 2], "carrier": carrier, "number": str(1 + number // 2), "origin": origin,
                "destination": destination, "scheduled_departure": departs,
                "scheduled_arrival": (departs + 150) % 1_440,
                "wheels_off": (departs + late + out) % 1_440, "wheels_on": (departs + 150 + late - into) % 1_440,
                "departure_delay": float(late), "arrival_delay": float(late), "taxi_out": float(out),
                "taxi_in": float(into), "cancelled": False, "diverted": False,
            }
        )  # fmt: skip
    return BtsFlights(pl.DataFrame(rows), by_marketing=True)


def ours(theirs: BtsFlights, *, bias: int = 0, carrier: str = "DL") -> pl.DataFrame:
    """What a source would have of these flights that sends runway times; gate times estimated with 16 and 7 minutes."""
    takeoff = pl.col("departure_delay") + pl.col("taxi_out") + bias
    touchdown = pl.col("arrival_delay") - pl.col("taxi_in") + bias
    return theirs.rows.select(
        "date", "number", "origin", "destination", "scheduled_departure",
        carrier=pl.lit(carrier), outcome=pl.lit("arrived"),
        takeoff=(pl.col("wheels_off") + bias) % 1_440, touchdown=(pl.col("wheels_on") + bias) % 1_440,
        takeoff_delay=takeoff, touchdown_delay=touchdown,
        gate_departure_delay=takeoff - 16.0, gate_departure_delay_p80=takeoff - 22.0,
        gate_arrival_delay=touchdown + 7.0, gate_arrival_delay_p80=touchdown + 11.0,
    )  # fmt: skip


def test_two_that_agree_agree_in_everything() -> None:
    theirs = bts()
    [partner] = compare(ours(theirs), theirs)
    assert partner.airline == "DL"
    assert partner.matched == partner.bts_flights == partner.our_flights == 6_000
    assert (partner.missing_here, partner.missing_in_bts) == (0, 0)
    for times in (partner.schedule, partner.takeoff, partner.touchdown):
        assert (times.within_a_minute, times.mean_difference) == (1.0, 0.0)
    truth = partner.departures.truth
    assert partner.departures.estimate is not None
    assert partner.departures.estimate_p80 is not None
    assert partner.departures.estimate <= truth <= partner.departures.estimate_p80


@pytest.mark.parametrize("seed", range(3))
def test_a_planted_bias_and_lost_flights_are_named_within_half_a_point(seed: int) -> None:
    theirs = bts(seed=seed)
    kept = ours(theirs, bias=7).sample(fraction=0.98, seed=seed)
    [partner] = compare(kept, theirs)
    assert partner.takeoff.mean_difference == pytest.approx(7, abs=0.5)
    assert partner.touchdown.mean_difference == pytest.approx(7, abs=0.5)
    assert 100 * partner.missing_here / partner.bts_flights == pytest.approx(2, abs=0.5)
    assert partner.schedule.within_a_minute == 1.0


def test_cancellations_diversions_and_unreported_arrivals_are_counted() -> None:
    theirs = bts(100)
    place = pl.int_range(pl.len())
    theirs = BtsFlights(
        theirs.rows.with_columns(
            cancelled=place < 10,
            diverted=place.is_between(10, 14),
            departure_delay=pl.when(place >= 10).then("departure_delay"),
            arrival_delay=pl.when(place >= 15).then("arrival_delay"),
        ),
        by_marketing=True,
    )
    mine = ours(theirs).with_columns(
        outcome=pl.when(place < 4)
        .then(pl.lit("cancelled"))
        .when(place == 10)
        .then(pl.lit("diverted"))
        .otherwise("outcome"),
        touchdown=pl.when(place < 80).then("touchdown"),
    )
    [partner] = compare(mine, theirs)
    assert (partner.cancelled_in_bts, partner.cancellations_missed) == (10, 6)
    assert (partner.diverted_in_bts, partner.diversions_missed) == (5, 4)
    assert partner.unreported_arrivals == 20
    assert partner.unreported_on_time == (theirs.rows["arrival_delay"][80:] < 15).mean()


def test_dates_and_airports_that_one_side_lacks_are_not_compared() -> None:
    theirs = bts(200)
    mine = ours(theirs).filter(pl.col("date") == DAYS[0])
    abroad = mine.head(5).with_columns(destination=pl.lit("CDG"))
    [partner] = compare(pl.concat([mine, abroad]), theirs)
    assert partner.bts_flights == partner.our_flights == partner.matched == 100


def test_a_regional_operator_is_matched_under_its_partner_s_number_in_a_reporting_file() -> None:
    regional = bts(50, carrier="9E")
    theirs = BtsFlights(regional.rows, by_marketing=False)
    [partner] = compare(ours(theirs), theirs)
    assert partner.matched == 50
    assert compare(ours(theirs, carrier="AA").with_columns(number=pl.lit("9999")), theirs) == []


def test_a_second_flight_of_one_number_and_route_meets_the_second_one() -> None:
    theirs = bts(2)
    both = theirs.rows.with_columns(
        date=pl.lit(DAYS[0]), number=pl.lit("7"), origin=pl.lit("ATL"), destination=pl.lit("JFK")
    )
    theirs = BtsFlights(both.with_columns(scheduled_departure=pl.Series([1_200, 400])), by_marketing=True)
    [partner] = compare(ours(theirs).reverse(), theirs)
    assert partner.matched == 2
    assert partner.schedule.within_a_minute == 1.0


MARTS = """
CREATE SCHEMA marts;
CREATE TABLE marts.dim_airlines AS SELECT 'DAL' AS airline_key, 'DL' AS airline_iata;
CREATE TABLE marts.fct_flights AS SELECT
    date AS flight_date, 'DAL' AS airline_key, number AS flight_number, origin AS departure_airport_key,
    destination AS arrival_airport_key, outcome, false AS is_other_operator,
    date + to_minutes(scheduled_departure) AS departure_scheduled_local, date + to_minutes(takeoff) AS takeoff_local,
    date + to_minutes(touchdown) AS touchdown_local, takeoff_delay AS takeoff_delay_minutes,
    touchdown_delay AS touchdown_delay_minutes, gate_departure_delay AS gate_departure_delay_minutes,
    gate_departure_delay_p80 AS gate_departure_delay_minutes_p80, gate_arrival_delay AS gate_arrival_delay_minutes,
    gate_arrival_delay_p80 AS gate_arrival_delay_minutes_p80
FROM mine
"""


def test_the_command_reports_the_partners_and_writes_both_tables(cli: Cli, tmp_path: Path) -> None:
    theirs = bts(400)
    file = tmp_path / "month.csv"
    clock = (pl.col(name) // 60 * 100 + pl.col(name) % 60 for name in ("scheduled_departure", "scheduled_arrival"))
    departs, arrives = clock
    theirs.rows.with_columns(departs, arrives).select(
        FL_DATE="date", MKT_CARRIER="carrier", MKT_CARRIER_FL_NUM="number", ORIGIN="origin", DEST="destination",
        CRS_DEP_TIME="scheduled_departure", CRS_ARR_TIME="scheduled_arrival", DEP_DELAY="departure_delay",
        ARR_DELAY="arrival_delay", TAXI_OUT="taxi_out", TAXI_IN="taxi_in", CANCELLED=pl.lit("0.00"),
        DIVERTED=pl.lit("0.00"), WHEELS_OFF=pl.lit(""), WHEELS_ON=pl.lit(""),
    ).write_csv(file)  # fmt: skip
    warehouse = tmp_path / "flights.duckdb"
    with duckdb.connect(str(warehouse)) as connection:
        connection.register("mine", ours(theirs).to_arrow())
        connection.execute(MARTS)
    told = cli("reconcile", "--bts", str(file), "--warehouse", f"duckdb:///{warehouse}", "--json")
    assert told.code == 0, told.err
    [partner] = told.object["partners"]
    assert (partner["airline"], partner["matched"], partner["missing_here"]) == ("DL", 400, 0)
    assert partner["schedule"]["within_a_minute"] == 1.0
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        rows = connection.execute("SELECT airline_iata, matched_flights FROM reference.bts_reconciliation").fetchall()
        taxi = connection.execute("SELECT count(*), min(flights) FROM reference.own_taxi_times").fetchone()
    assert rows == [("DL", 400)]
    assert taxi is not None
    assert taxi[0] == 12
    shown = cli("reconcile", "--bts", str(file), "--warehouse", f"duckdb:///{warehouse}")
    assert "400 of 400 BTS flights matched" in shown.out
    assert "take-off as sent" in shown.out
    json.dumps(told.object)


def test_a_warehouse_without_these_dates_says_what_to_load(cli: Cli, tmp_path: Path) -> None:
    warehouse = tmp_path / "flights.duckdb"
    with duckdb.connect(str(warehouse)) as connection:
        connection.register("mine", ours(bts(2)).with_columns(date=pl.lit(date(2026, 1, 1))).to_arrow())
        connection.execute(MARTS)
    file = tmp_path / "month.csv"
    file.write_text(
        "FL_DATE,MKT_CARRIER,MKT_CARRIER_FL_NUM,ORIGIN,DEST,CRS_DEP_TIME,CRS_ARR_TIME,DEP_DELAY,ARR_DELAY,TAXI_OUT,"
        "TAXI_IN,WHEELS_OFF,WHEELS_ON,CANCELLED,DIVERTED\n2024-04-16,DL,1,ATL,JFK,0600,0800,0,0,9,3,0609,0757,0,0\n"
    )
    told = cli("reconcile", "--bts", str(file), "--warehouse", f"duckdb:///{warehouse}")
    assert told.code == 2
    assert "2024-04-16" in told.err
