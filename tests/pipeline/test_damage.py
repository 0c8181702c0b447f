"""Files damaged on disk: what is lost is fetched or staged again, and nothing wrong is loaded."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from aviastack.errors import DamagedFile, StagingUnavailable
from aviastack.pipeline.backfill import ends_all
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


def zero_50_bytes(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[100:150] = bytes(50)
    path.write_bytes(data)


@pytest.mark.parametrize("harm", [zero_50_bytes, Path.unlink], ids=["damaged", "gone"])
def test_parquet_that_awaits_its_load_is_staged_again_without_a_call(
    simulated, cli, harm: Callable[[Path], object]
) -> None:
    first = (date.fromisoformat(SETTLED) - timedelta(days=2)).isoformat()
    with simulated(flights_per_day=2_000) as api:
        for day in (first, SETTLED):
            assert cli("extract", "flights", "--date", day).code == 0
        for path in Path("data/staging/flights").rglob("*.parquet"):
            harm(path)
        asked = api.asked()
        answer = cli("backfill", "flights", "--from", first, "--to", SETTLED, "--json")
        assert answer.code == 0, answer.err
        assert api.asked() - asked == answer.object["calls"]
    by_day = {entry["slice"]: entry for entry in answer.object["slices"]}
    assert (by_day[first]["calls"], by_day[SETTLED]["calls"]) == (0, 0)
    assert by_day[first]["inserted"] == by_day[first]["rows"] > 0
    assert "The run is staged again from its journal." in " ".join(answer.err.split())


@pytest.mark.parametrize(
    "words", [("run", "flights", "--date", SETTLED), ("backfill", "flights", "--from", SETTLED, "--to", SETTLED)]
)
def test_a_slice_without_journal_and_parquet_is_fetched_again(simulated, cli, words: tuple[str, ...]) -> None:
    with simulated(flights_per_day=2_000):
        assert cli("extract", "flights", "--date", SETTLED).code == 0
        shutil.rmtree("data/staging/flights")
        shutil.rmtree("data/staging/journal")
        answer = cli(*words, "--json")
    assert answer.code == 0, answer.err
    assert answer.slice["calls"] > 0
    assert answer.slice["inserted"] == answer.slice["rows"]


def test_parquet_that_was_changed_after_staging_is_not_loaded(pipeline: Pipeline, staged: Staged) -> None:
    manifest = staged(flights(50), QUERY)
    path = Path(pipeline.store.address(manifest.staged[0].path))
    good = path.read_bytes()
    path.write_bytes(good[:1_000] + bytes(50) + good[1_050:])
    with pytest.raises(DamagedFile, match=r"its sha256 is .* Nothing was loaded"):
        pipeline.load(manifest)
    for damaged in (b"not Parquet", good.replace(b"departure_airport", b"departure_airpor\xee")):
        path.write_bytes(damaged)
        with pytest.raises(DamagedFile, match="was changed after run"):
            pipeline.load(manifest)
    again = pipeline.replay(Slice.of("flights", QUERY))
    assert pipeline.load(again).inserted == 50


def test_a_file_that_a_newer_run_replaced_is_superseded_and_not_damaged(pipeline: Pipeline, staged: Staged) -> None:
    first, second = staged(flights(50), QUERY), staged(flights(50), QUERY, hours=1)
    assert first.staged[0].path == second.staged[0].path
    assert pipeline.load(first).superseded
    assert pipeline.load(second).inserted == 50


def change_a_digit(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"5", b"4", 1))


@pytest.mark.parametrize("damage", [Path.unlink, change_a_digit])
def test_a_file_of_a_run_without_an_undamaged_manifest_is_staged_again(
    pipeline: Pipeline, staged: Staged, damage: Callable[[Path], object]
) -> None:
    """A kill came between the object and its manifest, or a bit of the manifest was lost later."""
    manifest = staged(flights(50), QUERY)
    uncounted = pipeline.replay(Slice.of("flights", QUERY))
    damage(Path(pipeline.store.address(uncounted.path)))
    with pytest.raises(DamagedFile, match="Nothing was loaded"):
        pipeline.load(manifest)
    assert pipeline.load(pipeline.replay(Slice.of("flights", QUERY))).inserted == 50


def test_a_file_that_names_no_run_of_ours_is_damaged(pipeline: Pipeline, staged: Staged) -> None:
    manifest = staged(flights(50), QUERY)
    path = pipeline.store.address(manifest.staged[0].path)
    theirs = {
        b"aviastack.run_id": f"../{manifest.slice}/{manifest.run_id}".encode()
    }  # leads to a manifest all the same
    pq.write_table(pq.read_table(path).replace_schema_metadata(theirs), path)
    with pytest.raises(DamagedFile, match="Nothing was loaded"):
        pipeline.load(manifest)


def test_damage_ends_its_own_slice_and_a_staging_that_is_unavailable_ends_a_backfill() -> None:
    assert not ends_all(DamagedFile("One file."))
    assert ends_all(StagingUnavailable("All files."))
