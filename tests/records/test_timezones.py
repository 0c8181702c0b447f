"""Local times and UTC: the zone of an airport's clocks, changes of the clocks, and boards without dates."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.sample_records import decoded, flight, row, slice_of


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


def clocks(end: str, text: str, **changes: str | None) -> dict[str, str | None]:
    return {f"{end}.scheduled": text} | {f"{end}.{name}": value for name, value in changes.items()}


def test_the_clock_is_kept_as_sent_and_moved_to_utc_by_its_own_airports_zone():
    found = row(flight())
    assert found["departure_scheduled_local"] == datetime(2024, 4, 16, 19)
    assert found["departure_scheduled_utc"] == utc(2024, 4, 17, 2)
    assert found["arrival_scheduled_local"] == datetime(2024, 4, 17, 3, 30)
    assert found["arrival_scheduled_utc"] == utc(2024, 4, 17, 7, 30)


def test_live_updated_is_true_utc():
    live = {"updated": "2024-04-17T04:15:00+00:00"}
    assert decoded(flight({"live": live})).table["live_updated_utc"].to_pylist() == [utc(2024, 4, 17, 4, 15)]


@pytest.mark.parametrize("stamp", ["-07:00", "+05:30", "Z", "+0200", ""])
def test_whatever_offset_is_stamped_on_it_a_clock_is_the_airports(stamp):
    batch = decoded(flight(clocks("departure", f"2024-04-16T19:00:00{stamp}")))
    assert batch.table["departure_scheduled_local"].to_pylist() == [datetime(2024, 4, 16, 19)]
    assert batch.table["departure_scheduled_utc"].to_pylist() == [utc(2024, 4, 17, 2)]
    odd = stamp not in ("Z", "")
    assert batch.warnings == ({"clock with an offset other than +00:00": 1} if odd else {})


@pytest.mark.parametrize(
    ("zone", "iata", "icao", "hours"),
    [
        ("Asia/Tokyo", "SFO", "KSFO", 9),  # the record's own zone comes first
        ("+8", "PKX", "ZBAD", 8),
        ("+1", "BER", "EDDB", 2),
        (None, "NQZ", "UACC", 5),
        ("No/Such_Place", "JFK", None, -4),
        (None, None, "KJFK", -4),
        (None, "???", "KJFK", -4),
        ("Europe", "LHR", "EGLL", 1),  # a folder of the zone database, and no zone
        ("../etc/passwd", "LHR", "EGLL", 1),
    ],
)
def test_the_zone_is_the_records_own_else_its_airports(zone, iata, icao, hours):
    found = row(flight(clocks("departure", "2024-04-20T12:00:00+00:00", timezone=zone, iata=iata, icao=icao)))
    assert found["departure_timezone"] == zone
    assert found["departure_scheduled_utc"] == utc(2024, 4, 20, 12) - timedelta(hours=hours)


def test_without_a_known_zone_there_is_no_utc_and_the_clock_stays():
    found = row(flight(clocks("departure", "2024-04-20T12:00:00+00:00", timezone=None, iata="???", icao="????")))
    assert found["departure_scheduled_local"] == datetime(2024, 4, 20, 12)
    assert found["departure_scheduled_utc"] is None


@pytest.mark.parametrize(
    ("zone", "local", "moment", "warning"),
    [
        ("America/New_York", "2024-03-10T01:59:00", utc(2024, 3, 10, 6, 59), None),
        ("America/New_York", "2024-03-10T02:30:00", utc(2024, 3, 10, 7, 30), "local time that does not exist"),
        ("America/New_York", "2024-03-10T03:00:00", utc(2024, 3, 10, 7), None),
        ("America/New_York", "2024-11-03T00:59:00", utc(2024, 11, 3, 4, 59), None),
        ("America/New_York", "2024-11-03T01:30:00", utc(2024, 11, 3, 5, 30), "local time that exists twice"),
        ("America/New_York", "2024-11-03T02:00:00", utc(2024, 11, 3, 7), None),
        ("Australia/Lord_Howe", "2024-04-07T01:45:00", utc(2024, 4, 6, 14, 45), "local time that exists twice"),
        ("Africa/Cairo", "2024-04-26T00:30:00", utc(2024, 4, 25, 22, 30), "local time that does not exist"),
        ("Pacific/Apia", "2011-12-30T12:00:00", utc(2011, 12, 30, 22), "local time that does not exist"),
    ],
)
def test_at_a_change_of_the_clocks_the_first_time_is_meant_and_a_skipped_one_is_shifted_forward(
    zone, local, moment, warning
):
    batch = decoded(flight(clocks("departure", f"{local}+00:00", timezone=zone, estimated=None, iata="???", icao=None)))
    assert batch.table["departure_scheduled_local"].to_pylist() == [datetime.fromisoformat(local)]
    assert batch.table["departure_scheduled_utc"].to_pylist() == [moment]
    assert batch.warnings == ({warning: 1} if warning else {})


zones = st.sampled_from(
    ["America/New_York", "Europe/London", "Asia/Kolkata", "Australia/Lord_Howe", "America/Sao_Paulo", "Africa/Cairo"]
)
times = st.datetimes(datetime(1960, 1, 1), datetime(2060, 1, 1)).map(lambda time: time.replace(second=0, microsecond=0))


@settings(max_examples=80)
@given(rows=st.lists(st.tuples(zones, times), min_size=1, max_size=4))
def test_every_clock_is_moved_as_the_zone_database_says(rows: list[tuple[str, datetime]]):
    records = [
        flight(clocks("departure", f"{time:%Y-%m-%dT%H:%M:%S}+00:00", timezone=zone, iata="???", icao=None))
        for zone, time in rows
    ]
    moved = decoded(*records).table["departure_scheduled_utc"].to_pylist()
    assert moved == [time.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC) for zone, time in rows]


def test_times_that_no_zone_has_rules_for_are_kept_without_utc():
    batch = decoded(flight(clocks("departure", "9999-12-31T23:59:59+00:00", estimated=None)))
    assert batch.table["departure_scheduled_utc"].to_pylist() == [None]
    assert batch.warnings == {"local time beyond any zone's rules": 1}


def board_row(own: str, departure: str, arrival: str, airports: tuple[str, str] = ("jfk", "lax")) -> dict[str, object]:
    record = {
        "weekday": "2",
        "departure": {
            "iataCode": airports[0],
            "icaoCode": "",
            "terminal": "5",
            "gate": "d9",
            "scheduledTime": departure,
        },
        "arrival": {"iataCode": airports[1], "icaoCode": "", "terminal": "", "gate": "", "scheduledTime": arrival},
        "aircraft": {"modelCode": "a321", "modelText": "airbus a321-231"},
        "airline": {"name": "delta", "iataCode": "dl", "icaoCode": "dal"},
        "flight": {"number": "42", "iataNumber": "dl42", "icaoNumber": "dal42"},
    }
    (found,) = decoded(
        record, slice_=slice_of("flightsFuture", date="2024-09-17", iataCode="JFK", type=own)
    ).table.to_pylist()
    return found


@pytest.mark.parametrize(
    ("own", "airports", "departure", "arrival", "days"),
    [
        ("departure", ("jfk", "lax"), "16:30", "19:13", (17, 17)),
        ("departure", ("jfk", "lhr"), "20:05", "08:10", (17, 18)),
        ("departure", ("syd", "lax"), "10:00", "06:30", (17, 17)),  # earlier on the clock, later in time
        ("departure", ("hnd", "hnl"), "00:05", "12:30", (17, 16)),  # the evening before on the clock
        ("departure", ("lax", "syd"), "22:30", "06:30", (17, 19)),
        ("arrival", ("jfk", "lhr"), "20:05", "08:10", (16, 17)),
        ("arrival", ("jfk", "lax"), "16:30", "19:13", (17, 17)),
        ("arrival", ("lax", "syd"), "22:30", "06:30", (15, 17)),
        ("departure", ("???", "lax"), "23:00", "01:00", (17, 18)),  # no zone: by the clocks
        ("departure", ("jfk", "???"), "12:00", "14:00", (17, 17)),
    ],
)
def test_a_boards_clock_without_a_date_is_the_next_one_after_or_before(own, airports, departure, arrival, days):
    found = board_row(own, departure, arrival, airports)
    assert found["departure_scheduled_local"].day == days[0]
    assert found["arrival_scheduled_local"].day == days[1]
    assert found["flight_date"] == found["departure_scheduled_local"].date()


def test_a_boards_clock_with_a_date_is_taken_at_its_word():
    found = board_row("departure", "2024-09-17 23:50:00", "2024-09-19 01:00:00")
    assert found["arrival_scheduled_local"] == datetime(2024, 9, 19, 1)


def test_a_board_of_departures_dates_a_flight_whose_clock_is_missing():
    found = board_row("departure", "", "19:13")
    assert found["flight_date"] == date(2024, 9, 17)
    assert found["departure_scheduled_local"] is None


def test_a_timetable_has_its_flights_dates_from_their_departures():
    end = {"iataCode": "LAX", "icaoCode": "KLAX", "terminal": None, "gate": None, "baggage": None, "delay": "65"}
    times = {"estimatedTime": None, "actualTime": None, "estimatedRunway": None, "actualRunway": None}
    record = {
        "type": "arrival",
        "status": "landed",
        "departure": end | times | {"scheduledTime": "2024-10-11T23:10:00.000"},
        "arrival": end | times | {"iataCode": "SAN", "scheduledTime": "2024-10-12T00:10:00.000"},
        "airline": {"name": "empty", "iataCode": "", "icaoCode": ""},
        "flight": {"number": None, "iataNumber": "", "icaoNumber": "lxj438"},
        "codeshared": None,
        "aircraft": None,
    }
    found = row(record, slice_=slice_of("timetable", iataCode="SAN", type="arrival"))
    assert found["flight_date"] == date(2024, 10, 11)
    assert found["departure_delay"] == 65
    assert found["airline_name"] is None
    assert found["departure_scheduled_utc"] == utc(2024, 10, 12, 6, 10)
    assert found["timetable_key"] == "arrival|LAX|SAN|2024-10-11T23:10:00|2024-10-12T00:10:00|~|LXJ438"
