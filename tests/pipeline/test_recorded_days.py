"""Recorded responses in, the warehouse's rows out: nothing lost, nothing changed, all times right."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

DAY = "2024-04-16"
ROWS = 7344
CLOCKS = ("scheduled", "estimated", "actual", "estimated_runway", "actual_runway")


def as_row(record: dict[str, Any]) -> dict[str, Any]:
    """A recorded flight under the names of the table, written apart from the decoder."""
    row: dict[str, Any] = {"flight_date": date.fromisoformat(record["flight_date"])}
    row["flight_status"] = record["flight_status"]
    for end in ("departure", "arrival"):
        for name, value in record[end].items():
            if name in CLOCKS:
                row[f"{end}_{name}_local"] = value and datetime.fromisoformat(value).replace(tzinfo=None)
            else:
                row[f"{end}_{name}"] = value
    row |= {f"airline_{name}": value for name, value in record["airline"].items()}
    row |= {f"flight_{name}": value for name, value in record["flight"].items() if name != "codeshared"}
    return {name: value.strip() or None if isinstance(value, str) else value for name, value in row.items()}


@pytest.fixture
def records(recorded: Path) -> list[dict[str, Any]]:
    with gzip.open(recorded / "flights_by_date" / f"{DAY}_DL.jsonl.gz") as lines:
        return [json.loads(line) for line in lines]


def test_a_recorded_day_is_loaded_whole_and_a_second_run_changes_nothing(
    recorded: Path, records: list[dict[str, Any]], simulated, cli, query
) -> None:
    with simulated(recorded=recorded) as api:
        first = cli("run", "flights", "--date", DAY, "--airline-iata", "DL", "--json")
        assert first.code == 0, first.err
        assert (first.slice["rows"], first.slice["quarantined"], first.slice["complete"]) == (ROWS, 0, True)
        assert (first.slice["inserted"], first.slice["updated"], first.slice["removed"]) == (ROWS, 0, 0)
        assert first.object["calls"] == api.asked() == 8  # ceil(7344 / 1000)

        second = cli("run", "flights", "--date", DAY, "--airline-iata", "dl", "--json")
        assert second.code == 0, second.err
        assert (second.slice["inserted"], second.slice["updated"], second.slice["removed"]) == (0, 0, 0)

    names = list(as_row(records[0]))
    rows = query(f"select {', '.join(names)} from aviationstack.flights where _removed_at is null")
    expected = [tuple(as_row(record)[name] for name in names) for record in records]
    assert sorted(map(str, rows)) == sorted(map(str, expected))


def test_no_flight_between_zones_has_an_implausible_duration_in_utc(recorded: Path, simulated, cli, query) -> None:
    with simulated(recorded=recorded):
        assert cli("run", "flights", "--date", DAY, "--airline-iata", "DL").code == 0
    pairs = query(
        "select departure_scheduled_local, departure_timezone, departure_scheduled_utc,"
        " arrival_scheduled_local, arrival_timezone, arrival_scheduled_utc from aviationstack.flights"
        " where departure_scheduled_utc is not null and arrival_scheduled_utc is not null"
    )
    assert len(pairs) > 7_000
    crossing = 0
    for departs, departs_in, departs_utc, arrives, arrives_in, arrives_utc in pairs:
        for local, zone, utc in ((departs, departs_in, departs_utc), (arrives, arrives_in, arrives_utc)):
            if zone and "/" in zone and zone != "America/Santiago":  # PUQ's is stale: see airport_zones.csv
                assert local.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC).replace(tzinfo=None) == utc
        if departs - departs_utc != arrives - arrives_utc:
            crossing += 1
            assert timedelta(minutes=15) <= arrives_utc - departs_utc <= timedelta(hours=19)
    assert crossing > 1_000


def test_a_day_that_was_not_recorded_is_empty_and_an_empty_day_is_not_complete(
    recorded: Path, simulated, cli, query
) -> None:
    with simulated(recorded=recorded):
        answer = cli("run", "flights", "--date", "2024-05-01", "--airline-iata", "DL", "--json")
    assert answer.code == 3
    assert (answer.slice["complete"], answer.slice["rows"]) == (False, 0)
    assert "empty" in answer.slice["proof"]
