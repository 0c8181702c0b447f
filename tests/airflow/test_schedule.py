"""Which slices a run is for."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest

from aviastack.airflow import schedule
from aviastack.errors import BadRequest
from aviastack.slices import Slice


def context(*, end=None, run_after=None, run_type="scheduled", **params):
    return {
        "params": params,
        "data_interval_end": end,
        "dag_run": SimpleNamespace(run_after=run_after, run_type=run_type),
    }


def test_a_scheduled_run_is_for_the_day_before_and_the_day_three_days_before():
    noon = datetime(2026, 11, 21, 12, tzinfo=UTC)
    assert schedule.due_dates(context(end=noon)) == [date(2026, 11, 20), date(2026, 11, 18)]


def test_the_day_before_has_ended_everywhere_and_the_earlier_one_has_settled():
    noon = datetime(2026, 11, 21, 12, tzinfo=UTC)
    fresh, settled = schedule.due_dates(context(end=noon))
    assert noon >= datetime(fresh.year, fresh.month, fresh.day, tzinfo=UTC) + timedelta(days=1, hours=12)
    assert Slice.of("flights", {"flight_date": settled}).is_settled(noon)
    assert not Slice.of("flights", {"flight_date": fresh}).is_settled(noon)


def test_a_run_by_hand_without_an_interval_is_due_when_it_was_asked_for():
    late = datetime(2026, 11, 22, 1, tzinfo=UTC).astimezone()
    assert schedule.due_dates(context(run_after=late)) == [date(2026, 11, 21), date(2026, 11, 19)]


def test_dates_that_are_given_are_taken():
    assert schedule.due_dates(context(dates=["2026-03-01"])) == [date(2026, 3, 1)]


@pytest.mark.parametrize("text", ["yesterday", "2026-02-30", "01/02/2026"])
def test_what_is_no_date_is_refused(text):
    with pytest.raises(BadRequest, match="YYYY-MM-DD"):
        schedule.due_dates(context(dates=[text]))


def test_dates_and_airlines_given_twice_are_fetched_once(monkeypatch):
    assert schedule.due_dates(context(dates=["2026-03-01", "2026-03-02", "2026-03-01"])) == [
        date(2026, 3, 1),
        date(2026, 3, 2),
    ]
    assert schedule.partners({"airlines": ["AA", "aa", " BA"]}) == ["AA", "BA"]
    monkeypatch.setenv("AIRFLOW_VAR_AVIASTACK_AIRLINES", "UA,,UA,")
    assert schedule.partners({}) == ["UA"]


def test_a_scheduled_run_searches_the_settled_week_before_its_dates():
    noon = datetime(2026, 11, 21, 12, tzinfo=UTC)
    searched = schedule.recent_dates(context(end=noon))
    assert searched == [date(2026, 11, day) for day in range(17, 10, -1)]
    assert schedule.recent_dates(context(end=noon, run_type="backfill")) == []
    assert schedule.recent_dates(context(end=noon, dates=["2026-03-01"])) == []


def test_a_slice_is_labeled_by_its_airline_and_date():
    assert schedule.label("2026-11-27.airline_iata=UA") == "UA 2026-11-27"
    assert schedule.label("2026-11-27") == "2026-11-27"


def test_partners_are_the_parameter_else_the_variable_else_three(monkeypatch):
    assert schedule.partners({}) == ["AA", "DL", "UA"]
    monkeypatch.setenv("AIRFLOW_VAR_AVIASTACK_AIRLINES", "BA, LH")
    assert schedule.partners({"airlines": None}) == ["BA", "LH"]
    assert schedule.partners({"airlines": ["QF"]}) == ["QF"]


def test_a_backfill_goes_from_the_newest_date_to_the_oldest():
    assert schedule.dates_between("2026-11-01", "2026-11-03") == [date(2026, 11, day) for day in (3, 2, 1)]
    with pytest.raises(BadRequest, match="after the last date"):
        schedule.dates_between("2026-11-03", "2026-11-01")


def test_slices_are_named_date_by_date():
    names = schedule.flight_slices([date(2026, 11, 20), date(2026, 11, 18)], ["AA", "dl"])
    assert names == [
        "2026-11-20.airline_iata=AA",
        "2026-11-20.airline_iata=DL",
        "2026-11-18.airline_iata=AA",
        "2026-11-18.airline_iata=DL",
    ]


def test_a_partner_that_is_no_airline_is_refused_before_a_call():
    with pytest.raises(BadRequest):
        schedule.flight_slices([date(2026, 11, 20)], ["American"])
