"""Pruning takes what has expired, and never what a resume or a replay still needs."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from aviastack.slices import Slice
from aviastack.staging import manifest_log
from aviastack.staging.journal import Journal
from aviastack.staging.open_store import open_store
from aviastack.staging.prune import expired, remove
from aviastack.staging.store import Store
from tests.staging.conftest import NOW, a_coverage, a_manifest, a_page, a_run

RETENTION = timedelta(days=90)


def ran(
    store: Store, slice_: Slice, run_id: str, *, days_ago: float, committed: bool = True, complete: bool = True
) -> None:
    """Leave what a run of so many days ago leaves in a folder."""
    before = set(store.list())
    with Journal.begin(store, slice_, run_id, NOW) as journal:
        journal.append(a_page(0))
        journal.seal(a_coverage())
    if committed:
        manifest_log.save(store, a_manifest(slice_, run_id, complete=complete))
    for path in set(store.list()) - before:
        age(store, path, days_ago)


def age(store: Store, path: str, days_ago: float) -> None:
    then = time.time() - timedelta(days=days_ago).total_seconds()
    os.utime(store.address(path), (then, then))


def goes(store: Store, **options: bool) -> dict[str, str]:
    return {one.path: one.why for one in expired(store, RETENTION, datetime.now(UTC), **options)}


def test_a_superseded_run_goes_with_its_manifest_when_it_is_old(folder: Store, slice_: Slice) -> None:
    old, new = a_run(0), a_run(1)
    ran(folder, slice_, old, days_ago=100)
    ran(folder, slice_, new, days_ago=99)
    where = f"flights/{slice_.name}"
    assert goes(folder) == {
        f"journal/{where}/{old}": "older than the retention",
        f"manifests/{where}/{old}.json": "older than the retention",
    }
    listed = expired(folder, RETENTION, datetime.now(UTC))
    assert sum(one.bytes for one in listed) > 0
    assert len(folder.list()) == 10, "a dry run removes nothing"
    remove(folder, listed)
    assert all(new in path for path in folder.list())
    assert len(folder.list()) == 5
    assert Journal.newest(folder, slice_).run_id == new


def test_nothing_goes_before_its_time(folder: Store, slice_: Slice) -> None:
    for hours in range(3):
        ran(folder, slice_, a_run(hours), days_ago=89)
    assert goes(folder) == {}


def test_the_last_complete_runs_journal_is_removed_only_on_request(folder: Store, slice_: Slice) -> None:
    whole, part = a_run(0), a_run(1)
    ran(folder, slice_, whole, days_ago=200)
    ran(folder, slice_, part, days_ago=199, complete=False)
    where = f"flights/{slice_.name}"
    assert goes(folder) == {f"journal/{where}/{part}": "older than the retention"}
    assert set(goes(folder, last_journals=True)) == {f"journal/{where}/{whole}", f"journal/{where}/{part}"}


def test_the_journal_that_a_replay_used_stays_with_the_replay(folder: Store, slice_: Slice) -> None:
    fetched, later = a_run(0), a_run(1)
    ran(folder, slice_, fetched, days_ago=200)
    ran(folder, slice_, later, days_ago=199, complete=False)
    replayed = a_manifest(slice_, a_run(2))
    manifest_log.save(folder, replace(replayed, journal=f"journal/flights/{slice_.name}/{fetched}"))
    assert f"journal/flights/{slice_.name}/{fetched}" not in goes(folder)


def test_an_unfinished_runs_journal_never_goes_until_a_newer_run_finished(folder: Store, slice_: Slice) -> None:
    stopped = a_run(0)
    ran(folder, slice_, stopped, days_ago=300, committed=False)
    assert goes(folder, last_journals=True) == {}
    ran(folder, slice_, a_run(1), days_ago=1)
    assert goes(folder) == {f"journal/flights/{slice_.name}/{stopped}": "never finished, and a newer run was"}


def test_pruning_stopped_at_any_file_leaves_nothing_that_looks_like_a_run_to_resume(
    tmp_path: Path, slice_: Slice
) -> None:
    for files in range(7):
        store = open_store(str(tmp_path / str(files)))
        ran(store, slice_, a_run(0), days_ago=100)
        ran(store, slice_, a_run(1), days_ago=99)
        order = [entry for one in expired(store, RETENTION, datetime.now(UTC)) for entry in one.files]
        for entry in order[:files]:
            store.remove(entry.path)
        assert Journal.unfinished(store, slice_) is None
        remove(store, expired(store, RETENTION, datetime.now(UTC)))
        assert not [path for path in store.list() if a_run(0)[:20] in path]


def test_partial_and_quarantined_objects_go_and_typed_rows_stay(folder: Store) -> None:
    name = "flights/date=2026-08-01/live.parquet"
    for path in (name, f"partial/{name}", f"quarantine/{name}"):
        folder.replace(path, b"PAR1")
        age(folder, path, 100)
    assert goes(folder) == {
        f"partial/{name}": "partial, older than the retention",
        f"quarantine/{name}": "quarantine, older than the retention",
    }


def test_what_a_crash_left_behind_goes_after_a_day(folder: Store) -> None:
    left = [".writing/run-rows-2026-11-20.parquet", "flights/date=2026-11-20/.0123456789abcdef.tmp"]
    for path in left:
        folder.replace(path, b"")
    assert goes(folder) == {}
    for path in left:
        age(folder, path, 1.1)
    assert goes(folder) == dict.fromkeys(left, "left behind by a crash")


def test_folders_that_were_emptied_go_a_day_later(folder: Store) -> None:
    folder.replace("partial/flights/date=2026-11-20/live.parquet", b"")
    folder.replace("flights/date=2026-11-20/live.parquet", b"")
    folder.remove("partial/flights/date=2026-11-20/live.parquet")
    remove(folder, [])
    emptied = Path(folder.address("partial/flights/date=2026-11-20"))
    assert emptied.is_dir()
    age(folder, "partial/flights/date=2026-11-20", 2)
    remove(folder, [])
    assert not emptied.exists()
    assert folder.list() == ["flights/date=2026-11-20/live.parquet"]


@pytest.mark.emulators
def test_a_bucket_is_pruned_like_a_folder(bucket: Store, slice_: Slice) -> None:
    for hours in (0, 1):
        with Journal.begin(bucket, slice_, a_run(hours), NOW) as journal:
            journal.append(a_page(0))
            journal.seal(a_coverage())
        manifest_log.save(bucket, a_manifest(slice_, a_run(hours)[:22] + journal.run_id[22:]))
    listed = expired(bucket, RETENTION, datetime.now(UTC) + timedelta(days=91))
    assert len(listed) == 2
    remove(bucket, listed)
    assert len({path.split("/")[3].removesuffix(".json") for path in bucket.list()}) == 1
