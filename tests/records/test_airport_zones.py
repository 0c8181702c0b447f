"""Which zone an airport's clocks are in: the order of belief, the reviewed corrections, the version of the data."""

from __future__ import annotations

import asyncio
import io
import json
import signal
from datetime import UTC, datetime, timedelta
from typing import BinaryIO

import airportsdata
import pyarrow.csv
import pytest

from aviastack.records import timezones
from aviastack.records.airport_zones import DISAGREES, Place, airports, corrections, sources_of
from aviastack.records.timezones import timezone_data, zone
from tests.support.sample_records import decoded, flight, row


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


def departing(time: str, **changes: str | None) -> dict[str, object]:
    named = {f"departure.{name}": value for name, value in changes.items()}
    return flight({"departure.scheduled": f"{time}+00:00", "departure.estimated": None} | named)


@pytest.mark.parametrize(
    ("own", "local", "moment"),
    [
        ("America/Vancouver", "2026-11-21T10:00:00", utc(2026, 11, 21, 17)),
        ("Africa/Casablanca", "2026-11-21T10:00:00", utc(2026, 11, 21, 10)),
    ],
)
def test_utc_is_by_the_newest_zone_rules_and_not_by_the_systems_old_ones(own, local, moment):
    found = row(departing(local, timezone=own, iata="???", icao=None))
    assert found["departure_scheduled_utc"] == moment


def test_the_newer_of_package_and_system_is_used_and_its_version_reported(monkeypatch, tmp_path):
    def version_with(system: str) -> str:
        (tmp_path / "tzdata.zi").write_text(f"# version {system}\n")
        timezone_data.cache_clear()
        return timezone_data()

    monkeypatch.setattr(timezones.zoneinfo, "TZPATH", (str(tmp_path),))
    try:
        assert version_with("2025b").endswith("(package)")
        assert version_with("2999a") == "2999a (system)"
    finally:
        timezone_data.cache_clear()


@pytest.mark.parametrize("name", ["../etc/passwd", "Europe", "", "/etc/localtime", "No/Where", "Europe//Vienna"])
def test_a_name_outside_the_database_is_not_a_zone(name):
    assert zone(name) is None


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        (Place("UUS", "UHSS", "Asia/Vladivostok"), "Asia/Sakhalin"),  # a correction beats the record's own zone
        (Place("PUQ", "SCCI", "America/Santiago"), "America/Punta_Arenas"),
        (Place(None, "SCCI", None), "America/Punta_Arenas"),
        (Place("SFO", "KSFO", "Asia/Tokyo"), "Asia/Tokyo"),  # the record's own zone beats other records
        (Place("SFO", "KSFO", "+8"), "Europe/Rome"),  # other records beat airportsdata
        (Place("JFK", "KJFK", None), "America/New_York"),
        (Place("???", "????", None), None),
    ],
)
def test_the_first_source_that_decides_is_believed(place, expected):
    assert sources_of(place).zone(elsewhere={"SFO": "Europe/Rome", "UUS": "Europe/Rome"}) == expected


def test_an_airport_that_only_other_records_have_a_zone_for_takes_it_from_them():
    known = departing("2024-04-20T12:00:00", timezone="Asia/Phnom_Penh", iata="XXP", icao=None)
    unknown = departing("2024-04-20T12:00:00", timezone=None, iata="XXP", icao=None)
    broken = flight({"departure.delay": "late"})
    for records in ([known, unknown], [unknown, known], [unknown, broken, known]):
        found = decoded(*records).table["departure_scheduled_utc"].to_pylist()
        assert found == [utc(2024, 4, 20, 5)] * 2


@pytest.mark.parametrize(
    "iata",
    ["UUS", "CUU", "CJS", "NLD", "BUA", "PDS", "REX", "MAM", "FEN", "YGR", "PAM", "PNT", "YCB", "YQH", "DMB", "KSN"],
)
def test_airports_that_airportsdata_has_wrong_are_corrected(iata):
    listed = airportsdata.load("IATA")[iata]
    corrected = sources_of(Place(iata, listed["icao"], None)).zone({})
    assert corrected is not None
    days = [datetime(year, month, 15, tzinfo=UTC) for year in (2024, 2025, 2026) for month in (1, 7, 12)]
    offsets = {name: [day.astimezone(zone(name)).utcoffset() for day in days] for name in (corrected, listed["tz"])}
    assert offsets[corrected] != offsets[listed["tz"]]


def test_every_correction_is_of_a_listed_airport_and_names_a_zone():
    by_iata, by_icao = corrections()
    assert len(by_iata) == len(by_icao) >= 48
    assert all(zone(each.zone) is not None for each in by_iata.values())
    assert by_iata.keys() <= airports()[0].keys()
    assert by_icao.keys() <= airports()[1].keys()


def test_a_stale_zone_of_the_api_is_corrected_for_schedules_and_kept_for_what_it_measured(recorded):
    case = json.loads((recorded.parent / "data" / "cases" / "05_stale_zone.json").read_text())
    batch = decoded(*case["data"])
    rows = {each["flight_iata"]: each for each in batch.table.to_pylist()}
    late = rows["DL6243"]["arrival_actual_utc"] - rows["DL6243"]["arrival_scheduled_utc"]
    assert late == timedelta(minutes=-9)
    assert rows["DL6243"]["arrival_estimated_utc"] == rows["DL6243"]["arrival_scheduled_utc"]
    assert rows["JT692"]["arrival_scheduled_utc"] == utc(2025, 9, 12, 11, 50)
    assert rows["IN631"]["departure_actual_utc"] == utc(2025, 9, 10, 7, 52)  # 52 minutes late, as the API counts
    assert batch.warnings[DISAGREES.format(end="arrival")] == 3


def test_zones_of_other_offsets_are_counted_and_other_names_of_one_zone_are_not():
    same = departing("2024-04-20T12:00:00", timezone="US/Pacific")
    other = departing("2024-04-20T12:00:00", timezone="America/Denver")
    assert decoded(same, other).warnings == {DISAGREES.format(end="departure"): 1}


def night_flight(departure: str, arrival: str, day: str = "2025-11-02") -> dict[str, object]:
    return flight(
        {
            "flight_date": day,
            "departure.iata": "BOS", "departure.icao": "KBOS", "departure.timezone": "America/New_York",
            "departure.scheduled": f"{day}T{departure}:00+00:00", "departure.estimated": None,
            "arrival.scheduled": f"{day}T{arrival}:00+00:00",
        }
    )  # fmt: skip


@pytest.mark.parametrize(
    ("departure", "arrival", "minutes"),
    [
        ("00:45", "01:10", 85),  # the first 01:10 is 25 minutes after the departure: too soon for 300 km
        ("00:15", "01:30", 75),  # the first 01:30 is possible
        ("01:50", "01:20", 30),  # departs in the first hour, arrives in the second
    ],
)
def test_in_the_hour_that_comes_twice_the_first_time_that_is_possible_is_meant(departure, arrival, minutes):
    found = row(night_flight(departure, arrival))
    assert found["arrival_scheduled_utc"] - found["departure_scheduled_utc"] == timedelta(minutes=minutes)


def test_a_flight_does_not_take_off_an_hour_before_its_departure():
    late = night_flight("01:00", "04:00")
    late["departure"]["scheduled"] = "2025-11-02T00:55:00+00:00"
    late["departure"]["actual"] = "2025-11-02T01:10:00+00:00"
    early = night_flight("02:10", "04:00")
    early["departure"]["actual"] = "2025-11-02T01:55:00+00:00"
    delays = [each["departure_actual_utc"] - each["departure_scheduled_utc"] for each in (row(late), row(early))]
    assert delays == [timedelta(minutes=15), timedelta(minutes=-15)]


def test_ctrl_c_while_the_table_is_read_ends_the_loop_and_not_in_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    read = pyarrow.csv.read_csv
    interrupts = [signal.SIGINT]

    class Interrupted(io.RawIOBase):
        """A file during whose first read the user presses Ctrl-C."""

        def __init__(self, file: BinaryIO) -> None:
            self._file = file

        def readable(self) -> bool:
            return True

        def read(self, size: int = -1) -> bytes:
            if interrupts:
                signal.raise_signal(interrupts.pop())
            return self._file.read(size)

    monkeypatch.setattr(pyarrow.csv, "read_csv", lambda file, **options: read(Interrupted(file), **options))
    seen = []

    async def reads() -> None:
        seen.append(airports.__wrapped__())
        await asyncio.sleep(0)
        seen.append("not cancelled")

    with pytest.raises(KeyboardInterrupt):
        asyncio.run(reads())
    assert [len(found) for found in seen] == [2]
