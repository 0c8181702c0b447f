"""Recorded responses come back value by value."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .conftest import Client, simulated


@pytest.fixture(scope="module")
def api(recorded: Path) -> Iterator[Client]:
    with simulated(recorded=recorded) as client:
        yield client


def lines(file: Path) -> list[Any]:
    with gzip.open(file, "rt", encoding="utf-8") as text:
        return [json.loads(line) for line in text]


@pytest.mark.parametrize("day", ["2024-04-16", "2024-04-17", "2024-04-18"])
def test_a_day_and_airline_are_what_was_recorded(api: Client, recorded: Path, day: str) -> None:
    expected = lines(recorded / "flights_by_date" / f"{day}_DL.jsonl.gz")
    assert api.pages("flights", flight_date=day, airline_iata="dl") == expected
    assert api.pages("flights", flight_date=day) == expected


def test_filters_work_over_what_was_recorded(api: Client, recorded: Path) -> None:
    day = lines(recorded / "flights_by_date" / "2024-04-16_DL.jsonl.gz")
    landed = [row for row in day if row["departure"]["iata"] == "JFK" and row["flight_status"] == "landed"]
    expected = [row for row in landed if (row["arrival"]["delay"] or 0) >= 30]
    assert expected
    query = {"flight_date": "2024-04-16", "dep_iata": "jfk", "flight_status": "landed", "min_delay_arr": 30}
    assert api.pages("flights", **query) == expected


def test_what_was_not_recorded_is_empty(api: Client) -> None:
    assert api.get("flights", flight_date="2024-05-01").pagination["total"] == 0
    assert api.get("flights", flight_date="2024-04-16", airline_iata="AA").pagination["total"] == 0
    assert api.get("timetable", iataCode="JFK", type="departure").pagination["total"] == 0


def test_the_live_list_joins_all_recorded_pages_each_row_once(api: Client, recorded: Path) -> None:
    files = sorted((recorded / "flights_live").glob("*.json"))
    rows = [row for file in files for row in json.loads(file.read_text())["data"]]
    assert len(rows) == 1_600
    distinct = list({json.dumps(row, sort_keys=True): row for row in rows}.values())
    assert api.pages("flights", limit=100) == distinct


def test_each_recorded_page_can_be_had_for_itself(api: Client, recorded: Path) -> None:
    names = api.control("recorded")
    assert len(names) == 16
    for name in names:
        expected = json.loads((recorded / "flights_live" / f"{name}.json").read_text())["data"]
        answer = api.fetch(f"/recorded/{name}/v1/flights?access_key=k&limit=1000")
        assert answer.rows == expected
        assert answer.pagination["total"] == len(expected)


def test_a_planned_board_is_whole(api: Client, recorded: Path) -> None:
    body = json.loads(gzip.decompress((recorded / "flights_future" / "JFK_departures_2024-09-17.json.gz").read_bytes()))
    answer = api.get("flightsFuture", iataCode="JFK", type="departure", date="2024-09-17")
    assert answer.json == body


@pytest.mark.parametrize(
    "endpoint", ["airports", "airlines", "airplanes", "aircraft_types", "taxes", "cities", "countries", "routes"]
)
def test_reference_rows_are_those_that_were_recorded(api: Client, recorded: Path, endpoint: str) -> None:
    expected = json.loads((recorded / "reference" / f"{endpoint}.json").read_text())["data"]
    assert api.pages(endpoint) == expected


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with (
        pytest.raises(FileNotFoundError, match="not a folder of recorded responses"),
        simulated(recorded=tmp_path / "none"),
    ):
        pass
