"""The slices that a run still has to fetch, and the calls that a backfill may spend."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from aviastack.airflow import backfill
from aviastack.airflow.schedule import dates_between, flight_slices
from aviastack.limits import ledger
from aviastack.manifest import Manifest, Predicate
from aviastack.staging import manifest_log
from aviastack.staging.open_store import open_store

AIRLINES = ["AA", "BA", "DL", "UA", "LH", "AF", "QF", "EK", "SQ", "CX", "NH", "JL", "AC", "WN", "B6", "AS", "NK", "F9"]


@pytest.fixture
def store(monkeypatch, tmp_path):
    monkeypatch.setenv("AVIASTACK_STAGING", str(tmp_path))
    return open_store(str(tmp_path))


def fetched(store, name, as_of, **changed):
    """Save the manifest of a complete run."""
    fields = {
        "run_id": f"{as_of:%Y%m%dT%H%M%S}000000Z-abcdef",
        "endpoint": "flights",
        "slice": name,
        "predicate": Predicate({}, None),
        "complete": True,
        "proof": "",
        "journal": "",
        **dict.fromkeys(("as_of", "started_at", "finished_at"), as_of),
        **dict.fromkeys(("total", "pages", "calls", "quarantined", "repeated"), 0),
        "warnings": {},
        "unmapped": {},
        "nulls": {},
        "staged": [],
        "quarantine": [],
        "rows": 100,
    } | changed
    manifest_log.save(store, Manifest(**fields))


def test_a_slice_with_too_many_quarantined_records_is_not_final(store):
    names = flight_slices(dates_between("2026-11-01", "2026-11-03"), ["AA"])
    later = datetime(2026, 11, 20, tzinfo=UTC)
    fetched(store, names[0], later)
    fetched(store, names[1], later, quarantined=60)
    fetched(store, names[2], later, quarantined=1)
    assert backfill.without_final("flights", names) == [names[1]]


def test_lost_days_are_those_without_a_complete_run_since_they_settled(store):
    names = flight_slices(dates_between("2026-11-01", "2026-11-05"), ["AA"])
    later = datetime(2026, 11, 20, tzinfo=UTC)
    fetched(store, names[4], later)  # the first
    fetched(store, names[3], datetime(2026, 11, 3, tzinfo=UTC))  # before the second had settled
    fetched(store, names[2], later, complete=False)
    fetched(store, names[1], later, quarantined=60)  # failed its quality check: a person decides
    assert backfill.never_complete(names) == [names[0], names[2], names[3]]


def test_a_date_on_which_an_airline_does_not_fly_is_neither_lost_nor_fetched_again(store):
    names = flight_slices(dates_between("2026-11-01", "2026-11-04"), ["F9"])
    first, *lost = reversed(names)
    empty = {"rows": 0, "complete": False}
    fetched(store, first, datetime(2026, 11, 5, tzinfo=UTC), **empty)  # no other slice had rows that day
    fetched(store, lost[0], datetime(2026, 11, 20, tzinfo=UTC), **empty)
    fetched(store, lost[1], datetime(2026, 11, 4, tzinfo=UTC), **empty)  # before it had settled
    assert backfill.never_complete(names) == names[:3], "an outage looks the same"
    fetched(store, "2026-11-01.airline_iata=AA", datetime(2026, 11, 20, tzinfo=UTC))
    assert backfill.never_complete(names) == [names[0], names[1]]
    assert backfill.without_final("flights", names) == [names[0], names[1], names[3]]


def test_an_empty_date_of_an_airline_that_flies_every_other_day_is_fetched_again(store):
    names = flight_slices(dates_between("2026-11-01", "2026-11-03"), ["AA"])
    later = datetime(2026, 11, 20, tzinfo=UTC)
    fetched(store, names[2], later)
    fetched(store, names[1], later, rows=0, complete=False)
    fetched(store, names[0], later)
    assert backfill.never_complete(names) == backfill.without_final("flights", names) == [names[1]]
    for name in flight_slices(dates_between("2026-10-27", "2026-10-28"), ["AA"]):  # it does not fly on every date
        fetched(store, name, later, rows=0, complete=False)
    assert backfill.without_final("flights", names) == []


def test_dates_before_a_partners_first_run_are_not_lost(store):
    names = flight_slices(dates_between("2026-11-01", "2026-11-03"), ["AA", "BA"])
    assert backfill.never_complete(names) == []
    fetched(store, "2026-11-02.airline_iata=AA", datetime(2026, 11, 20, tzinfo=UTC))
    assert backfill.never_complete(names) == ["2026-11-03.airline_iata=AA"]


def test_a_backfill_of_18_airlines_and_60_days_starts_with_the_newest_and_says_how_many_wait(caplog):
    names = flight_slices(dates_between("2026-09-01", "2026-10-30"), AIRLINES)
    with caplog.at_level(logging.WARNING):
        chosen = backfill.at_most_mappable(names)
    assert chosen == names[:1024]
    assert f"{len(names) - 1024} wait" in caplog.text
    assert backfill.at_most_mappable(names[1024:]) == names[1024:]


def test_a_backfill_of_20_airlines_and_90_days_stops_at_its_calls_and_goes_on_the_next_day(store, caplog):
    names = flight_slices(dates_between("2026-08-25", "2026-11-22"), [*AIRLINES, "KL", "TK"])
    assert len(names) == 20 * 90
    with caplog.at_level(logging.INFO):
        first = backfill.at_most_mappable(backfill.at_most_payable(names, 1000))
    assert first == names[:1000], "the newest; a slice costs a call at least"
    assert "800 left for another run" in caplog.text
    later = datetime(2026, 11, 29, tzinfo=UTC)
    for name in first[:20]:  # a day
        fetched(store, name, later, pages=5)
    still = backfill.without_final("flights", names)
    assert still == names[20:]
    for foreign in ("notes.txt", f"{first[0]}/notes.txt", f"{first[0]}/{later:%Y%m%dT%H%M%S}999999Z-ffffff.json"):
        store.create(f"manifests/flights/{foreign}", b"not ours")
    assert backfill.at_most_payable(still, 1000) == still[:500], "by a partner's day, a slice costs 2 calls at least"


@pytest.mark.parametrize(
    ("used", "budget", "expected"),
    [(10, None, {"budget": 60}), (10, 40, {}), (990, None, {}), (1000, 2000, {"budget": 1050})],
    ids=["own calls", "a smaller budget", "nearly spent month", "paid overage"],
)
def test_only_the_runs_own_calls_make_a_budget_that_skips(monkeypatch, used, budget, expected):
    if budget:
        monkeypatch.setenv("AVIASTACK_BUDGET", str(budget))
    monkeypatch.setattr(ledger, "known_quota", lambda _: SimpleNamespace(used=used, limit=1000))
    assert backfill.budget_within(50) == expected
