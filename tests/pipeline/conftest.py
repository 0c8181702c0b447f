"""Runs staged from pages that a test writes: no server between the records and the pipeline."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from aviastack.manifest import Coverage, Manifest, new_run_id
from aviastack.page import Page, Pagination
from aviastack.pipeline.run import Pipeline
from aviastack.settings import settings_from
from aviastack.slices import Slice
from aviastack.staging.journal import Journal
from aviastack.staging.open_store import open_store
from tests.support.sample_records import flight

DAY = "2026-10-01"
NOW = datetime(2026, 10, 5, 12, tzinfo=UTC)
Staged = Callable[..., Manifest]


def flights(count: int, **changes: Any) -> list[dict[str, Any]]:
    """Flights of :data:`DAY` with different numbers; ``changes`` by dotted path, ``__`` for the dot."""
    dotted = {name.replace("__", "."): value for name, value in changes.items()}
    return [flight({"flight_date": DAY, "flight.number": str(100 + n), **dotted}) for n in range(count)]


@pytest.fixture
def pipeline(tmp_path: Path) -> Pipeline:
    """A pipeline over a folder and a DuckDB file, without a session."""
    settings = settings_from(
        access_key="k", staging=str(tmp_path / "staging"), warehouse=f"duckdb:///{tmp_path / 'w.duckdb'}"
    )
    return Pipeline(settings, open_store(settings.staging))


@pytest.fixture
def staged(pipeline: Pipeline) -> Staged:
    """Stage records as one page of a run that paging proved complete; begun ``hours`` after :data:`NOW`; the API's
    clock, by which its page is dated, is ``skew`` hours ahead."""

    def stage(
        records: Sequence[dict[str, Any]],
        query: dict[str, object],
        *,
        hours: float = 0,
        skew: float = 0,
        settled: bool = True,
    ) -> Manifest:
        slice_, at = Slice.of("flights", query), NOW + timedelta(hours=hours)
        run_id, count, dated = new_run_id(at), len(records), at + timedelta(hours=skew)
        pagination = Pagination(limit=1000, offset=0, count=count, total=count)
        body = json.dumps({"pagination": {"limit": 1000, "offset": 0, "count": count, "total": count}, "data": records})
        with Journal.begin(pipeline.store, slice_, run_id, at) as journal:
            journal.append(Page(0, 1000, body.encode(), pagination, dated))
            journal.seal(Coverage(True, "proven", settled, count, 1, 1, dated, count if settled else None))
        return pipeline.stage(slice_, run_id)

    return stage
