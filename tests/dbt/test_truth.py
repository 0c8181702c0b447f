"""The gate estimates against the gate times that the US BTS measured, flight by flight."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import pytest

from tests.dbt import bts, plain
from tests.dbt.warehouses import Marts

pytestmark = [pytest.mark.slow]
LATE = 15


@dataclass(frozen=True)
class Timed:
    """One end of a flight: minutes late as measured, as sent, and as estimated by median and p80."""

    truth: float
    runway: float
    gate: float
    gate_p80: float


def share(delays: list[float]) -> float:
    return sum(delay < LATE for delay in delays) / len(delays)


def classed_right(timed: list[Timed]) -> float:
    return sum((each.gate < LATE) == (each.truth < LATE) for each in timed) / len(timed)


def shown_band(timed: list[Timed]) -> tuple[float, float]:
    """The band of shares by median and p80, widened by Wilson's interval."""
    shares = [share([each.gate for each in timed]), share([each.gate_p80 for each in timed])]
    n, z = len(timed), 1.959964

    def reach(value: float, sign: int) -> float:
        centre, spread = value + z**2 / (2 * n), z * sqrt(value * (1 - value) / n + z**2 / (4 * n**2))
        return (centre + sign * spread) / (1 + z**2 / n)

    return reach(min(shares), -1), reach(max(shares), 1)


def assert_inside(timed: list[Timed]) -> None:
    low, high = shown_band(timed)
    assert low <= share([each.truth for each in timed]) <= high


def matched(marts: Marts, truths: list[bts.Truth]) -> tuple[list[Timed], list[Timed]]:
    """Departures and arrivals of the flights that both know."""
    rows = {
        (str(row["flight_date"]), row["departure_airport_key"], row["arrival_airport_key"], row["flight_number"]): row
        for row in marts.dicts("select * from marts.fct_flights where airline_key = 'DAL'")
    }
    departures, arrivals = [], []
    for truth in truths:
        row = rows.get(truth.key)
        if row and row["takeoff_delay_minutes"] is not None:
            gate = row["gate_departure_delay_minutes"], row["gate_departure_delay_minutes_p80"]
            departures.append(Timed(truth.departure_delay, row["takeoff_delay_minutes"], *gate))
        if row and row["touchdown_delay_minutes"] is not None:
            gate = row["gate_arrival_delay_minutes"], row["gate_arrival_delay_minutes_p80"]
            arrivals.append(Timed(truth.arrival_delay, row["touchdown_delay_minutes"], *gate))
    return departures, arrivals


@pytest.fixture(scope="module")
def sampled(reference_marts: Marts, truths: list[bts.Truth]) -> tuple[list[Timed], list[Timed]]:
    """The BTS flights as the API would send them, through the marts."""
    return matched(reference_marts, truths)


def test_flights_of_the_recorded_days_are_classed_as_bts_measured_them(recorded_marts: Marts, truths) -> None:
    departures, arrivals = matched(recorded_marts, truths)
    assert len(departures) >= 180
    assert len(arrivals) >= 170
    assert classed_right(departures) >= 0.93
    assert classed_right(arrivals) >= 0.96
    assert_inside(departures)
    assert_inside(arrivals)
    assert share([each.runway for each in departures]) < share([each.truth for each in departures]) - 0.2


def test_bts_flights_of_2024_are_classed_as_measured_and_their_share_is_inside_the_band(sampled) -> None:
    departures, arrivals = sampled
    assert min(len(departures), len(arrivals)) > 2_000
    assert classed_right(departures) >= 0.93
    assert classed_right(arrivals) >= 0.96
    assert_inside(departures)
    assert_inside(arrivals)


def test_the_band_holds_the_truth_for_airports_whose_own_figures_are_left_out(truths) -> None:
    """Each airport gets the figures of all others: the mean of theirs, weighted by flights."""

    def others(airport: str, direction: str, figure: str) -> float:
        rows = [r for r in plain.seed("taxi_times") if r["direction"] == direction and r["period"] == "2024"]
        kept = [(float(row[figure]), int(row["flights"])) for row in rows if row["airport_iata"] != airport]
        return sum(minutes * flights for minutes, flights in kept) / sum(flights for _, flights in kept)

    ends = {(end, code) for t in truths for end, code in (("out", t.origin), ("in", t.destination))}
    taxi = {
        (direction, code): tuple(others(code, direction, name) for name in ("median_minutes", "p80_minutes"))
        for direction, code in ends
    }
    departures, arrivals = [], []
    for t in truths:
        runway = (t.wheels_off - t.scheduled_departure).total_seconds() / 60
        median, p80 = taxi["out", t.origin]
        departures.append(Timed(t.departure_delay, runway, runway - median, runway - p80))
        runway = (t.wheels_on - t.scheduled_arrival).total_seconds() / 60
        median, p80 = taxi["in", t.destination]
        arrivals.append(Timed(t.arrival_delay, runway, runway + median, runway + p80))
    assert_inside(departures)
    assert_inside(arrivals)
