"""The identifier of a flight that has taken off never changes, whichever of two flights a run has."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from aviastack.endpoints import ENDPOINTS, FLIGHTS
from tests.warehouse.places import DAY, NARROW, Place

FIRST, SECOND = datetime(2026, 11, 21, 7), datetime(2026, 11, 21, 18, 10)
FLOWN = replace(NARROW, fields=(*NARROW.fields, *(f for f in FLIGHTS.fields if f.column == "departure_actual")))


@pytest.fixture(autouse=True)
def with_takeoffs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ENDPOINTS, "flights", FLOWN)


def seen(leg: str, key: str, takeoff: datetime | None) -> dict[str, object]:
    return {"flight_key": key, "flight_leg_id": leg, "departure_actual_local": takeoff, "departure_actual_utc": None}


def legs_after(place: Place, *runs: list[dict[str, object]]) -> dict[str, str]:
    for at, rows in enumerate(runs):
        place.load(place.stage(rows, run_id=f"r{at}", at=at, covers=None, path=f"flights/date={DAY}/{at}.parquet"))
    return {key: row["flight_leg_id"] for key, row in place.rows().items()}


def test_identifiers_stay_whichever_flights_later_runs_have(place: Place) -> None:
    both = [seen("AA7", "morning", FIRST), seen("AA7|2", "evening", SECOND)]
    only_second = [seen("AA7", "evening", SECOND)]
    assert legs_after(place, both, only_second) == {"morning": "AA7", "evening": "AA7|2"}


def test_a_second_flight_that_a_run_has_alone_gets_its_own_identifier(duckdb_place: Place) -> None:
    runs = [seen("AA7", "morning", FIRST)], [seen("AA7", "evening", SECOND)]
    assert legs_after(duckdb_place, *runs) == {"morning": "AA7", "evening": "AA7|2"}


def test_a_flight_reported_late_does_not_take_the_identifier_of_the_one_after_it(duckdb_place: Place) -> None:
    runs = (
        [seen("AA7", "morning", None), seen("AA7", "evening", SECOND)],
        [seen("AA7", "morning", FIRST), seen("AA7|2", "evening", SECOND)],
    )
    assert legs_after(duckdb_place, *runs) == {"morning": "AA7|2", "evening": "AA7"}


def test_a_retimed_flight_keeps_its_identifier(duckdb_place: Place) -> None:
    retimed = [seen("AA7", "at 8", FIRST + timedelta(minutes=5))]
    assert legs_after(duckdb_place, [seen("AA7", "at 7", FIRST)], retimed) == {"at 7": "AA7", "at 8": "AA7"}
