"""A replay repairs times that older zone data got wrong, without a call."""

from __future__ import annotations

from datetime import timedelta

import pytest

from aviastack.manifest import Manifest
from aviastack.pipeline.run import Pipeline
from aviastack.pipeline.stage import staged_rows
from aviastack.records import airport_zones
from aviastack.slices import Slice
from tests.pipeline.conftest import DAY, Staged, flights


def test_a_replay_repairs_utc(pipeline: Pipeline, staged: Staged, monkeypatch: pytest.MonkeyPatch) -> None:
    sakhalin = flights(1, departure__iata="UUS", departure__icao="UHSS", departure__timezone=None)
    with monkeypatch.context() as before_the_correction:
        before_the_correction.setattr(airport_zones, "corrections", lambda: ({}, {}))
        airport_zones.sources_of.cache_clear()
        old = staged(sakhalin, {"flight_date": DAY})
    airport_zones.sources_of.cache_clear()

    def departure(manifest: Manifest) -> object:
        [table] = staged_rows(pipeline.store, manifest)
        return table["departure_scheduled_utc"].to_pylist()[0]

    wrong = departure(old)
    pipeline.load(old)
    new = pipeline.replay(Slice.of("flights", {"flight_date": DAY}))
    assert departure(new) == wrong - timedelta(hours=1)  # UTC+11, not UTC+10
    assert pipeline.load(new).updated == 1
