"""What a folder adds to the promises of a store: crashes, full disks, locks of the kernel."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from aviastack.errors import StagingUnavailable
from aviastack.slices import Slice
from aviastack.staging.journal import Journal
from aviastack.staging.open_store import open_store
from aviastack.staging.store import Store
from tests.staging.conftest import NOW, a_coverage, a_page


@pytest.fixture
def full_disk(tmp_path: Path) -> Iterator[Store]:
    """A file system of one megabyte."""
    mounted = tmp_path / "small"
    mounted.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "none", mounted]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("mounting a small file system needs the right to mount")
    yield open_store(str(mounted / "staging"))
    subprocess.run(["umount", mounted], check=True)


@pytest.fixture
def short_files(folder: Store) -> Iterator[Store]:
    """A process that may not write files of more than a megabyte."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, hard))
    yield folder
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("disk", ["full_disk", "short_files"])
def test_a_disk_that_is_full_is_reported_with_its_remedy_and_keeps_what_was_there(
    request: pytest.FixtureRequest, disk: str
) -> None:
    store: Store = request.getfixturevalue(disk)
    store.replace("flights/a", b"former")
    with pytest.raises(StagingUnavailable, match=r"Cannot write .*flights/a: (No space left|File too large)") as caught:
        store.replace("flights/a", b"x" * (2 << 20))
    assert "AVIASTACK_STAGING" in caught.value.remedy
    with pytest.raises(StagingUnavailable):
        store.create("flights/b", b"x" * (2 << 20))
    assert [entry.path for entry in store.entries(hidden=True)] == ["flights/a"]
    assert store.read("flights/a") == b"former"


@pytest.mark.parametrize("disk", ["full_disk", "short_files"])
def test_a_journal_on_a_full_disk_keeps_the_pages_before_and_takes_none_after(
    request: pytest.FixtureRequest, disk: str, slice_: Slice, run_id: str
) -> None:
    store: Store = request.getfixturevalue(disk)
    incompressible = a_page(1, body=os.urandom(2 << 20))
    with Journal.begin(store, slice_, run_id, NOW) as journal:
        journal.append(a_page(0))
        for page in (incompressible, a_page(2)):
            with pytest.raises(StagingUnavailable, match=r"Cannot write .*\.pages"):
                journal.append(page)
    assert [page.number for page in Journal.read(store, slice_, run_id).pages()] == [0]


@pytest.mark.parametrize("path", ["run.json", "manifests/run.json"])
def test_a_file_in_the_place_of_the_folder_is_reported(tmp_path: Path, path: str) -> None:
    (tmp_path / "staging").write_text("not a folder")
    with pytest.raises(StagingUnavailable, match=r"(?i)not a directory|a file in the place of a folder") as caught:
        open_store(str(tmp_path / "staging")).create(path, b"{}")
    assert "point AVIASTACK_STAGING at a folder" in caught.value.remedy


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_missing_rights_are_reported(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(StagingUnavailable, match="Permission denied") as caught:
        open_store(str(tmp_path / "staging")).create("manifests/run.json", b"{}")
    assert "right" in caught.value.remedy


def test_a_folder_that_cannot_be_listed_is_reported_and_not_taken_for_an_empty_one(
    folder: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    folder.replace("manifests/flights/live/run.json", b"{}")
    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(StagingUnavailable, match=r"Cannot list .*manifests: Permission denied"):
        folder.list("manifests")


def test_a_file_system_without_hard_links_is_reported(folder: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    with pytest.raises(StagingUnavailable, match="Operation not permitted") as caught:
        folder.create("manifests/run.json", b"{}")
    assert "hard-link" in caught.value.remedy
    assert folder.entries(hidden=True) == []


def test_a_slice_name_too_long_for_a_file_is_reported(folder: Store) -> None:
    with pytest.raises(StagingUnavailable, match="File name too long") as caught:
        folder.create(f"manifests/{'x' * 300}.json", b"{}")
    assert "shorter filter" in caught.value.remedy


KILLED = """
import sys, time
from pathlib import Path
from aviastack.slices import Slice
from aviastack.staging.journal import Journal
from aviastack.staging.open_store import open_store
from aviastack.staging.store import Store
from tests.staging.conftest import NOW, a_coverage, a_page

store, number = open_store(sys.argv[1]), 0
journal = Journal.begin(store, Slice.parse("flights", sys.argv[2]), sys.argv[3], NOW)
with store.writer("flights/half") as sink:
    sink.write(b"half a file")
    while True:
        journal.append(a_page(number, body=b"%d" % number * 20_000))
        sys.stdout.write(f"{number}\\n")
        sys.stdout.flush()
        number += 1
"""


def killed_while_appending(store: Store, slice_: Slice, run_id: str, *, after: int) -> int:
    """Let a process append pages until it is killed, and return how many it knew to be in the journal."""
    child = subprocess.Popen(
        [sys.executable, "-c", KILLED, store.address(""), slice_.name, run_id],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert child.stdout is not None
    for line in child.stdout:
        if int(line) >= after:
            break
    child.send_signal(signal.SIGKILL)
    rest = child.stdout.read().split()
    child.stdout.close()
    child.wait()
    return max([after, *map(int, rest)]) + 1


def test_a_kill_takes_no_page_that_was_appended_and_shows_no_half_file_and_the_next_run_goes_on(
    folder: Store, slice_: Slice, run_id: str
) -> None:
    known = killed_while_appending(folder, slice_, run_id, after=60)
    assert folder.list("flights") == []
    assert Journal.unfinished(folder, slice_) == run_id
    with Journal.resume(folder, slice_, run_id) as journal:
        have = list(journal.pages())
        assert len(have) >= known
        assert [page.body for page in have] == [b"%d" % number * 20_000 for number in range(len(have))]
        assert journal.inherited
        journal.append(a_page(len(have)))
        journal.seal(a_coverage())
        assert len(list(journal.pages())) == len(have) + 1


def test_another_process_cannot_take_a_run_that_is_being_extracted(folder: Store, slice_: Slice, run_id: str) -> None:
    with Journal.begin(folder, slice_, run_id, NOW):
        code = (
            "import sys; from aviastack.slices import Slice; from aviastack.staging.journal import Journal;"
            "from aviastack.staging.open_store import open_store; store = open_store(sys.argv[1]);"
            "slice_ = Slice.parse('flights', sys.argv[2]); print(Journal.unfinished(store, slice_));"
            "Journal.resume(store, slice_, sys.argv[3])"
        )
        done = subprocess.run(
            [sys.executable, "-c", code, folder.address(""), slice_.name, run_id],
            check=False,
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        )
    assert done.stdout.strip() == "None"
    assert "Another process writes to the journal" in done.stderr


def test_others_can_read_nothing_that_is_staged(tmp_path: Path, slice_: Slice, run_id: str) -> None:
    former = os.umask(0)
    try:
        store = open_store(str(tmp_path / "data" / "staging"))
        with Journal.begin(store, slice_, run_id, NOW) as journal:
            journal.append(a_page(0))
            journal.seal(a_coverage())
        with store.writer("flights/date=2026-11-20/a.parquet") as sink:
            sink.write(b"PAR1")
    finally:
        os.umask(former)
    made = [tmp_path / "data", *(tmp_path / "data").rglob("*")]
    assert len(made) > 10
    modes = {path: path.stat().st_mode & 0o777 for path in made}
    assert {mode for path, mode in modes.items() if path.is_dir()} == {0o770}
    assert {mode for path, mode in modes.items() if path.is_file()} == {0o660}
