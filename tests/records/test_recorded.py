"""Recorded responses of 2024 to 2026: none lost, every field as it was sent, all times right."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pyarrow.compute as pc
import pytest

from aviastack.records.airport_zones import DISAGREES
from aviastack.records.decode import decode
from aviastack.records.duplicates import Duplicates, edge_keys
from tests.support.sample_records import LIVE, body_of, page_of, shape, slice_of

DAYS = {"2024-04-16": 7344, "2024-04-17": 7498, "2024-04-18": 7638}
REFERENCE = ("aircraft_types", "airlines", "airplanes", "airports", "cities", "countries", "routes", "taxes")
ENDS = ("departure", "arrival")
CLOCKS = ("scheduled", "estimated", "actual", "estimated_runway", "actual_runway")


def day_of(recorded: Path, day: str) -> list[dict[str, Any]]:
    with gzip.open(recorded / "flights_by_date" / f"{day}_DL.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def flat(record: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """The record's values by their paths, joined by underscores."""
    found: dict[str, Any] = {}
    for name, value in record.items():
        if isinstance(value, dict):
            found |= flat(value, f"{prefix}{name}_")
        else:
            found[f"{prefix}{name}"] = value
    return found


def as_sent(row: dict[str, Any]) -> dict[str, Any]:
    """A row's values under the names and in the form that the API gave them."""
    found = {name: value for name, value in row.items() if not name.startswith(("_", "live_", "codeshared_"))}
    found = {name: value for name, value in found.items() if not name.endswith(("_utc", "_key", "_leg_id"))}
    return {name.removesuffix("_local"): _text(value) for name, value in found.items()}


def _text(value: Any) -> Any:
    match value:
        case datetime():
            return value.isoformat() + "+00:00"
        case date():
            return value.isoformat()
    return value


@pytest.mark.parametrize(("day", "count"), DAYS.items())
def test_every_field_of_a_recorded_day_is_what_was_recorded(recorded, day, count):
    records = day_of(recorded, day)
    pages = [page_of(body_of(records[at : at + 100]), at // 100) for at in range(0, len(records), 100)]
    batch = decode(slice_of("flights", flight_date=day, airline_iata="DL"), "run", pages)
    assert (batch.table.num_rows, batch.quarantined, batch.unmapped) == (count, [], {})
    stale = {end: sum(record[end]["iata"] == "PUQ" for record in records) for end in ENDS}
    assert batch.warnings == {DISAGREES.format(end=end): rows for end, rows in stale.items()}
    for row, record in zip(batch.table.to_pylist(), records, strict=True):
        sent = {
            name: value.strip() or None if isinstance(value, str) else value for name, value in flat(record).items()
        }
        blank = {name for name, value in sent.items() if value is None}
        held = as_sent(row)
        assert {name: value for name, value in held.items() if value is not None} == {
            name: value for name, value in sent.items() if name not in blank
        }


@pytest.mark.parametrize("day", DAYS)
def test_no_recorded_flight_between_zones_lasts_under_15_minutes_or_over_19_hours(recorded, day):
    table = decode(LIVE, "run", [page_of(body_of(day_of(recorded, day)))]).table
    pairs = 0
    for row in table.to_pylist():
        departure, arrival = (row[f"{end}_scheduled_utc"] for end in ENDS)
        local = (row[f"{end}_scheduled_local"] for end in ENDS)
        if departure is None or arrival is None or arrival - departure == -(next(local) - next(local)):
            continue
        pairs += 1
        assert timedelta(minutes=15) <= arrival - departure <= timedelta(hours=19), row["flight_key"]
    assert pairs > 2_500


def test_all_1600_recorded_live_records_are_rows(recorded):
    pages = [
        page_of(file.read_bytes(), number) for number, file in enumerate(sorted((recorded / "flights_live").iterdir()))
    ]
    batch = decode(LIVE, "run", pages)
    assert (batch.table.num_rows, batch.quarantined) == (1_600, [])
    sent = [record for page in pages for record in json.loads(page.body)["data"]]
    assert batch.table["flight_status"].to_pylist() == [record["flight_status"] for record in sent]
    names = Counter(record["airline"]["name"] for record in sent)
    assert batch.table["airline_name"].null_count == names["empty"] + names[None] > 0
    codes = [(record["flight"]["codeshared"] or {}).get("flight_iata") for record in sent]
    assert batch.table["codeshared_flight_iata"].to_pylist() == [code and code.upper() for code in codes]


def test_within_a_recorded_live_page_equal_keys_are_the_same_flight_again(recorded):
    for file in sorted((recorded / "flights_live").iterdir()):
        body = file.read_bytes()
        records = json.loads(body)["data"]
        groups: dict[int, list[int]] = {}
        for position, key in enumerate(edge_keys(LIVE.endpoint, body).tolist()):
            groups.setdefault(key, []).append(position)
        for positions in groups.values():
            first = json.dumps(records[positions[0]], sort_keys=True)
            assert all(json.dumps(records[each], sort_keys=True) == first for each in positions), file.name


def test_two_consecutive_recorded_pages_share_no_row_that_paging_did_not_repeat(recorded):
    repeats = Duplicates()
    for number, name in enumerate(("2025-12-23_offset000000_a.json", "2025-12-23_offset000100_b.json")):
        repeats.add(number, edge_keys(LIVE.endpoint, (recorded / "flights_live" / name).read_bytes()))
    assert all(number == 0 for number in repeats.drops())


def test_a_recorded_board_of_planned_flights_is_whole_and_every_key_its_own(recorded):
    body = gzip.decompress((recorded / "flights_future" / "JFK_departures_2024-09-17.json.gz").read_bytes())
    board = slice_of("flightsFuture", date="2024-09-17", iataCode="JFK", type="departure")
    batch = decode(board, "run", [page_of(body)])
    table = batch.table
    assert (table.num_rows, batch.quarantined, batch.unmapped) == (2_167, [], {})
    assert batch.warnings == {"missing field codeshared": 519}
    assert len(pc.unique(table["flights_future_key"])) == 2_167
    assert pc.unique(table["flight_date"]).to_pylist() == [date(2024, 9, 17)]
    lasts = pc.subtract(table["arrival_scheduled_utc"], table["departure_scheduled_utc"]).drop_null().to_pylist()
    assert len(lasts) > 2_100
    assert all(timedelta() < each <= timedelta(hours=24) for each in lasts)
    assert sum(each > timedelta(hours=19) for each in lasts) == 0


@pytest.mark.parametrize("endpoint", REFERENCE)
def test_recorded_reference_pages_are_whole_and_every_key_its_own(recorded, endpoint):
    body = (recorded / "reference" / f"{endpoint}.json").read_bytes()
    batch = decode(slice_of(endpoint), "run", [page_of(body)])
    count = len(json.loads(body)["data"])
    assert (batch.table.num_rows, batch.quarantined, batch.warnings, batch.unmapped) == (count, [], {}, {})
    assert len(pc.unique(batch.table.column(0))) == count


def test_recorded_pages_read_record_by_record_give_the_same_rows(recorded):
    bodies = {LIVE: sorted((recorded / "flights_live").iterdir())}
    bodies |= {slice_of(endpoint): [recorded / "reference" / f"{endpoint}.json"] for endpoint in REFERENCE}
    for slice_, files in bodies.items():
        pages = [page_of(file.read_bytes(), number) for number, file in enumerate(files)]
        either = decode(slice_, "run", pages)
        with patch("aviastack.records.decode.parse_whole", return_value=None):
            assert shape(decode(slice_, "run", pages)) == shape(either)
