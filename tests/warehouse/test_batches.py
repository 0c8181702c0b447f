"""Many slices at once: what waits is loaded in one session of Snowflake, each slice in its own transaction."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from aviastack.api.session import Api
from aviastack.endpoints import FLIGHTS, Plan
from aviastack.errors import AuditFailed, WarehouseUnavailable
from aviastack.pipeline import load
from aviastack.pipeline.backfill import run_all, slices_between
from aviastack.pipeline.load_queue import LoadQueue
from aviastack.pipeline.outcome import Failed, Outcome, Result
from aviastack.pipeline.run import Pipeline
from aviastack.settings import Settings, settings_from
from aviastack.simulator import running_simulator
from aviastack.staging.open_store import open_store
from aviastack.warehouse.loading import Loaded
from tests.support.snowflake_emulator import Loss, Refusal, SnowflakeEmulator

pytestmark = pytest.mark.emulators
DAYS = [date(2026, 1, 14) + timedelta(days=days) for days in range(4)]
OF_A_LOAD = Counter(
    {"CREATE": 1, "COPY": 1, "SELECT": 3, "BEGIN": 1, "MERGE": 4, "DELETE": 1, "UPDATE": 2, "COMMIT": 1, "DROP": 1}
)


async def backfilled(settings: Settings, days: list[date], **options: bool) -> list[Result]:
    async with Api(settings) as api:
        pipeline = Pipeline(settings, open_store(settings.staging), api)
        return await run_all(pipeline, slices_between(FLIGHTS, days, {}), **options)


def settings_of(url: str, **places: str) -> Settings:
    return settings_from(base_url=url, access_key="0123456789abcdef" * 2, plan=Plan.ENTERPRISE, pace="off", **places)


async def test_a_backfill_signs_in_once_and_a_further_slice_takes_only_its_own_statements(
    emulator: SnowflakeEmulator, bucket_and_snowflake: dict[str, str]
) -> None:
    with running_simulator(flights_per_day=100, today=date(2026, 11, 21)) as url:
        settings = settings_of(url, **bucket_and_snowflake)
        await backfilled(settings, DAYS[:1])  # creates the tables
        emulator.said.clear()
        emulator.sign_ins = 0
        [first] = await backfilled(settings, DAYS[1:2])
        alone, sessions = Counter(said.text.split()[0] for said in emulator.said), emulator.sign_ins
        emulator.said.clear()
        emulator.sign_ins = 0
        rest = await backfilled(settings, DAYS[2:])
        two = Counter(said.text.split()[0] for said in emulator.said)
        assert (sessions, emulator.sign_ins) == (1, 1)

        emulator.said.clear()
        again = await backfilled(settings, DAYS, again=False)

    assert all(isinstance(result, Outcome) and result.loaded and result.loaded.inserted for result in [first, *rest])
    assert two - alone == OF_A_LOAD
    assert {result.loaded for result in again if isinstance(result, Outcome)} == {Loaded(0, 0, 0)}
    assert len(again) == 4
    assert len(emulator.said) == 2, "what is loaded already is looked up once, and not loaded again"


async def test_one_slice_that_fails_leaves_the_others_loaded(
    emulator: SnowflakeEmulator, bucket_and_snowflake: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def check(store: object, manifest: object, policy: object) -> None:
        if str(DAYS[1]) in str(manifest):
            raise AuditFailed("unlike the trailing weeks", remedy="Look.")

    monkeypatch.setattr(load, "check_anomalies", check)
    with running_simulator(flights_per_day=50, today=date(2026, 11, 21)) as url:
        emulator.sign_ins = 0
        results = await backfilled(settings_of(url, **bucket_and_snowflake), DAYS[:4])

    assert [isinstance(result, Failed) for result in results] == [False, True, False, False]
    assert emulator.sign_ins == 1


async def test_a_session_that_is_lost_ends_the_backfill_and_what_waits_is_loaded_by_the_next_without_a_call(
    emulator: SnowflakeEmulator, bucket_and_snowflake: dict[str, str]
) -> None:
    with running_simulator(flights_per_day=50, today=date(2026, 11, 21)) as url:
        settings = settings_of(url, **bucket_and_snowflake)
        emulator.faults = lambda text: Loss() if text.startswith("COPY") else None
        results = await backfilled(settings, DAYS[:3])
        emulator.faults = None
        emulator.sign_ins = 0
        again = await backfilled(settings, DAYS[:3])

    assert {type(result.error) for result in results if isinstance(result, Failed)} == {WarehouseUnavailable}
    assert [result.calls for result in again] == [0, 0, 0]
    assert all(isinstance(result, Outcome) and result.loaded and result.loaded.inserted for result in again)
    assert emulator.sign_ins == 1


async def test_a_warehouse_that_refuses_the_sign_in_is_tried_once_and_no_call_is_spent(
    emulator: SnowflakeEmulator, bucket_and_snowflake: dict[str, str]
) -> None:
    with running_simulator(flights_per_day=50, today=date(2026, 11, 21)) as url:
        settings = settings_of(url, **bucket_and_snowflake)
        emulator.refuses_sign_in = Refusal(390100, "Incorrect username or password was specified.")
        emulator.sign_ins = 0
        try:
            results = await backfilled(settings, DAYS)
        finally:
            emulator.refuses_sign_in = None

    assert emulator.sign_ins == 1
    assert all(isinstance(result, Failed) and result.calls == 0 for result in results)


async def test_others_may_open_the_duckdb_file_while_slices_are_fetched(tmp_path: Path) -> None:
    """The file is closed whenever nothing waits to be loaded."""
    file = tmp_path / "warehouse.duckdb"
    with running_simulator(flights_per_day=50, today=date(2026, 11, 21)) as url:
        settings = settings_of(url, staging=str(tmp_path / "staging"), warehouse=f"duckdb:///{file}")
        async with Api(settings) as api:
            pipeline = Pipeline(settings, open_store(settings.staging), api)
            [slice_] = slices_between(FLIGHTS, DAYS[:1], {})
            async with LoadQueue(pipeline.store, settings) as loads, pipeline.staged(slice_, loads=loads) as ready:
                duckdb.connect(str(file)).close()
                loaded, _ = await asyncio.gather(pipeline.load_in_turn(ready, loads), loads.is_loaded(ready.manifest))
                duckdb.connect(str(file)).close()
    assert loaded.loaded
    assert loaded.loaded.inserted
