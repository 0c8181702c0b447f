"""From a simulated API over a real bucket into a real Snowflake, its marts and the report."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from aviastack.api.session import Api
from aviastack.endpoints import FLIGHTS, Plan
from aviastack.marts.build import build_marts
from aviastack.marts.summary import marts_are_stale
from aviastack.pipeline.backfill import run_all, slices_between
from aviastack.pipeline.outcome import Outcome
from aviastack.pipeline.run import Pipeline
from aviastack.report import write_report
from aviastack.settings import Settings, settings_from
from aviastack.simulator import running_simulator
from aviastack.staging.store import Store
from aviastack.warehouse.loading import Loaded
from aviastack.warehouse.snowflake_grants import missing_grants

pytestmark = pytest.mark.live
DAYS = [date(2026, 1, 14) + timedelta(days=days) for days in range(2)]


async def _backfilled(settings: Settings, root: Store) -> list[Outcome]:
    async with Api(settings) as api:
        results = await run_all(Pipeline(settings, root, api), slices_between(FLIGHTS, DAYS, {}), again=False)
    return [result for result in results if isinstance(result, Outcome)]


async def test_days_are_loaded_once_and_become_marts_and_a_page(
    parameters: dict[str, Any], stage: str, root: Store, tmp_path: Path
) -> None:
    with running_simulator(flights_per_day=200, today=date(2026, 11, 21)) as url:
        own = {"base_url": url, "access_key": "k" * 32, "plan": Plan.ENTERPRISE, "pace": "off", "state": tmp_path}
        settings = settings_from(**own, warehouse="snowflake://", stage=stage).with_snowflake(parameters)
        first = await _backfilled(settings, root)
        again = await _backfilled(settings, root)

    assert [result.loaded for result in first] == [Loaded(result.manifest.rows, 0, 0) for result in first]
    assert [result.loaded for result in again] == [Loaded(0, 0, 0)] * 2
    assert sum(result.calls for result in again) == 0
    if parameters.get("host") == "127.0.0.1":
        pytest.skip("loaded; the emulator takes minutes for dbt's seeds, and tests/dbt builds there")
    build_marts(settings)
    assert missing_grants(settings) == []
    assert not marts_are_stale(settings)
    assert write_report(settings, DAYS[0], DAYS[-1], tmp_path / "report.html").stat().st_size > 0
