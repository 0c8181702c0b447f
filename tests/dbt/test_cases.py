"""Real answers that the marts once took to mean the wrong thing; each file says why it matters."""

from __future__ import annotations

import pytest

from tests.dbt.warehouses import Marts

pytestmark = [pytest.mark.slow]


def flight(marts: Marts, condition: str) -> dict:
    [row] = marts.dicts(f"select * from marts.fct_flights where {condition}")
    return row


def clocks(row: dict) -> tuple[str | None, ...]:
    names = ("departure_scheduled_local", "takeoff_local", "arrival_scheduled_local", "touchdown_local")
    return tuple(row[name] and f"{row[name]:%H:%M}" for name in names)


def test_a_landing_behind_a_shadow_row_is_the_flights(reference_marts: Marts) -> None:
    row = flight(reference_marts, "departure_airport_key = 'NQZ' and arrival_airport_key = 'ALA'")
    assert (row["outcome"], clocks(row)) == ("arrived", ("16:05", "16:34", "17:55", "17:57"))
    assert (row["takeoff_delay_minutes"], row["touchdown_delay_minutes"]) == (29, 2)


def test_a_schedule_that_only_codeshare_rows_have_is_the_flights(reference_marts: Marts) -> None:
    row = flight(reference_marts, "departure_airport_key = 'SYD' and arrival_airport_key = 'ASP'")
    assert (row["flight_iata"], row["outcome"], row["codeshare_count"]) == ("QF790", "arrived", 6)
    assert clocks(row) == ("09:20", "09:47", "12:10", "12:03")
    assert (row["takeoff_delay_minutes"], row["touchdown_delay_minutes"]) == (27, -7)


def test_a_scheduled_clock_in_another_zone_than_the_actual_one_is_corrected_by_utc(reference_marts: Marts) -> None:
    """PUQ's scheduled clock is America/Punta_Arenas, its actual clock America/Santiago: 9 minutes early, not 69."""
    row = flight(reference_marts, "flight_iata = 'DL6243'")
    assert (row["outcome"], row["touchdown_delay_minutes"]) == ("arrived", -9)
    assert flight(reference_marts, "flight_iata = 'JT692'")["scheduled_duration_minutes"] == 120
