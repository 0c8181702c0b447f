"""Both parsers give the same rows: Arrow for whole pages, and record by record for the pages that it declines."""

from __future__ import annotations

from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st

from aviastack.endpoints import FLIGHTS
from aviastack.records.decode import decode
from aviastack.records.parse_arrow import parse_with_arrow
from aviastack.records.parse_rows import parse_row_by_row
from tests.support.sample_records import AIRBORNE, CODESHARED, LIVE, body_of, flight, page_of, shape

texts = (
    st.none()
    | st.sampled_from(["", " ", "empty", " Zürich ", "São Paulo/Guarulhos", "T1", "dl", "straße"])
    | st.text(max_size=6)
)
codes = st.sampled_from([None, "", "SFO", "jfk", " NQZ", "LHR", "QQQ"])
zones = st.sampled_from(
    [None, "America/New_York", "Europe/London", "+8", "Asia/Almaty", "Australia/Lord_Howe", "No/Where"]
)
clocks = st.none() | st.one_of(
    st.datetimes().map(lambda time: f"{time:%Y-%m-%dT%H:%M}:00+00:00".rjust(25, "0")),
    st.sampled_from(["2024-03-31T01:30:00+00:00", "2024-10-27T01:30:00+00:00", "2024-04-07T01:45:00+00:00"]),
)
numbers = st.none() | st.integers(-(2**63), 2**63 - 1)
floats = st.none() | st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**53), 2**53)
CHANGES = {
    "flight_status": texts,
    **{f"{end}.{name}": texts for end in ("departure", "arrival") for name in ("airport", "terminal", "gate")},
    **{f"{end}.{name}": codes for end in ("departure", "arrival") for name in ("iata", "icao")},
    **{f"{end}.timezone": zones for end in ("departure", "arrival")},
    **{f"{end}.delay": numbers for end in ("departure", "arrival")},
    **{f"{end}.{name}": clocks for end in ("departure", "arrival") for name in ("scheduled", "estimated", "actual")},
    **{f"airline.{name}": texts for name in ("name", "iata", "icao")},
    **{f"flight.{name}": texts for name in ("number", "iata", "icao")},
    "flight.codeshared": st.sampled_from([None, CODESHARED]),
    "live": st.none()
    | st.fixed_dictionaries({"latitude": floats, "altitude": floats}).map(lambda seen: AIRBORNE | seen),
}
flights = st.fixed_dictionaries({}, optional=CHANGES).map(flight)


@settings(max_examples=80)
@given(pages=st.lists(st.lists(flights, max_size=4), min_size=1, max_size=3))
def test_both_parsers_give_the_same_batch(pages: list[list[dict[str, object]]]):
    sent = [page_of(body_of(records), number) for number, records in enumerate(pages)]
    either = decode(LIVE, "run", sent)
    with patch("aviastack.records.decode.parse_whole", return_value=None):
        singly = decode(LIVE, "run", sent)
    assert shape(either) == shape(singly)
    assert either.quarantined == singly.quarantined


def test_a_page_as_declared_is_read_in_bulk():
    page = page_of(body_of([flight({"flight.codeshared": CODESHARED, "live": AIRBORNE}), flight()]))
    with patch("aviastack.records.decode.parse_row_by_row", side_effect=AssertionError("read record by record")):
        assert decode(LIVE, "run", [page]).table.num_rows == 2


def test_one_odd_page_does_not_slow_its_neighbours():
    pages = [
        page_of(body_of([flight({"departure.delay": [1]}) if number == 1 else flight()]), number) for number in range(3)
    ]
    with patch("aviastack.records.decode.parse_row_by_row", wraps=parse_row_by_row) as singly:
        assert decode(LIVE, "run", pages).table.num_rows == 2
    assert [call.args[1] for call in singly.call_args_list] == [[pages[1].body]]


def test_a_text_that_ends_like_a_time_does_not_hide_an_offset_of_its_own():
    odd = {"departure.actual": "2026-11-18T04:05:00+01:00", "airline.icao": "9999-12-31T23:59:59+00:00"}
    sent = [page_of(body_of([flight(odd)]))]
    with patch("aviastack.records.decode.parse_whole", return_value=None):
        singly = decode(LIVE, "run", sent)
    assert shape(decode(LIVE, "run", sent)) == shape(singly)


def test_a_quote_and_a_colon_in_a_text_do_not_hide_a_missing_field():
    record = flight({"airline.name": 'A":B'})
    del record["flight_status"]
    assert parse_with_arrow(FLIGHTS, [body_of([record])]) is None
