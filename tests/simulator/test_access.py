"""Keys, plans, the month's quota and the pace."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aviastack.endpoints import Plan
from aviastack.simulator import SimulatorOptions
from aviastack.simulator.access import AccessControl, Window, windows

from .conftest import simulated

KEYED: Mapping[str, str] = {"access_key": "k"}
NOVEMBER, DECEMBER = (datetime(2026, month, 21, tzinfo=UTC) for month in (11, 12))


def test_a_missing_or_wrong_key_is_a_401_of_the_load_balancer_and_costs_nothing() -> None:
    with simulated(key="right", quota=10) as api:
        for key, code in (
            (None, "missing_access_key"),
            ("wrong", "invalid_access_key"),
            ("inactive-1", "inactive_user"),
        ):
            answer = api.get("flights", key=key)
            assert (answer.status, answer.error) == (401, code)
            assert answer.headers["x-blocked-at-loadbalancer"] == "1"
            assert answer.headers["content-type"] == "application/json; Charset=UTF-8"
            assert answer.body.startswith(b'{\n  "error"')
            assert answer.body.endswith(b"\n")
            assert "x-quota-remaining" not in answer.headers
        assert api.get("flights", key="right").headers["x-quota-remaining"] == "9"


@pytest.mark.parametrize(
    ("endpoint", "query", "least"),
    [
        ("flights", {}, "free"),
        ("flights", {"flight_date": "2026-11-18"}, "basic"),
        ("timetable", {"iataCode": "JFK", "type": "departure"}, "basic"),
        ("flightsFuture", {"iataCode": "JFK", "type": "departure", "date": "2026-12-05"}, "basic"),
        ("routes", {}, "basic"),
        ("airports", {}, "free"),
        ("airports", {"search": "paris"}, "basic"),
    ],
)
def test_a_plan_is_refused_what_a_higher_one_is_served(endpoint: str, query: dict[str, str], least: str) -> None:
    for plan in ("free", "basic"):
        with simulated(plan=Plan(plan)) as api:
            answer = api.get(endpoint, **query)
            if Plan(plan).rank >= Plan(least).rank:
                assert answer.status == 200
            else:
                assert (answer.status, answer.error) == (403, "function_access_restricted")
                assert "x-request-time" not in answer.headers


def test_useless_calls_cost_as_much_as_others() -> None:
    with simulated(plan="free", quota=75) as api:
        left = [
            answer.headers["x-quota-remaining"]
            for answer in (
                api.get("flights"),
                api.get("flights", dep_iata="QQQ"),
                api.get("flights", flight_date="2026-11-18"),
            )
        ]
    assert left == ["74", "73", "72"]


@pytest.mark.parametrize(("month_as_rate", "code"), [(False, "usage_limit_reached"), (True, "rate_limit_reached")])
def test_a_spent_month_is_a_429_that_says_monthly(month_as_rate: bool, code: str) -> None:
    with simulated(quota=2, month_as_rate=month_as_rate) as api:
        assert [api.get("flights").status for _ in range(2)] == [200, 200]
        refused = api.get("flights")
        assert (refused.status, refused.error) == (429, code)
        assert "monthly" in refused.json["error"]["message"]
        assert refused.headers["x-quota-remaining"] == "0"


def test_the_free_plan_has_100_calls_and_a_paid_plan_is_billed_instead_of_refused() -> None:
    free, basic = (AccessControl(SimulatorOptions(plan=plan)) for plan in (Plan.FREE, Plan.BASIC))
    answers = [free.refusal("flights", KEYED, 0, NOVEMBER) for _ in range(101)]
    assert answers[:100] == [None] * 100
    assert answers[100] is not None
    assert all(basic.refusal("flights", KEYED, 0, NOVEMBER) is None for _ in range(10_050))
    assert basic.headers(NOVEMBER)["x-quota-remaining"] == "0"


def test_a_new_month_has_its_quota_again() -> None:
    gate = AccessControl(SimulatorOptions(quota=1))
    answers = [gate.refusal("flights", KEYED, 0, moment) for moment in (NOVEMBER, NOVEMBER, DECEMBER)]
    assert [answer is None for answer in answers] == [True, False, True]


@given(st.lists(st.floats(0, 3), max_size=40), st.integers(1, 6))
def test_no_period_ever_admits_more_than_its_calls_and_none_is_refused_needlessly(
    gaps: list[float], calls: int
) -> None:
    window, now, admitted = Window(calls, 1.0), 0.0, list[float]()
    for gap in gaps:
        now += gap
        room = len([moment for moment in admitted if now - moment < 1.0]) < calls
        assert window.admits(now) == room
        if room:
            admitted.append(now)


def test_a_call_too_many_is_a_429_and_costs_nothing() -> None:
    with simulated(pace="2/60s", quota=100, retry_after=7) as api:
        answers = [api.get("flights") for _ in range(3)]
        assert [answer.status for answer in answers] == [200, 200, 429]
        assert answers[2].error == "rate_limit_reached"
        assert "monthly" not in answers[2].json["error"]["message"]
        assert answers[2].headers["retry-after"] == "7"
        assert answers[2].headers["x-quota-remaining"] == "98"


def test_an_endpoint_may_have_a_pace_of_its_own() -> None:
    with simulated(pace="100/s,timetable=1/60s") as api:
        board = {"iataCode": "JFK", "type": "departure"}
        assert [api.get("timetable", **board).status for _ in range(2)] == [200, 429]
        assert api.get("flights").status == 200


@pytest.mark.parametrize("pace", ["fast", "5", "5/m", "nothing=5/s"])
def test_a_pace_that_can_t_be_read_is_refused(pace: str) -> None:
    with pytest.raises(ValueError, match="CALLS/SECONDS"):
        windows(pace)
