"""Variables that are read when a DAG is parsed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from aviastack.airflow import defaults
from aviastack.airflow.defaults import count, names, seconds
from aviastack.errors import BadRequest


def test_an_empty_variable_counts_as_unset(monkeypatch):
    monkeypatch.setenv("AVIASTACK_EXTRACTS_AT_ONCE", "")
    monkeypatch.setenv("AVIASTACK_RETRY_DELAY", " ")
    assert count("AVIASTACK_EXTRACTS_AT_ONCE", 1) == 1
    assert seconds("AVIASTACK_RETRY_DELAY", 120) == timedelta(minutes=2)


@pytest.mark.parametrize("text", ["two", "0", "-1", "1.5", "٣x"])
def test_an_invalid_count_is_refused_with_its_name_and_rule(monkeypatch, text):
    monkeypatch.setenv("AVIASTACK_LOADS_AT_ONCE", text)
    with pytest.raises(BadRequest, match=r"Invalid AVIASTACK_LOADS_AT_ONCE .*: use a whole number of at least 1"):
        count("AVIASTACK_LOADS_AT_ONCE", 1)


@pytest.mark.parametrize("text", ["2m", "0", "-5", "nan", "inf", "1e300"])
def test_an_invalid_duration_is_refused_with_its_name_and_rule(monkeypatch, text):
    monkeypatch.setenv("AVIASTACK_RETRY_DELAY", text)
    with pytest.raises(BadRequest, match=r"Invalid AVIASTACK_RETRY_DELAY .*: use a positive number of seconds"):
        seconds("AVIASTACK_RETRY_DELAY", 120)


def test_environments_are_names_separated_by_commas(monkeypatch):
    assert names("AVIASTACK_ENVIRONMENTS", "default") == ["default"]
    monkeypatch.setenv("AVIASTACK_ENVIRONMENTS", "default, test,test")
    assert names("AVIASTACK_ENVIRONMENTS", "default") == ["default", "test"]
    monkeypatch.setenv("AVIASTACK_ENVIRONMENTS", "Test/2")
    with pytest.raises(BadRequest, match="Invalid AVIASTACK_ENVIRONMENTS 'Test/2': use names of a-z"):
        names("AVIASTACK_ENVIRONMENTS", "default")


def test_all_retries_end_within_the_hour_for_which_pages_of_a_changing_list_stay_usable():
    from aviastack.pipeline.resume import CHANGING_RESUMES_WITHIN

    delay, total = defaults.TASKS["retry_delay"], timedelta()
    for _ in range(defaults.TASKS["retries"]):
        total += min(delay, defaults.TASKS["max_retry_delay"])
        delay *= defaults.TASKS["retry_exponential_backoff"]
    assert total < CHANGING_RESUMES_WITHIN


def test_no_variable_of_airflow_is_taken_for_a_mistyped_setting(monkeypatch):
    import re

    from aviastack.airflow import notify
    from aviastack.settings import settings_from

    for name in {*re.findall(r"AVIASTACK_[A-Z_]+", defaults.__doc__), notify.VARIABLE}:
        monkeypatch.setenv(name, "redis://127.0.0.1" if name == "AVIASTACK_PACE_STORE" else "1")
    assert settings_from().pace_store == "redis://127.0.0.1"
