"""An interrupt reaches the warehouse: nothing is committed behind it, and the same command loads without a call."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import duckdb
import pytest

from aviastack.errors import WarehouseUnavailable
from aviastack.manifest import Manifest
from aviastack.pipeline.load import LoadSession
from aviastack.pipeline.load_queue import LoadQueue
from aviastack.pipeline.outcome import Outcome
from aviastack.pipeline.resume import NEVER, usable_run
from aviastack.pipeline.run import Pipeline
from aviastack.slices import Slice
from aviastack.warehouse.duckdb import DuckDB
from aviastack.warehouse.statements import Statement
from tests.pipeline.conftest import DAY, Staged, flights

QUERY: dict[str, object] = {"flight_date": DAY}
SLICE = Slice.of("flights", QUERY)


def rows(pipeline: Pipeline) -> int:
    place = pipeline.settings.warehouse.removeprefix("duckdb:///")
    with duckdb.connect(place, read_only=True) as connection:
        [(found,)] = connection.execute("select count(*) from aviationstack.flights").fetchall()
    return int(found)


@pytest.mark.parametrize("at", ["copy", "register", "insert", "record", "commit"])
async def test_a_cancelled_load_is_rolled_back_and_still_awaits_its_load(
    pipeline: Pipeline, staged: Staged, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    first, second = staged(flights(30), QUERY), staged(flights(60), QUERY, hours=1)
    pipeline.load(first)  # superseded: it makes the tables
    reached, cancelled = threading.Event(), threading.Event()
    stopping = LoadSession._stopping

    def pausing(session: LoadSession, statement: Statement) -> None:
        if statement.name == at:
            reached.set()
            cancelled.wait(300)
            assert session.stop.wait(300)
        stopping(session, statement)

    monkeypatch.setattr(LoadSession, "_stopping", pausing)
    async with LoadQueue(pipeline.store, pipeline.settings) as loads:
        loading = asyncio.create_task(loads.load(Outcome(SLICE, second, calls=0)))
        await asyncio.to_thread(reached.wait, 300)
        loading.cancel()
        cancelled.set()
        with pytest.raises(asyncio.CancelledError):
            await loading
        assert rows(pipeline) == 0
        monkeypatch.undo()
        left = await usable_run(pipeline.store, SLICE, NEVER, loads)
        assert left in (None, second)
        again = await loads.load(Outcome(SLICE, second, calls=0))
        assert again.loaded is not None
        assert again.loaded.inserted == 60


async def test_an_interrupt_ends_the_wait_for_the_file(pipeline: Pipeline, staged: Staged) -> None:
    manifest: Manifest = staged(flights(3), QUERY)
    place = Path(pipeline.settings.warehouse.removeprefix("duckdb:///"))
    session = LoadSession(pipeline.store, pipeline.settings)
    with DuckDB(place):
        waiting = asyncio.create_task(asyncio.to_thread(session.load, manifest))
        await asyncio.sleep(0.05)
        assert not waiting.done()
        session.stop.set()
        with pytest.raises(WarehouseUnavailable, match="The load was interrupted, and nothing was changed"):
            await waiting
