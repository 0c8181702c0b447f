"""Two identical runs at once: the second waits for the first, and no page is paid for twice."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from aviastack.api.session import Api
from aviastack.pipeline import resume
from aviastack.pipeline.run import Pipeline
from aviastack.settings import Settings, settings_from
from aviastack.slices import Slice
from aviastack.staging.journal import Journal
from aviastack.staging.open_store import open_store

SETTLED = Slice.of("flights", {"flight_date": (datetime.now(UTC).date() - timedelta(days=4)).isoformat()})


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Settings]:
    monkeypatch.setattr(resume, "POLL_SECONDS", 0.02)
    return lambda url: settings_from(
        base_url=url, access_key="k", plan="enterprise", pace="off", staging=str(tmp_path / "s"), state=tmp_path / "l"
    )


async def once(settings: Settings, step: Callable[[Pipeline], Any]) -> Any:
    """One of two commands: with its own store and session."""
    async with Api(settings) as api:
        return await step(Pipeline(settings, open_store(settings.staging), api))


async def test_two_runs_give_one_run(simulated, settings) -> None:
    with simulated(flights_per_day=9_500, latency=0.02) as api:
        own = settings(api.url)
        outcomes = await asyncio.gather(*(once(own, lambda p: p.extract_and_stage(SETTLED)) for _ in range(3)))
        assert api.asked() == sum(outcome.calls for outcome in outcomes) == outcomes[0].manifest.pages
    assert len({outcome.manifest.run_id for outcome in outcomes}) == 1
    assert sorted(outcome.calls > 0 for outcome in outcomes) == [False, False, True]


async def test_two_extractions_give_one_journal(simulated, settings) -> None:
    with simulated(flights_per_day=9_500, latency=0.02) as api:
        own = settings(api.url)
        (first, _), (second, _) = await asyncio.gather(*(once(own, lambda p: p.extract(SETTLED)) for _ in range(2)))
        assert first == second
        assert api.asked() == len(list(Journal.read(open_store(own.staging), SETTLED, first).pages()))


async def test_a_run_that_waits_goes_on_where_a_dead_one_stopped(simulated, settings) -> None:
    with simulated(flights_per_day=9_500) as api:
        own = settings(api.url)
        async with Api(own) as session:
            await Pipeline(own, open_store(own.staging), session).estimate(SETTLED)
        store = open_store(own.staging)
        unfinished = Journal.unfinished(store, SETTLED)
        assert unfinished is not None
        held = Journal.resume(store, SETTLED, unfinished)
        waiting = asyncio.create_task(once(own, lambda p: p.extract_and_stage(SETTLED)))
        await asyncio.sleep(0.1)
        assert not waiting.done()
        held.close()
        outcome = await waiting
        assert outcome.manifest.run_id == unfinished
        assert api.asked() == outcome.manifest.pages
