"""From the API to the warehouse: over a bucket into Snowflake come the same rows as over a folder into DuckDB."""

from __future__ import annotations

import asyncio
import os
from datetime import date
from pathlib import Path

import pytest

from aviastack.api.session import Api
from aviastack.endpoints import FLIGHTS, Plan
from aviastack.manifest import Manifest
from aviastack.pipeline.run import Pipeline
from aviastack.settings import Settings, settings_from
from aviastack.simulator import running_simulator
from aviastack.slices import Slice
from aviastack.staging.open_store import open_store
from aviastack.warehouse.loading import Loaded
from aviastack.warehouse.tables import target_columns
from tests.support.snowflake_emulator import SnowflakeEmulator

pytestmark = pytest.mark.emulators
NOTHING = Loaded(0, 0, 0)
OWN = {"_run_id", "_extracted_at", "_loaded_at"}  # of the run, not of the flight


def _settings(url: str, **places: str) -> Settings:
    return settings_from(base_url=url, access_key="0123456789abcdef" * 2, plan=Plan.ENTERPRISE, pace="off", **places)


def _differences(emulator: SnowflakeEmulator, file: Path, but: set[str]) -> tuple[int, int, int]:
    """Count the rows of Snowflake, and those that only one of both warehouses has."""
    columns = ", ".join(f'"{column.name}"' for column in target_columns(FLIGHTS) if column.name not in but)
    ours = f"SELECT {columns} FROM {os.environ['SNOWFLAKE_DATABASE']}.AVIATIONSTACK.FLIGHTS"
    theirs = f"SELECT {columns} FROM embedded.aviationstack.flights"
    emulator.ask(f"ATTACH '{file}' AS embedded (READ_ONLY)")
    try:
        counts = [
            emulator.ask(f"SELECT count(*) FROM ({sql})")[0][0]
            for sql in (ours, f"{ours} EXCEPT ALL {theirs}", f"{theirs} EXCEPT ALL {ours}")
        ]
    finally:
        emulator.ask("DETACH embedded")
    return counts[0], counts[1], counts[2]


def _pipeline(settings: Settings, api: Api | None = None) -> Pipeline:
    return Pipeline(settings, open_store(settings.staging), api)


async def _run(slice_: Slice, settings: Settings) -> tuple[Manifest, Loaded | None]:
    async with Api(settings) as api:
        outcome = await _pipeline(settings, api).run(slice_)
    return outcome.manifest, outcome.loaded


@pytest.mark.slow
async def test_a_recorded_day_is_the_same_cell_by_cell_and_stays_so(
    recorded: Path, emulator: SnowflakeEmulator, bucket_and_snowflake: dict[str, str], tmp_path: Path
) -> None:
    day = Slice.of("flights", {"flight_date": "2024-04-16", "airline_iata": "DL"})
    file = tmp_path / "embedded.duckdb"
    with running_simulator(plan=Plan.ENTERPRISE, recorded=recorded) as url:
        embedded = _settings(url, staging=str(tmp_path / "staging"), warehouse=f"duckdb:///{file}")
        production = _settings(url, **bucket_and_snowflake)
        assert (await _run(day, embedded))[1] == Loaded(7344, 0, 0)
        manifest, loaded = await _run(day, production)
        assert loaded == Loaded(7344, 0, 0)
        assert (await _run(day, production))[1] == NOTHING

    assert _pipeline(production).load(manifest) == Loaded(0, 0, 0, superseded=True)
    assert _differences(emulator, file, OWN) == (7344, 0, 0)


@pytest.mark.slow
async def test_a_simulated_day_of_20_000_flights_is_the_same_and_loads_at_once_change_nothing(
    emulator: SnowflakeEmulator, bucket_and_snowflake: dict[str, str], tmp_path: Path
) -> None:
    day = Slice.of("flights", {"flight_date": "2026-01-14"})
    file = tmp_path / "embedded.duckdb"
    with running_simulator(flights_per_day=20_000, today=date(2026, 11, 21)) as url:
        production = _settings(url, **bucket_and_snowflake)
        manifest, loaded = await _run(day, production)
    embedded = _settings(url, staging=bucket_and_snowflake["staging"], warehouse=f"duckdb:///{file}")

    assert loaded == Loaded(manifest.rows, 0, 0)
    assert _pipeline(embedded).load(manifest) == loaded
    again = await asyncio.gather(*(asyncio.to_thread(_pipeline(production).load, manifest) for _ in range(2)))
    assert again == [NOTHING, NOTHING]
    assert manifest.rows > 18_000
    assert _differences(emulator, file, {"_loaded_at"}) == (manifest.rows, 0, 0)
