"""Boards, routes and reference tables, with the quirks of the recorded ones."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest

from .conftest import TODAY, Client, simulated

CLOCK = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:00\.000")
BOARD = {"iataCode": "ATL", "type": "departure"}


@pytest.fixture(scope="module")
def api() -> Any:
    with simulated(flights_per_day=20_000) as client:
        yield client


def test_a_board_shows_one_airport_from_seven_hours_ago_to_the_end_of_its_day(api: Client) -> None:
    rows = api.get("timetable", **BOARD).rows
    assert {row["departure"]["iataCode"] for row in rows} == {"ATL"}
    assert {row["type"] for row in rows} == {"departure"}
    times = [row["departure"]["scheduledTime"] for row in rows if row["departure"]["scheduledTime"]]
    assert times == sorted(times)
    # Noon in UTC is 07:00 in Atlanta.
    assert times[0] >= "2026-11-21T00:00"
    assert times[-1] <= "2026-11-21T23:59"
    assert times[-1] > "2026-11-21T20"


def test_a_board_s_values_are_text_and_missing_codes_are_empty(api: Client) -> None:
    rows = [
        row
        for port in ("ATL", "LHR", "DEL", "PEK", "SYD")
        for row in api.get("timetable", iataCode=port, type="departure").rows
    ]
    clocks = [
        row[end][name] for row in rows for end in ("departure", "arrival") for name in ("scheduledTime", "actualTime")
    ]
    assert all(CLOCK.fullmatch(clock) for clock in clocks if clock)
    delays = [row[end]["delay"] for row in rows for end in ("departure", "arrival")]
    assert all(delay.isdigit() for delay in delays if delay is not None)
    assert any(delays)
    assert any(row["airline"]["iataCode"] == "" for row in rows)
    assert not any(row["airline"]["iataCode"] is None or row["flight"]["iataNumber"] is None for row in rows)
    assert {row["airline"]["name"] for row in rows if row["airline"]["icaoCode"] == ""} == {"empty"}
    assert any(row["codeshared"] for row in rows)


def test_a_board_s_filters(api: Client) -> None:
    whole = api.get("timetable", **BOARD).rows
    for query, wanted in (
        ({"airline_iata": "dl"}, [row for row in whole if row["airline"]["iataCode"] == "DL"]),
        ({"status": "landed"}, [row for row in whole if row["status"] == "landed"]),
        ({"dep_schTime": "2026-11-21T1"}, [row for row in whole if row["departure"]["scheduledTime"][11] == "1"]),
    ):
        assert wanted
        assert api.get("timetable", **BOARD, **query).rows == wanted


def test_a_planned_board_is_lower_case_text_with_empty_for_missing(api: Client) -> None:
    rows = api.get("flightsFuture", iataCode="LHR", type="departure", date="2026-12-03").rows

    def values(value: Any) -> list[Any]:
        return [leaf for inner in value.values() for leaf in values(inner)] if isinstance(value, dict) else [value]

    texts = [text for row in rows for text in values(row)]
    assert all(isinstance(text, str) and text == text.lower() for text in texts)
    assert {row["weekday"] for row in rows} == {"4"}
    shared = [row for row in rows if "codeshared" in row]
    assert 0 < len(shared) < len(rows)
    assert {row["airline"]["name"] for row in shared} == {""}
    assert all(re.fullmatch(r"2026-12-03 \d\d:\d\d:00", row["departure"]["scheduledTime"]) for row in rows)


def test_planned_clocks_had_no_date_before_2026() -> None:
    with simulated(flights_per_day=20_000, today=date(2024, 9, 1)) as api:
        rows = api.get("flightsFuture", iataCode="JFK", type="departure", date="2024-09-17").rows
    assert all(re.fullmatch(r"\d\d:\d\d", row["arrival"]["scheduledTime"]) for row in rows)
    assert any(row["arrival"]["scheduledTime"] < row["departure"]["scheduledTime"] for row in rows)


def test_planned_arrivals_are_those_of_the_airport_s_calendar(api: Client) -> None:
    rows = api.get("flightsFuture", iataCode="LHR", type="arrival", date="2026-12-03").rows
    assert all(row["arrival"]["scheduledTime"].startswith("2026-12-03") for row in rows)
    assert Counter(row["departure"]["scheduledTime"][:10] for row in rows)["2026-12-02"] > 5


def test_routes_are_the_schedule_s(api: Client) -> None:
    rows = api.pages("routes", airline_iata="LH")
    names = [(row["departure"]["iata"], row["arrival"]["iata"], row["flight"]["number"]) for row in rows]
    assert len(set(names)) == len(names) > 100
    flown = {
        (row["departure"]["iata"], row["arrival"]["iata"], row["flight"]["number"])
        for row in api.pages("flights", flight_date="2026-11-18", airline_iata="LH")
        if not row["flight"]["codeshared"]
    }
    assert len(flown & set(names)) / len(flown) > 0.95
    every = api.pages("routes")
    nulls = {path: sum(row[end][name] is None for row in every) / len(every) for path, end, name in (
        ("time", "departure", "time"), ("out", "departure", "terminal"), ("in", "arrival", "terminal"))}  # fmt: skip
    assert nulls == pytest.approx({"time": 0.18, "out": 0.52, "in": 0.5}, abs=0.06)
    assert sum(row["airline"]["name"] is None for row in every) / len(every) == pytest.approx(0.07, abs=0.02)


TABLES = {
    "airports": "airport_id", "airlines": "airline_id", "airplanes": "airplane_id", "aircraft_types": "plane_type_id",
    "taxes": "tax_id", "cities": "city_id", "countries": "country_id",
}  # fmt: skip


@pytest.mark.parametrize(("endpoint", "stable"), TABLES.items())
def test_every_reference_value_is_text_or_null_and_only_id_changes_at_a_reload(
    api: Client, recorded: Any, endpoint: str, stable: str
) -> None:
    rows = api.get(endpoint, limit=1000).rows
    assert all(value is None or isinstance(value, str) for row in rows for value in row.values())
    assert len({row[stable] for row in rows}) == len({row["id"] for row in rows}) == len(rows)
    with simulated(today=TODAY + timedelta(days=1)) as tomorrow:
        reloaded = tomorrow.get(endpoint, limit=1000).rows
    assert rows[0]["id"] != reloaded[0]["id"]
    assert [{**row, "id": ""} for row in rows] == [{**row, "id": ""} for row in reloaded]
    import json

    real = json.loads((recorded / "reference" / f"{endpoint}.json").read_text())["data"][0]
    assert set(rows[0]) == set(real)


def test_hours_from_utc_have_minutes_after_a_point(api: Client) -> None:
    hours = {row["timezone"]: row["gmt"] for row in api.pages("airports") if row["gmt"]}
    assert hours["America/New_York"] == "-5"
    assert hours["Asia/Tehran"] == "3.30"
    assert hours["Asia/Kathmandu"] == "5.45"


def test_airplanes_have_dates_of_the_evening_before_and_dates_that_are_none(api: Client) -> None:
    rows = api.get("airplanes", limit=1000).rows
    dates = Counter(
        str(row[name])[10:] for row in rows for name in ("delivery_date", "rollout_date", "registration_date")
    )
    assert {"T22:00:00.000Z", "T23:00:00.000Z"} <= set(dates)
    assert any(row["rollout_date"] == "0000-00-00" for row in rows)


def test_search_and_filters_find_rows(api: Client) -> None:
    assert {row["iata_code"] for row in api.pages("airports", search="heathrow")} == {"LHR"}
    assert all(row["country_name"] == "France" for row in api.pages("airports", country_name="FRANCE"))
    assert api.get("airlines", icao_code="jag").rows[0]["airline_name"] == "AlphaSky"
    assert len(api.pages("airports")) > 6_000
