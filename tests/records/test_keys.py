from __future__ import annotations

import pytest

from tests.support.sample_records import decoded, flight, row, slice_of


def test_a_key_is_readable_text():
    found = row(flight())
    assert found["flight_key"] == "2024-04-16|SFO|JFK|2024-04-16T19:00:00|DAL|1004"
    assert found["flight_leg_id"] == "2024-04-16|SFO|JFK|DAL|1004"


def test_the_second_code_stands_in_for_the_first_and_a_tilde_for_null():
    bare = {"departure.iata": None, "airline.icao": None, "flight.number": None, "departure.scheduled": None}
    assert row(flight(bare))["flight_key"] == "2024-04-16|KSFO|JFK|~|DL|DAL1004"
    nameless = {"airline.icao": "", "airline.iata": None, "flight.number": None, "flight.icao": " "}
    assert row(flight(nameless))["flight_key"] == "2024-04-16|SFO|JFK|2024-04-16T19:00:00|~|~"


def test_a_key_does_not_depend_on_blanks_or_case():
    sent = {"departure.iata": " sfo", "airline.icao": "dal", "flight.number": "1004 "}
    assert row(flight(sent))["flight_key"] == row(flight())["flight_key"]


def test_a_retimed_flight_keeps_its_leg():
    retimed = row(flight({"departure.scheduled": "2024-04-16T20:15:00+00:00"}))
    assert retimed["flight_leg_id"] == row(flight())["flight_leg_id"]
    assert retimed["flight_key"] != row(flight())["flight_key"]


def test_without_a_number_the_leg_is_the_row():
    found = row(flight({"flight.number": None}))
    assert found["flight_leg_id"] == found["flight_key"]


@pytest.mark.parametrize(
    ("changes", "missing"),
    [
        ({"flight_date": None}, "flight_date is missing"),
        ({"departure.iata": None, "departure.icao": ""}, "departure_iata or departure_icao is missing"),
        (
            {"arrival": None, "flight_date": ""},
            "flight_date, arrival_iata or arrival_icao are missing",
        ),
    ],
)
def test_a_record_without_date_or_airports_cannot_be_keyed(changes, missing):
    batch = decoded(flight(), flight(changes))
    assert batch.table.num_rows == 1
    (quarantined,) = batch.quarantined
    assert quarantined.reasons == (f"the record can't be keyed: {missing}",)


def test_a_reference_row_without_its_identifier_cannot_be_keyed():
    batch = decoded({"tax_id": "1"}, {"tax_id": None}, {"tax_id": ""}, slice_=slice_of("taxes"))
    assert batch.table["tax_id"].to_pylist() == [1]
    assert [quarantined.reasons for quarantined in batch.quarantined] == [
        ("the record can't be keyed: tax_id is missing",)
    ] * 2
