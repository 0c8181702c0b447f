"""Progress lines: soon enough to see that a run is alive, few enough to read."""

from __future__ import annotations

import logging

import pytest

from aviastack.airflow.progress import INTERVAL, Progress
from aviastack.paging.cost import Cost
from aviastack.slices import Slice

SLICE = Slice.parse("flights", "2026-03-02.airline_iata=AA")


@pytest.fixture
def lines(caplog):
    caplog.set_level(logging.INFO)
    return lambda: [record.getMessage() for record in caplog.records]


def test_a_line_comes_once_in_an_interval_and_counts_what_the_journal_had(lines):
    now = [0.0]
    progress = Progress(clock=lambda: now[0])
    progress.resumed(SLICE, 12)
    progress.planned(SLICE, Cost(calls=88, pages=100, rows=10_000, rows_per_page=100))
    started = len(lines())
    for _ in range(50):
        now[0] += INTERVAL / 10
        progress.fetched(SLICE, None)
    assert started == 2
    assert lines()[started:] == [
        f"flights 2026-03-02.airline_iata=AA: {done} of 100 pages, {done - 12} fetched now"
        for done in (22, 32, 42, 52, 62)
    ]


def test_one_page_and_one_call_are_singular(lines):
    now = [0.0]
    progress = Progress(clock=lambda: now[0])
    Progress().resumed(SLICE, 1)
    progress.planned(SLICE, Cost(calls=1, pages=1, rows=1, rows_per_page=100))
    now[0] = INTERVAL
    progress.fetched(SLICE, None)
    assert lines() == [
        f"{SLICE}: 1 page of an earlier attempt in the journal, not fetched again",
        f"{SLICE}: 1 row on 1 page, 1 more call",
        f"{SLICE}: 1 of 1 page, 1 fetched now",
    ]
