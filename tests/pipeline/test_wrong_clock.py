"""A slice that an API with a wrong clock once dated into the future recovers by an ordinary run."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from aviastack.manifest import Manifest
from aviastack.pipeline.resume import Reuse, is_final, on_record
from aviastack.pipeline.run import Pipeline
from aviastack.slices import Slice
from tests.pipeline.conftest import DAY, NOW, Staged, flights

QUERY: dict[str, object] = {"flight_date": DAY}
SLICE = Slice.of("flights", QUERY)
WRONG = 24 * 365 * 50.0  # hours: an API whose clock is fifty years ahead


@pytest.fixture
def frozen(pipeline: Pipeline, staged: Staged) -> Manifest:
    manifest = staged(flights(30, flight_status="active"), QUERY, skew=WRONG)
    assert pipeline.load(manifest).inserted == 30
    return manifest


def test_a_run_replaces_and_removes_what_was_dated_into_the_future(
    pipeline: Pipeline, staged: Staged, frozen: Manifest
) -> None:
    since = (datetime.now(UTC) - NOW) / timedelta(hours=1)  # an ordinary run, made after the load above
    now = staged(flights(20, flight_status="landed"), QUERY, hours=since)
    assert now.as_of < frozen.as_of
    loaded = pipeline.load(now)
    assert (loaded.inserted, loaded.updated, loaded.removed) == (0, 20, 10)


def test_a_run_dated_into_the_future_is_neither_final_nor_young(pipeline: Pipeline, frozen: Manifest) -> None:
    assert frozen.as_of - NOW > timedelta(days=365)
    assert not is_final(SLICE, frozen)
    assert on_record(pipeline.store, SLICE, Reuse(timedelta(days=1), final=True)) is None
