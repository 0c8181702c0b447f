"""The trigger: what it says of itself, what it leaves behind, and that it never holds up the triggerer's loop."""

from __future__ import annotations

import asyncio
import json
import sys
import threading
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

import pytest

from aviastack.airflow.connections import Connections
from aviastack.airflow.triggers import ExtractTrigger, result_of
from aviastack.api.responses import page_from
from aviastack.endpoints import Plan
from aviastack.errors import KeyRefused, QuotaExhausted
from aviastack.records.duplicates import edge_keys
from aviastack.staging.frames import Frame

KEY = "00112233445566778899aabbccddeeff"
DAY = "2026-03-02.airline_iata=AA"
ROWS = ("aviastack.records", "aviastack.pipeline.stage", "pyarrow")  # what reads rows


def trigger(slice_name=DAY, **settings):
    return ExtractTrigger("flights", slice_name, settings, Connections().ids())


async def fired(one):
    [event] = [event async for event in one.run()]
    return event.payload


def journalled(staging: Path) -> list[Path]:
    return sorted((staging / "journal").rglob("coverage.json"))


def test_the_serialized_form_makes_the_same_trigger_and_holds_no_secret(monkeypatch):
    from airflow.sdk._shared.module_loading import import_string

    monkeypatch.setenv("AVIASTACK_ACCESS_KEY", KEY)
    path, arguments = trigger(max_calls=5).serialize()
    assert KEY not in json.dumps(arguments)
    again = import_string(path)(**json.loads(json.dumps(arguments)))
    assert again.serialize() == (path, arguments)
    assert set(arguments) == {"endpoint", "slice_name", "settings", "conn_ids", "again"}


async def test_it_journals_the_slice_and_returns_the_run_id(simulated, tmp_path):
    with simulated() as api:
        payload = await fired(trigger())
        asked = api.asked()
    [coverage] = journalled(tmp_path / "staging")
    assert payload == {"result": coverage.parent.name, "calls": asked}
    assert json.loads(coverage.read_bytes())["coverage"]["calls"] == asked
    assert not list((tmp_path / "staging").rglob("*.parquet")), "the triggerer makes no Parquet"


async def test_run_twice_it_asks_once(simulated):
    with simulated() as api:
        first = await fired(trigger())
        asked = api.asked()
        assert await fired(trigger()) == {**first, "calls": 0}
        assert api.asked() == asked


async def test_killed_in_the_middle_it_asks_only_for_what_is_missing(simulated, tmp_path):
    with simulated(flights_per_day=60_000, plan="basic", latency=0.02) as api:
        cut = asyncio.create_task(fired(trigger(concurrency=2)))
        while api.asked() < 8:  # noqa: ASYNC110 - the simulator has no event for it
            await asyncio.sleep(0.01)
        cut.cancel()
        with pytest.raises(asyncio.CancelledError):
            await cut
        before = api.asked()
        assert not journalled(tmp_path / "staging")
        await fired(trigger(concurrency=2))
        [coverage] = journalled(tmp_path / "staging")
        pages = json.loads(coverage.read_bytes())["coverage"]["pages"]
        assert pages > 12
        assert api.asked() - before <= pages - before + 2, "only the calls that were under way are asked again"


async def test_what_it_can_not_do_reaches_the_worker_as_the_error_it_was(simulated):
    with simulated(key="another") as api:
        payload = await fired(trigger())
        assert api.asked() == 1
    with pytest.raises(KeyRefused) as refused:
        result_of(json.loads(json.dumps(payload)))
    assert KEY not in str(refused.value)
    assert refused.value.remedy


async def test_a_spent_month_says_when_the_next_try_is_due(simulated):
    with simulated(quota=3, plan="basic"):
        payload = await fired(trigger())
    with pytest.raises(QuotaExhausted, match=r"Try again at 20\d\d-\d\d-\d\d \d\d:\d\d UTC"):
        result_of(payload)


async def test_no_row_of_a_page_is_read_on_the_loop(simulated, monkeypatch):
    """Counted, not timed: a page of 1,000 rows costs the loop not one call of a function a row more than one of 100."""
    threads = {"keys": set(), "envelopes": set()}

    def noted(what, work):
        return lambda *given: (threads[what].add(threading.current_thread()), work(*given))[1]

    monkeypatch.setattr("aviastack.records.duplicates.edge_keys", noted("keys", edge_keys))
    monkeypatch.setattr("aviastack.api.session.page_from", noted("envelopes", page_from))
    costs = {}
    for plan in (Plan.BASIC, Plan.ENTERPRISE):
        threads["envelopes"].clear()
        with simulated(plan=plan) as api:
            monkeypatch.setenv("AVIASTACK_STAGING", f"./{plan}")
            with on_this_thread() as calls:
                await fired(trigger("live"))  # a list that moves: pages are matched with their neighbours by their keys
            costs[plan.rows_per_page] = calls.total() / api.asked()
        assert not [module for module in calls if module.startswith(ROWS)]
    assert (costs[1_000] - costs[100]) / 900 < 1, costs
    assert threads["keys"]
    assert threading.current_thread() not in threads["keys"] | threads["envelopes"]


@contextmanager
def on_this_thread():
    """Count the calls of functions that this thread makes meanwhile, by the module that they stand in."""
    calls = Counter()

    def count(frame, event, _):
        if event == "call":
            calls[frame.f_globals.get("__name__", "")] += 1

    sys.setprofile(count)
    try:
        yield calls
    finally:
        sys.setprofile(None)


async def test_resuming_reads_the_pages_of_an_earlier_attempt_off_the_loop(simulated, monkeypatch):
    with simulated(flights_per_day=60_000, plan="basic", latency=0.02) as api:
        cut = asyncio.create_task(fired(trigger(concurrency=2)))
        while api.asked() < 10:  # noqa: ASYNC110 - the simulator has no event for it
            await asyncio.sleep(0.01)
        cut.cancel()
        await asyncio.gather(cut, return_exceptions=True)

        threads, read = [], Frame.page
        monkeypatch.setattr(Frame, "page", lambda frame: (threads.append(threading.current_thread()), read(frame))[1])
        assert "result" in await fired(trigger(concurrency=2))
    assert len(threads) > 5
    assert threading.current_thread() not in threads
