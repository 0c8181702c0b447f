"""Flights as BTS reports them, and the same as a source has them that sends runway times."""

from __future__ import annotations

from datetime import date
from random import Random

import polars as pl

from aviastack.reconcile.bts import BtsFlights

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


MARTS = """
CREATE SCHEMA marts;
CREATE TABLE marts.dim_airlines AS SELECT 'DAL' AS airline_key, 'DL' AS airline_iata;
CREATE TABLE marts.data_freshness AS SELECT CAST(NULL AS VARCHAR) AS own_taxi_times;
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
"""The marts of such a source, from a table ``mine``."""
