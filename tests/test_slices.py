from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aviastack.endpoints import ENDPOINTS, FLIGHTS, Format, Listing, Plan
from aviastack.errors import BadRequest, PlanRefused
from aviastack.slices import Slice

VALUES = {
    Format.DATE: st.dates(date(2024, 1, 1), date(2030, 1, 1)).map(str),
    Format.AIRPORT_IATA: st.from_regex(r"[A-Za-z]{3}", fullmatch=True),
    Format.AIRPORT_ICAO: st.from_regex(r"[A-Za-z0-9]{4}", fullmatch=True),
    Format.AIRLINE_IATA: st.from_regex(r"[A-Za-z][A-Za-z0-9]|[0-9][A-Za-z]", fullmatch=True),
    Format.AIRLINE_ICAO: st.from_regex(r"[A-Za-z]{3}", fullmatch=True),
    Format.FLIGHT_NUMBER: st.integers(1, 9999).map(str),
    Format.FLIGHT_IATA: st.from_regex(r"[A-Z]{2}[0-9]{1,4}", fullmatch=True),
    Format.FLIGHT_ICAO: st.from_regex(r"[A-Za-z]{3}[0-9]{1,4}", fullmatch=True),
    Format.MINUTES: st.integers(-99, 999).map(str),
    Format.COUNTRY: st.from_regex(r"[A-Za-z]{2}", fullmatch=True),
    Format.TEXT: st.text(min_size=1, max_size=30, alphabet=st.characters(min_codepoint=33, max_codepoint=0x2FF)).filter(
        lambda text: text.strip() and text.isprintable()
    ),
}


@st.composite
def slices(draw: st.DrawFn) -> Slice:
    endpoint = draw(st.sampled_from(list(ENDPOINTS.values())))
    optional = [p for p in endpoint.parameters if not p.required]
    chosen = draw(st.lists(st.sampled_from(optional), unique=True, max_size=4)) if optional else []
    query = {
        p.name: draw(st.sampled_from(p.choices) if p.choices else VALUES[p.format])
        for p in (*chosen, *(p for p in endpoint.parameters if p.required))
    }
    return Slice.of(endpoint, query)


@given(slices())
def test_name_and_query_are_one_to_one(slice_: Slice) -> None:
    assert Slice.parse(slice_.endpoint, slice_.name) == slice_


@given(slices())
def test_name_is_one_safe_path_segment(slice_: Slice) -> None:
    assert "/" not in slice_.name
    assert "\\" not in slice_.name
    assert slice_.name == slice_.name.strip()
    assert slice_.name.isascii()


def test_order_and_case_of_filters_do_not_matter() -> None:
    one = Slice.of("flights", {"airline_iata": "aa", "flight_date": "2026-11-21", "dep_iata": "sfo"})
    two = Slice.of("flights", {"dep_iata": "SFO", "airline_iata": "AA", "flight_date": date(2026, 11, 21)})
    assert one == two
    assert one.name == "2026-11-21.dep_iata=SFO.airline_iata=AA"


def test_live_and_whole_tables_have_names_of_their_own() -> None:
    assert Slice.of("flights").name == "live"
    assert Slice.of("flights", {"dep_iata": "SFO"}).name == "live.dep_iata=SFO"
    assert Slice.of("airports").name == "all"


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"flight_date": "2026-02-30"}, "'2026-02-30' is not a valid value of 'flight_date'"),
        ({"flight_date": "21.11.2026"}, "YYYY-MM-DD"),
        ({"airline_iata": "AAAA"}, "2 letters, or a letter and a digit"),
        ({"flight_status": "late"}, "scheduled, active, landed"),
        ({"flight_number": "038"}, "without a leading zero"),
        ({"airline": "AA"}, "'airline' is not a parameter of flights. Did you mean 'airline_"),
        ({"airline_iata": "aal"}, r"AAL is an ICAO code: use airline_icao \(--airline-icao\)"),
        ({"airline_icao": "AA"}, "AA is an IATA code: use airline_iata"),
        ({"dep_iata": "KSFO"}, "KSFO is an ICAO code: use dep_icao"),
        ({"flight_number": "AA1004"}, "AA1004 is a flight's IATA code: use flight_iata"),
        ({"flight_iata": "AAL1004"}, "AAL1004 is a flight's ICAO code: use flight_icao"),
        ({"flight_iata": "1004"}, "1004 is a flight number: use flight_number"),
    ],
)
def test_an_invalid_query_names_value_rule_and_remedy(query: dict[str, object], message: str) -> None:
    with pytest.raises(BadRequest, match=message):
        Slice.of("flights", query)


def test_a_board_needs_its_airport() -> None:
    with pytest.raises(BadRequest, match="timetable requires the parameter 'iataCode'"):
        Slice.of("timetable", {"type": "departure"})


def test_only_key_columns_of_a_dated_slice_cover_rows() -> None:
    covers = {
        "2026-11-21.airline_iata=AA": {"flight_date": "2026-11-21", "airline_iata": "AA"},
        "2026-11-21.dep_iata=SFO.arr_iata=JFK": {
            "flight_date": "2026-11-21",
            "departure_iata": "SFO",
            "arrival_iata": "JFK",
        },
        "2026-11-21.flight_status=landed": None,
        "2026-11-21.airline_name=Delta": None,
        "2026-11-21.min_delay_dep=15": None,
        "live.airline_iata=AA": None,
    }
    assert {name: Slice.parse("flights", name).covers for name in covers} == covers


def test_a_future_board_covers_departures_but_not_arrivals() -> None:
    name = "2026-12-01.iataCode=JFK.type={}"
    departures = Slice.parse("flightsFuture", name.format("departure"))
    assert departures.covers == {"flight_date": "2026-12-01", "departure_iata": "JFK"}
    assert Slice.parse("flightsFuture", name.format("arrival")).covers is None  # its date is the arrivals'


@given(st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)), st.integers(-5, 5))
def test_a_date_settles_two_days_later_in_utc(now: datetime, days: int) -> None:
    slice_ = Slice.of("flights", {"flight_date": now.date() - timedelta(days=days)})
    assert slice_.is_settled(now) == (days >= 2)


def test_live_never_settles_and_tables_do_not_change() -> None:
    now = datetime(2026, 11, 22, tzinfo=UTC)
    assert not Slice.of("flights").is_settled(now)
    assert all(Slice.of(e).is_settled(now) for e in ENDPOINTS.values() if e.listing is Listing.STATIC)


def test_a_date_is_in_the_future_when_no_place_has_reached_it() -> None:
    now = datetime(2026, 11, 21, 12, tzinfo=UTC)  # 22 November has begun at UTC+14
    Slice.of("flights", {"flight_date": "2026-11-22"}).check_date(now)
    with pytest.raises(BadRequest, match=r"2026-11-23 is in the future: the latest date is 2026-11-22"):
        Slice.of("flights", {"flight_date": "2026-11-23"}).check_date(now)


def test_planned_flights_have_dates_after_today_wherever_it_is_today() -> None:
    now = datetime(2026, 11, 21, 11, tzinfo=UTC)  # at UTC-12 it is still 20 November
    board = {"iataCode": "JFK", "type": "departure"}
    Slice.of("flightsFuture", {"date": "2026-11-21", **board}).check_date(now)
    with pytest.raises(BadRequest, match="2026-11-20 is not in the future: flightsFuture has planned flights only"):
        Slice.of("flightsFuture", {"date": "2026-11-20", **board}).check_date(now)


def test_a_plan_without_dates_is_refused_before_a_call() -> None:
    dated = Slice.of("flights", {"flight_date": "2026-11-21"})
    with pytest.raises(PlanRefused, match="free plan does not include 'flight_date'"):
        dated.check_plan(Plan.FREE)
    dated.check_plan(Plan.BASIC)
    with pytest.raises(PlanRefused, match="free plan does not include timetable"):
        Slice.of("timetable", {"iataCode": "JFK", "type": "arrival"}).check_plan(Plan.FREE)


def test_every_key_is_made_of_declared_columns() -> None:
    for endpoint in ENDPOINTS.values():
        columns = {field.column for field in endpoint.fields} | {f"{f.column}_local" for f in endpoint.fields}
        if endpoint.dates_flights:
            columns.add("flight_date")
        for part in endpoint.key.parts:
            assert set(part) <= columns, endpoint.name
        assert {p.column for p in endpoint.parameters if p.column} <= columns
    assert len({field.column for field in FLIGHTS.fields}) == len(FLIGHTS.fields)


@pytest.mark.parametrize(
    ("endpoint", "query", "remedy"),
    [
        ("airports", {"iata_code": "KSFO"}, "KSFO is an ICAO code: use icao_code"),
        ("airlines", {"iata_code": "AAL"}, "AAL is an ICAO code: use icao_code"),
        ("airlines", {"icao_code": "aa"}, "AA is an IATA code: use iata_code"),
        ("airports", {"icao_code": "SFO"}, "SFO is an IATA code: use iata_code"),
    ],
)
def test_a_code_of_reference_data_is_as_strict_as_its_word(endpoint: str, query: dict[str, str], remedy: str) -> None:
    with pytest.raises(BadRequest) as refused:
        Slice.of(endpoint, query)
    assert refused.value.remedy.startswith(remedy)
