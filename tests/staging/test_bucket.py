"""What a bucket adds to the promises of a store, through the real gcsfs: faults, refusals, credentials, memory."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from aviastack.errors import BadRequest, StagingUnavailable
from aviastack.staging import bucket as buckets
from aviastack.staging import google
from aviastack.staging.bucket import BLOCK
from aviastack.staging.open_store import open_store
from aviastack.staging.store import Hold, Store
from tests.support.gcs_emulator import Asked, Fault, GcsEmulator, once

pytestmark = pytest.mark.emulators
ROOT = Path(__file__).parents[2]
LARGE = os.urandom(BLOCK * 3 + 300_001)


@pytest.fixture
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let gcsfs try again at once: it pauses for a power of two of seconds and a random part."""
    monkeypatch.setattr("gcsfs.retry.random", SimpleNamespace(random=lambda: -100.0))


def write(store: Store, path: str, data: bytes) -> None:
    with store.writer(path) as sink:
        for start in range(0, len(data), 1_000_000):
            sink.write(data[start : start + 1_000_000])


@pytest.mark.parametrize("size", [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK, len(LARGE)])
def test_a_streamed_object_is_whole_at_every_size_around_the_parts(bucket: Store, size: int) -> None:
    write(bucket, "flights/a.parquet", LARGE[:size])
    assert bucket.read("flights/a.parquet") == LARGE[:size]


def test_a_bucket_without_a_prefix_is_a_root_too(gcs: GcsEmulator) -> None:
    store = open_store("gs://lake/")
    store.create("manifests/run.json", b"{}")
    assert store.list() == ["manifests/run.json"]
    assert store.address("manifests/run.json") == "gs://lake/manifests/run.json"


def test_objects_say_what_they_hold(gcs: GcsEmulator, bucket: Store) -> None:
    write(bucket, "flights/a.parquet", b"PAR1")
    bucket.create("manifests/run.json", b"{}")
    bucket.create("journal/000000.pages", b"AVJ1")
    kinds = {name: gcs.about("lake", f"staging/{name}")["contentType"] for name in bucket.list()}
    assert kinds == {
        "flights/a.parquet": "application/vnd.apache.parquet",
        "manifests/run.json": "application/json",
        "journal/000000.pages": "application/octet-stream",
    }


def test_an_exception_while_streaming_cancels_the_upload(gcs: GcsEmulator, bucket: Store) -> None:
    with pytest.raises(KeyError), bucket.writer("flights/a.parquet") as sink:  # noqa: PT012 - it comes after a write
        sink.write(LARGE)
        raise KeyError
    assert gcs.objects("lake") == {}
    assert gcs.storage.resumable == {}
    assert gcs.requests[-1].method == "DELETE"


def test_a_writer_that_is_forgotten_leaves_no_object(gcs: GcsEmulator, bucket: Store) -> None:
    writer = bucket.writer("flights/a.parquet")
    writer.__enter__().write(LARGE)
    del writer
    assert gcs.objects("lake") == {}


@pytest.mark.parametrize("fault", [Fault(503), Fault(429), Fault(reset=True), Fault(lost_answer=True)], ids=str)
@pytest.mark.parametrize("part", [0, BLOCK, 2 * BLOCK])
def test_a_fault_in_the_middle_of_an_upload_is_retried_and_reported(
    gcs: GcsEmulator, bucket: Store, no_pauses: None, caplog: pytest.LogCaptureFixture, fault: Fault, part: int
) -> None:
    gcs.faults = once(fault, lambda asked: asked.chunk_from is not None and asked.chunk_from >= part)
    write(bucket, "flights/a.parquet", LARGE)
    assert bucket.read("flights/a.parquet") == LARGE
    assert "tried 6 times at most" in caplog.text
    assert "upload_id" not in caplog.text


@pytest.mark.parametrize("part", [0, BLOCK, 2 * BLOCK])
def test_an_upload_goes_on_from_where_google_says_it_is(gcs: GcsEmulator, bucket: Store, part: int) -> None:
    gcs.faults = once(Fault(keeps=1 << 18), lambda asked: asked.chunk_from is not None and asked.chunk_from >= part)
    write(bucket, "flights/a.parquet", LARGE)
    assert bucket.read("flights/a.parquet") == LARGE


@pytest.mark.parametrize("fault", [Fault(503), Fault(reset=True), Fault(lost_answer=True)], ids=str)
def test_a_manifest_is_created_once_also_where_the_first_answer_is_lost(
    gcs: GcsEmulator, bucket: Store, no_pauses: None, fault: Fault
) -> None:
    gcs.faults = once(fault, lambda asked: asked.uploads)
    bucket.create("manifests/run.json", b"{}")
    assert sum(asked.uploads for asked in gcs.requests) == 2
    with pytest.raises(FileExistsError):
        bucket.create("manifests/run.json", b"{}")


REFUSALS: list[tuple[Fault, str, str]] = [
    (Fault(401, "Request had invalid authentication credentials"), "missing, wrong or expired", "gcloud auth"),
    (Fault(403, "no storage.objects.create access"), "403: no storage.objects.create", "roles/storage.objectUser"),
    (Fault(400, "a bad request"), "refuses the request", "AVIASTACK_STAGING"),
]


@pytest.mark.parametrize(("fault", "cause", "remedy"), REFUSALS, ids=lambda value: str(value)[:12])
@pytest.mark.parametrize(
    "do",
    [
        lambda store: store.create("manifests/run.json", b"{}"),
        lambda store: store.replace("a", b""),
        lambda store: write(store, "flights/a.parquet", LARGE),
        lambda store: store.read("a"),
        lambda store: store.list("manifests"),
        lambda store: store.exists("a"),
        lambda store: store.hold("run/owner"),
    ],
    ids=["create", "replace", "writer", "read", "list", "exists", "hold"],
)
def test_a_refusal_is_reported_at_once_with_file_cause_and_remedy(
    gcs: GcsEmulator, bucket: Store, fault: Fault, cause: str, remedy: str, do: Callable[[Store], object]
) -> None:
    gcs.faults = lambda _: fault
    with pytest.raises(StagingUnavailable, match=cause) as caught:
        do(bucket)
    assert "gs://lake/staging" in caught.value.message
    assert remedy in caught.value.remedy
    assert len(gcs.requests) <= 4


def test_a_missing_bucket_is_reported(gcs: GcsEmulator) -> None:
    store = open_store("gs://nowhere/staging")
    for do in (lambda: store.create("run.json", b"{}"), store.list, lambda: write(store, "a", LARGE)):
        with pytest.raises(StagingUnavailable, match=r"gs://nowhere/staging.* no such bucket"):
            do()


def test_an_address_without_a_bucket_is_refused() -> None:
    with pytest.raises(BadRequest, match="has no bucket name"):
        open_store("gs://")


def test_a_lasting_503_ends_after_the_stated_tries(gcs: GcsEmulator, bucket: Store, no_pauses: None) -> None:
    gcs.faults = lambda _: Fault(503)
    with pytest.raises(StagingUnavailable, match="at each of 6 attempts"):
        bucket.create("manifests/run.json", b"{}")
    assert len(gcs.requests) == 6


def test_bytes_damaged_on_the_way_are_noticed_and_no_damaged_object_stays(gcs: GcsEmulator, bucket: Store) -> None:
    gcs.faults = lambda asked: Fault(damage=True) if asked.size > 1_000 else None
    for do in (
        lambda: bucket.create("manifests/run.json", b"{}" * 1_000),
        lambda: write(bucket, "flights/a.parquet", LARGE),
        lambda: write(bucket, "flights/b.parquet", LARGE[: 2 * BLOCK]),
    ):
        with pytest.raises(StagingUnavailable, match="differ from those sent"):
            do()
    assert gcs.objects("lake") == {}


def test_a_listing_of_many_objects_has_them_all(gcs: GcsEmulator, bucket: Store) -> None:
    bucket.replace("journal/a", b"")
    about = gcs.about("lake", "staging/journal/a")
    for number in range(2_345):
        name = f"staging/journal/{number:05d}"
        gcs.storage.create_file("lake", name, b"", {**about, "name": name})
    assert len(bucket.list("journal")) == 2_346


def later(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """Let Google's clock be that much ahead of what it was."""
    monkeypatch.setattr(buckets, "google_now", lambda: google.google_now() + timedelta(seconds=seconds))


def test_a_heart_that_no_longer_beats_frees_the_name(
    gcs: GcsEmulator, bucket: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(buckets, "BEAT", 0.01)
    silent = bucket.hold("run/owner")
    assert silent is not None
    begun = gcs.about("lake", "staging/run/owner")["updated"]
    while gcs.about("lake", "staging/run/owner")["updated"] == begun:  # until the heart has beaten
        time.sleep(0.01)
    gcs.faults = lambda asked: Fault(403) if asked.method == "PATCH" else None
    later(monkeypatch, buckets.DEAD + 5)
    assert not bucket.is_held("run/owner")
    heir = bucket.hold("run/owner")
    assert heir is not None
    gcs.faults = None
    silent.release()
    later(monkeypatch, 0)
    assert bucket.is_held("run/owner"), "the name is the heir's, and only the heir frees it"
    heir.release()
    assert not bucket.is_held("run/owner")


@pytest.mark.parametrize("left_by_the_dead", [False, True])
def test_of_two_processes_that_take_a_name_at_once_one_gets_it(
    gcs: GcsEmulator, bucket: Store, monkeypatch: pytest.MonkeyPatch, left_by_the_dead: bool
) -> None:
    dead = bucket.hold("run/owner") if left_by_the_dead else None
    later(monkeypatch, 0 if dead is None else buckets.DEAD + 5)
    others: list[Hold | None] = []

    def takes_it_first(asked: Asked) -> None:
        if not others and asked.method == ("DELETE" if left_by_the_dead else "POST"):
            others.append(None)
            others[0] = bucket.hold("run/owner")

    gcs.faults = takes_it_first
    assert bucket.hold("run/owner") is None
    assert others[0] is not None
    others[0].release()


def run_python(code: str) -> str:
    """Run a program that must not say a word of an error, nor of a session or a socket that it left open."""
    quiet = ["-W", "always::ResourceWarning", "-W", "ignore:Sending a large body", "-W", "ignore::DeprecationWarning"]
    done = subprocess.run(
        [sys.executable, *quiet, "-c", code],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert done.stderr == ""
    return done.stdout


WRITES_60_MB = """
import os, resource, sys
from aviastack.staging.open_store import open_store
from aviastack.staging.store import Store

store, part = open_store("gs://lake/staging"), os.urandom(1_000_000)
store.replace("warm", b"")
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
with store.writer("flights/a.parquet") as sink:
    for _ in range(60):
        sink.write(part)
if os.fork() == 0:
    open_store("gs://lake/staging").create("child", b"")
    sys.exit()
os.wait()
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_a_process_writes_much_in_little_memory_and_a_forked_child_writes_too_and_both_hang_up_at_their_end(
    gcs: GcsEmulator, bucket: Store
) -> None:
    kilobytes = int(run_python(WRITES_60_MB))
    assert bucket.size("flights/a.parquet") == 60_000_000
    assert bucket.exists("child")
    assert kilobytes < 64 * 1024


def test_gcsfs_is_imported_for_a_bucket_alone() -> None:
    loaded = run_python(
        "import sys; from aviastack.staging import journal, parquet, prune;"
        "from aviastack.staging.open_store import open_store;"
        "open_store('folder'); print([name for name in ('gcsfs', 'google.auth', 'aiohttp') if name in sys.modules])"
    )
    assert loaded.strip() == "[]"


@pytest.mark.parametrize("minutes", [-2, 2])
def test_a_live_owner_is_not_dead_to_a_worker_whose_clock_is_off(
    bucket: Store, monkeypatch: pytest.MonkeyPatch, minutes: int
) -> None:
    held = bucket.hold("run/owner")
    assert held is not None
    monkeypatch.setattr(google, "_our_now", lambda: datetime.now(UTC) + timedelta(minutes=minutes))
    assert bucket.is_held("run/owner")
    assert abs(google.google_now() - datetime.now(UTC)) < timedelta(seconds=30)
    held.release()
