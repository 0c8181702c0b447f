"""What becomes of values: text made tidy, numbers and dates sent as text, values of another type."""

from __future__ import annotations

from datetime import date, datetime, time

import pytest

from aviastack.records.values import clock, day, instant, integer, offset, real, time_of_day
from tests.support.sample_records import CODESHARED, LIVE, body_of, decoded, flight, page_of, row, slice_of


def test_blanks_around_a_text_go_and_a_blank_text_is_null():
    found = row(flight({"departure.airport": " Kingsford Smith\u00a0", "arrival.gate": "", "arrival.terminal": "  "}))
    assert found["departure_airport"] == "Kingsford Smith"
    assert found["arrival_gate"] is None
    assert found["arrival_terminal"] is None


def test_an_airline_named_empty_has_no_name():
    assert row(flight({"airline.name": "empty"}))["airline_name"] is None
    assert row(flight({"departure.gate": "empty"}))["departure_gate"] == "empty"


def test_codes_of_codeshares_are_in_upper_case_and_their_names_as_sent():
    found = row(flight({"flight.codeshared": CODESHARED}))
    assert found["codeshared_flight_icao"] == "KLM6001"
    assert found["codeshared_airline_name"] == "klm"


@pytest.mark.parametrize(
    ("path", "sent", "column", "held", "warning"),
    [
        ("flight.number", 1004, "flight_number", "1004", "flight.number sent as a number"),
        ("departure.delay", "65", "departure_delay", 65, "departure.delay sent as text"),
        ("departure.delay", 65.0, "departure_delay", 65, None),
        ("departure.delay", "", "departure_delay", None, "departure.delay sent as text"),
    ],
)
def test_a_value_of_another_type_that_says_the_same_is_understood_and_counted(path, sent, column, held, warning):
    batch = decoded(flight({path: sent}))
    assert batch.table[column].to_pylist() == [held]
    assert batch.warnings == ({warning: 1} if warning else {})


@pytest.mark.parametrize(
    ("path", "sent", "reason"),
    [
        ("flight_date", "2024-02-30", "flight_date: '2024-02-30' is not a date of the calendar"),
        ("departure.delay", 6.5, "departure.delay: '6.5' is not a whole number of 64 bits"),
        ("departure.delay", True, "departure.delay: 'True' is not a valid int"),
        ("departure.delay", 2**63, "departure.delay: '9223372036854775808' is not a whole number of 64 bits"),
        ("departure.gate", ["A1"], "departure.gate: \"['A1']\" is not a valid text"),
        ("departure", "SFO", 'departure is not an object: "SFO"'),
        ("arrival.scheduled", "soon", "arrival.scheduled: 'soon' is not a date and time"),
        ("arrival.scheduled", "19:00", "arrival.scheduled: '19:00' is a clock without a date"),
    ],
)
def test_a_value_that_cannot_be_typed_refuses_its_record_alone_and_says_why(path, sent, reason):
    good, bad = flight({"flight.number": "1"}), flight({path: sent})
    batch = decoded(good, bad, good | {"flight_status": "active"})
    assert batch.table["flight_status"].to_pylist() == ["landed", "active"]
    (quarantined,) = batch.quarantined
    assert (quarantined.offset, quarantined.position, quarantined.reasons) == (0, 1, (reason,))
    assert body_of([quarantined.raw]) == body_of([bad])


def test_all_reasons_of_a_record_are_told():
    (quarantined,) = decoded(flight({"departure.delay": "late", "arrival.delay": []})).quarantined
    assert quarantined.reasons == (
        "departure.delay: 'late' is not a whole number of 64 bits",
        "arrival.delay: '[]' is not a valid int",
    )


def test_a_body_that_is_no_page_is_one_reject_with_the_body_kept():
    from aviastack.records.decode import decode

    for body in (b"<html>busy</html>", b"", b"null", b'{"message":"Unauthorized"}'):
        batch = decode(LIVE, "run", [page_of(body)])
        assert batch.table.num_rows == 0
        assert [quarantined.raw for quarantined in batch.quarantined] == [body]


@pytest.mark.parametrize(
    ("parse", "text", "value"),
    [
        (integer, " 65 ", 65),
        (integer, "65.0", 65),
        (integer, "", None),
        (real, "-17.05", -17.05),
        (real, "1e3", 1000.0),
        (real, " ", None),
        (day, "2024-04-16", date(2024, 4, 16)),
        (day, "1986-08-21T22:00:00.000Z", date(1986, 8, 22)),
        (day, "1986-12-31T23:00:00.000Z", date(1987, 1, 1)),
        (day, "1986-08-21T00:00:00.000Z", date(1986, 8, 21)),
        (day, "0000-00-00", None),
        (day, "", None),
        (time_of_day, "09:45:00", time(9, 45)),
        (time_of_day, "09:45", time(9, 45)),
        (time_of_day, "", None),
        (clock, "2024-04-16T19:00:00+00:00", datetime(2024, 4, 16, 19)),
        (clock, "2024-04-16T19:00:00-07:00", datetime(2024, 4, 16, 19)),
        (clock, "2024-10-12T08:10:00.000", datetime(2024, 10, 12, 8, 10)),
        (clock, "2026-10-01 09:05:00", datetime(2026, 10, 1, 9, 5)),
        (clock, "", None),
    ],
)
def test_text_becomes_a_value(parse, text, value):
    assert parse(text) == value


@pytest.mark.parametrize(
    ("parse", "text"),
    [
        *((integer, text) for text in ("1.5", "x", "1e3", "9" * 20, "٣x")),
        *((real, text) for text in ("NaN", "inf", "1e999", "1,5")),
        *((day, text) for text in ("2024-13-01", "yesterday", "20240416")),
        *((time_of_day, text) for text in ("24:00", "9:45", "noon")),
        *((clock, text) for text in ("2024-04-16", "2024-04-16T25:00:00", "0000-01-01T00:00:00", "1713294000")),
    ],
)
def test_text_that_says_nothing_certain_is_refused(parse, text):
    with pytest.raises(ValueError, match="is not a"):
        parse(text)


def test_an_instant_believes_its_offset_where_a_clock_does_not():
    assert instant("2024-04-16T19:00:00-07:00").isoformat() == "2024-04-17T02:00:00+00:00"
    assert instant("2024-04-16T19:00:00.000").isoformat() == "2024-04-16T19:00:00+00:00"
    assert offset("2024-04-16T19:00:00+05:30").total_seconds() == 5.5 * 3600
    assert offset("2024-04-16T19:00:00Z").total_seconds() == 0


def test_reference_tables_have_numbers_and_dates_out_of_text():
    airplane = {"id": "9", "airplane_id": "7", "engines_count": "2", "first_flight_date": "1986-08-02T22:00:00.000Z"}
    found = row(airplane | {"rollout_date": "0000-00-00"}, slice_=slice_of("airplanes"))
    assert found["airplane_id"] == 7
    assert found["engines_count"] == 2
    assert found["first_flight_date"] == date(1986, 8, 3)
    assert found["rollout_date"] is None
    airport = {"airport_id": "1", "latitude": "-17.05", "longitude": "-145.41667", "gmt": "3.30", "geoname_id": None}
    found = row(airport, slice_=slice_of("airports"))
    assert (found["latitude"], found["longitude"], found["gmt"]) == (-17.05, -145.41667, "3.30")
