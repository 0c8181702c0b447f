"""A manifest commits a run once, and is found again."""

from __future__ import annotations

import os
from datetime import date, timedelta
from pathlib import Path

import msgspec
import pytest

from aviastack.errors import DamagedFile, StagingUnavailable
from aviastack.slices import Slice
from aviastack.staging import manifest_log
from aviastack.staging.store import Store
from tests.staging.conftest import NOW, a_manifest, a_run


def test_a_manifest_is_read_as_it_was_saved_by_path_or_by_address(store: Store, slice_: Slice, run_id: str) -> None:
    manifest = a_manifest(slice_, run_id)
    manifest_log.save(store, manifest)
    assert manifest.path == f"manifests/flights/{slice_.name}/{run_id}.json"
    assert manifest_log.read(store, manifest.path) == manifest
    assert manifest_log.read(store, store.address(manifest.path)) == manifest
    assert manifest_log.of_run(store, slice_, run_id) == manifest


def test_a_run_is_committed_once(store: Store, slice_: Slice, run_id: str) -> None:
    manifest = a_manifest(slice_, run_id)
    manifest_log.save(store, manifest)
    later = msgspec.structs.replace(manifest, finished_at=NOW + timedelta(seconds=1))
    assert manifest_log.save(store, later) == manifest, "the same result, by another process"
    with pytest.raises(StagingUnavailable, match="committed already"):
        manifest_log.save(store, a_manifest(slice_, run_id, complete=False))
    assert manifest_log.read(store, a_manifest(slice_, run_id).path).complete


def test_a_run_without_a_manifest_is_not_committed(store: Store, slice_: Slice, run_id: str) -> None:
    assert manifest_log.of_run(store, slice_, run_id) is None
    assert manifest_log.latest(store, slice_) is None


@pytest.mark.parametrize("text", [b"PAR1", b"", b"{}", b'{"run_id": 1}', b"\xff\xfe"])
def test_a_file_that_is_not_a_manifest_is_refused(folder: Store, text: bytes) -> None:
    folder.replace("manifests/flights/live/other.json", text)
    with pytest.raises(StagingUnavailable, match=r"other\.json cannot be read as a manifest") as caught:
        manifest_log.read(folder, "manifests/flights/live/other.json")
    assert "aviastack run" in caught.value.remedy


def test_a_manifest_that_is_not_there_is_reported(store: Store) -> None:
    with pytest.raises(StagingUnavailable, match=r"manifests/flights/live/gone\.json"):
        manifest_log.read(store, "manifests/flights/live/gone.json")


def test_the_latest_manifest_is_the_newest_run_or_the_newest_complete_one(folder: Store, slice_: Slice) -> None:
    whole, part = a_manifest(slice_, a_run(0)), a_manifest(slice_, a_run(1), complete=False)
    for manifest in (part, whole):
        manifest_log.save(folder, manifest)
    assert manifest_log.latest(folder, slice_) == part
    assert manifest_log.latest(folder, slice_, complete=True) == whole


def test_a_replay_is_as_new_as_the_run_whose_pages_it_staged(folder: Store, slice_: Slice) -> None:
    """A run that was stopped is resumed after a run begun before it was replayed."""
    first, stopped, replay = (a_manifest(slice_, a_run(number)) for number in range(3))
    journal = f"journal/flights/{slice_.name}"
    first, stopped, replay = (
        msgspec.structs.replace(manifest, journal=f"{journal}/{run_id}")
        for manifest, run_id in ((first, first.run_id), (stopped, stopped.run_id), (replay, first.run_id))
    )
    for manifest in (first, replay, stopped):
        manifest_log.save(folder, manifest)
    assert list(manifest_log.newest_first(folder, f"flights/{slice_.name}")) == [stopped, replay, first]
    assert manifest_log.latest(folder, slice_) == stopped


def test_every_manifest_is_found_by_endpoint_and_by_the_dates_of_the_slices(store: Store) -> None:
    days = ("2026-11-18", "2026-11-19", "2026-11-20")
    saved = {day: a_manifest(Slice.of("flights", {"flight_date": day}), a_run()) for day in days}
    saved["live"] = a_manifest(Slice.of("flights"), a_run(days=-3))
    saved["airlines"] = a_manifest(Slice.of("airlines"), a_run())
    for manifest in saved.values():
        manifest_log.save(store, manifest)

    def found(*args: str, **bounds: date) -> set[str]:
        return {name for name, one in saved.items() if one in list(manifest_log.every(store, *args, **bounds))}

    assert found() == set(saved)
    assert found("flights") == {*days, "live"}
    assert found("flights", since=date(2026, 11, 19)) == {"2026-11-19", "2026-11-20", "live"}
    assert found("flights", until=date(2026, 11, 18)) == {"2026-11-18"}
    assert found(since=date(2026, 11, 22)) == {"airlines"}, "without a date it is the day of the run that counts"
    assert found("taxes") == set()


def test_many_manifests_are_read_in_few_steps(folder: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manifest_log, "AT_ONCE", 4)
    slice_ = Slice.of("flights")
    runs = sorted(a_run(hours) for hours in range(10))
    for run_id in runs:
        manifest_log.save(folder, a_manifest(slice_, run_id))
    assert [manifest.run_id for manifest in manifest_log.every(folder)] == runs


def test_files_that_are_not_manifests_are_skipped_with_a_warning(
    folder: Store, slice_: Slice, caplog: pytest.LogCaptureFixture
) -> None:
    good = a_manifest(slice_, a_run(0))
    manifest_log.save(folder, good)
    place = f"manifests/flights/{slice_.name}"
    other_version = good.to_json().replace(b'"version": 1', b'"version": 2')
    bad = {a_run(1): b"\xff\xfe", a_run(2): other_version, a_run(3): good.to_json().replace(b"settled", b"changed")}
    for run_id, text in bad.items():
        folder.replace(f"{place}/{run_id}.json", text)
    folder.replace(f"{place}/notes.txt", b"mine")
    (Path(folder.address(place)) / os.fsdecode(b"\xff\xfe.json")).write_bytes(b"{}")
    assert manifest_log.latest(folder, slice_) == good
    assert list(manifest_log.every(folder)) == [good]
    assert "it has version 2, and this aviastack reads version 1" in caplog.text
    assert "its checksum does not match" in caplog.text
    assert "notes.txt' is not a manifest" in caplog.text
    with pytest.raises(DamagedFile, match="version 2"):
        manifest_log.read(folder, f"{place}/{[*bad][1]}.json")
