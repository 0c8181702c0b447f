"""Pages, parameters, headers and bodies, as the recorded responses have them."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aviastack.endpoints import ENDPOINTS

from .conftest import Client, simulated

DAY = {"flight_date": "2026-11-18"}


@settings(max_examples=40)
@given(offset=st.integers(0, 2_500), limit=st.integers(1, 1_500))
def test_any_offset_and_limit_give_that_part_of_the_list(
    api: Client, whole_day: list[object], offset: int, limit: int
) -> None:
    answer = api.get("flights", offset=offset, limit=limit, **DAY)
    served = whole_day[offset : offset + min(limit, 1_000)]
    assert answer.rows == served
    assert answer.pagination == {
        "limit": min(limit, 1_000), "offset": offset, "count": len(served), "total": len(whole_day)
    }  # fmt: skip


@pytest.fixture(scope="module")
def whole_day(api: Client) -> list[object]:
    return list(api.pages("flights", **DAY))


def test_a_limit_is_100_unless_asked_and_never_above_the_plan_s(api: Client) -> None:
    assert api.get("flights", **DAY).pagination["limit"] == 100
    with simulated(plan="basic") as basic:
        assert basic.get("flights", limit=1000, **DAY).pagination["limit"] == 100


@pytest.mark.parametrize(
    ("endpoint", "query"),
    [
        ("timetable", {"iataCode": "JFK", "type": "departure"}),
        ("flightsFuture", {"iataCode": "JFK", "type": "arrival", "date": "2026-12-03"}),
    ],
)
def test_boards_come_whole_with_null_limit_and_offset(api: Client, endpoint: str, query: dict[str, str]) -> None:
    answer = api.get(endpoint, limit=10, offset=5, **query)
    count = len(answer.rows)
    assert count > 10
    assert answer.pagination == {"limit": None, "offset": None, "count": count, "total": count}


@pytest.mark.parametrize(("endpoint", "first"), [("flights", "limit"), ("routes", "limit"), ("airports", "offset")])
def test_endpoints_differ_in_which_end_pagination_names_first(api: Client, endpoint: str, first: str) -> None:
    assert api.get(endpoint).body.startswith(b'{"pagination":{"%b":' % first.encode())


@pytest.mark.parametrize("endpoint", sorted(ENDPOINTS))
def test_every_endpoint_answers_with_a_page(api: Client, endpoint: str) -> None:
    needed = {"iataCode": "LHR", "type": "departure", "date": "2026-12-05"}
    query = {p.name: needed[p.name] for p in ENDPOINTS[endpoint].parameters if p.required}
    answer = api.get(endpoint, **query)
    assert answer.status == 200
    assert answer.rows
    assert answer.pagination["count"] == len(answer.rows)


@pytest.mark.parametrize(
    ("endpoint", "query", "key"),
    [
        ("flights", {"flight_date": "2026-02-30"}, "invalid_flight_date"),
        ("flights", {"flight_date": "yesterday"}, "invalid_flight_date"),
        ("flights", {"flight_status": "late"}, "invalid_flight_status"),
        ("flights", {"dep_iata": "SFOX"}, "invalid_dep_iata"),
        ("flights", {"min_delay_dep": "much"}, "invalid_min_delay_dep"),
        ("flights", {"limit": "0"}, "invalid_limit"),
        ("flights", {"limit": "ten"}, "invalid_limit"),
        ("flights", {"offset": "-1"}, "invalid_offset"),
        ("timetable", {"type": "departure"}, "missing_iataCode"),
        ("flightsFuture", {"iataCode": "JFK", "type": "both", "date": "2026-12-05"}, "invalid_type"),
    ],
)
def test_an_illegal_parameter_is_a_validation_error_that_names_it(
    api: Client, endpoint: str, query: dict[str, str], key: str
) -> None:
    answer = api.get(endpoint, **query)
    assert answer.status == 422
    assert answer.error == "validation_error"
    context = answer.json["error"]["context"]
    assert [reason["key"] for reasons in context.values() for reason in reasons] == [key]


def test_unknown_parameters_are_ignored(api: Client) -> None:
    assert api.get("flights", nonsense="x", **DAY).rows == api.get("flights", **DAY).rows


def test_an_unknown_code_is_an_empty_page_and_no_error(api: Client) -> None:
    answer = api.get("flights", dep_iata="QQQ", **DAY)
    assert answer.status == 200
    assert answer.json == {"pagination": {"limit": 100, "offset": 0, "count": 0, "total": 0}, "data": []}


def test_a_planned_date_that_is_too_near_is_a_500(api: Client) -> None:
    answer = api.get("flightsFuture", iataCode="JFK", type="departure", date="2026-11-28")
    assert (answer.status, answer.error) == (500, "internal_error")
    assert "date must be above 2026-11-28" in answer.json["error"]["message"]


def test_an_unknown_endpoint_is_404(api: Client) -> None:
    assert (api.get("aviation_taxes").status, api.get("aviation_taxes").error) == (404, "invalid_api_function")
    assert api.fetch("/v2/flights?access_key=k").status == 404


def test_the_second_gateway_s_path_is_served_too(api: Client) -> None:
    assert api.fetch("/aviationstack/v1/flights?access_key=k").status == 200


def test_slashes_and_letters_outside_ascii_are_escaped(api: Client) -> None:
    body = api.get("flights", limit=1000, **DAY).body
    assert b'"America\\/' in body
    assert b'"America/' not in body
    assert body.isascii()


def test_headers_are_those_of_the_recorded_calls(api: Client) -> None:
    headers = api.get("flights").headers
    assert re.fullmatch(r"[0-9a-f-]{36}", headers["x-apilayer-transaction-id"])
    assert headers["cache-control"] == "no-cache, private"
    assert {"x-quota-limit", "x-quota-remaining", "x-increment-usage", "x-request-time", "date"} <= set(headers)


def test_bodies_are_compressed_for_those_who_ask_and_the_same(api: Client) -> None:
    plain = api.get("flights", limit=1000, headers={"accept-encoding": "identity"}, **DAY)
    packed = api.get("flights", limit=1000, headers={"accept-encoding": "gzip, deflate"}, **DAY)
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) < int(plain.headers["content-length"]) / 4
    assert packed.body == plain.body
    with simulated(gzip=False) as never:
        assert "content-encoding" not in never.get("flights", headers={"accept-encoding": "gzip"}).headers


def test_a_window_caps_the_total_and_refuses_what_is_beyond() -> None:
    with simulated(window=1_000) as api:
        assert api.get("flights", offset=900, limit=500, **DAY).pagination == {
            "limit": 500, "offset": 900, "count": 100, "total": 1_000
        }  # fmt: skip
        assert api.get("flights", offset=1_000, **DAY).error == "validation_error"
        assert api.get("flights", airline_iata="AA", **DAY).pagination["total"] < 1_000


def test_the_tally_counts_what_was_asked_and_starts_anew_on_reset() -> None:
    with simulated() as api:
        for offset in (0, 100, 100):
            api.get("flights", offset=offset, **DAY)
        api.get("flights", key=None)
        stats = api.control("stats")
        assert (stats["requests"], stats["pages"], stats["charged"]) == (4, 3, 3)
        assert stats["offsets"]["flights?flight_date=2026-11-18"] == {"0": 1, "100": 2}
        assert stats["refused"] == {"missing_access_key": 1}
        assert api.control("reset")["requests"] == 0


def test_the_key_is_nowhere_in_what_the_tally_says() -> None:
    with simulated() as api:
        api.get("flights", key="very-secret-key")
        assert b"very-secret-key" not in api.fetch("/_sim/stats").body
