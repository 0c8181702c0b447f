"""Files damaged on disk: what is lost is fetched or staged again, and nothing wrong is loaded."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from aviastack.errors import DamagedFile
from aviastack.pipeline.run import Pipeline
from aviastack.slices import Slice
from tests.pipeline.conftest import DAY, Staged, flights

SETTLED = (datetime.now(UTC).date() - timedelta(days=4)).isoformat()
QUERY: dict[str, object] = {"flight_date": DAY}


def test_a_damaged_journal_costs_only_the_pages_that_it_lost(simulated, cli) -> None:
    with simulated(flights_per_day=9_500) as api:
        extracted = cli("extract", "flights", "--date", SETTLED, "--json")
        asked = api.asked()
        shutil.rmtree("data/staging/manifests")
        [segment] = Path("data/staging/journal").rglob("*.pages")
        segment.write_bytes(segment.read_bytes()[:-100])
        answer = cli("run", "flights", "--date", SETTLED, "--json")
        assert answer.code == 0, answer.err
        assert api.asked() == asked + 1
    assert answer.slice["complete"]
    assert answer.slice["rows"] == extracted.slice["rows"]


def test_a_damaged_slice_does_not_end_a_backfill(simulated, cli) -> None:
    first = (datetime.now(UTC).date() - timedelta(days=6)).isoformat()
    words = ("backfill", "flights", "--from", first, "--to", SETTLED, "--json")
    with simulated(flights_per_day=2_000):
        for day in (first, SETTLED):
            assert cli("extract", "flights", "--date", day).code == 0
        for path in Path("data/staging/flights").rglob("*.parquet"):
            data = bytearray(path.read_bytes())
            data[100:150] = bytes(50)
            path.write_bytes(data)
        answer = cli(*words)
    assert answer.code == 6
    errors = [entry["error"] and entry["error"]["type"] for entry in answer.object["slices"]]
    assert errors == ["DamagedFile", None, "DamagedFile"]


def test_parquet_that_was_changed_after_staging_is_not_loaded(pipeline: Pipeline, staged: Staged) -> None:
    manifest = staged(flights(50), QUERY)
    path = Path(pipeline.store.address(manifest.staged[0].path))
    good = path.read_bytes()
    path.write_bytes(good[:1_000] + bytes(50) + good[1_050:])
    with pytest.raises(DamagedFile, match=r"its sha256 is .* Nothing was loaded"):
        pipeline.load(manifest)
    path.write_bytes(b"not Parquet")
    with pytest.raises(DamagedFile, match="was changed after run"):
        pipeline.load(manifest)
    again = pipeline.replay(Slice.of("flights", QUERY))
    assert pipeline.load(again).inserted == 50


def test_a_file_that_a_newer_run_replaced_is_superseded_and_not_damaged(pipeline: Pipeline, staged: Staged) -> None:
    first, second = staged(flights(50), QUERY), staged(flights(50), QUERY, hours=1)
    assert first.staged[0].path == second.staged[0].path
    assert pipeline.load(first).superseded
    assert pipeline.load(second).inserted == 50
