"""What every store promises, on a folder and on a bucket alike."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from aviastack.errors import BadRequest, StagingUnavailable
from aviastack.staging.open_store import open_store
from aviastack.staging.store import Store

ODD_NAME = "flights/date=2026-11-20/2026-11-20.airline_name=Caf%C3%A9%20%2F%2E%5B1%5D.parquet"


def test_a_file_is_read_as_it_was_written(store: Store) -> None:
    store.replace("manifests/one.json", b"{}")
    assert store.read("manifests/one.json") == b"{}"
    assert store.size("manifests/one.json") == 2
    assert store.exists("manifests/one.json")
    assert not store.exists("manifests/two.json")
    assert not store.exists("manifests")


def test_slice_names_with_equals_signs_and_percent_escapes_are_files_like_any_other(store: Store) -> None:
    store.replace(ODD_NAME, b"rows")
    assert store.list("flights") == [ODD_NAME]
    assert store.read_all([ODD_NAME]) == {ODD_NAME: b"rows"}
    assert store.relative(store.address(ODD_NAME)) == ODD_NAME


def test_a_file_is_streamed_and_sought(store: Store) -> None:
    store.replace("a", bytes(range(256)) * 100)
    with store.reader("a") as file:
        file.seek(-3, 2)
        assert file.read() == b"\xfd\xfe\xff"
        file.seek(255)
        assert file.read(2) == b"\xff\x00"
    with pytest.raises(StagingUnavailable, match="gone"), store.reader("gone"):
        pass


def test_create_makes_a_file_once(store: Store) -> None:
    store.create("a/run.json", b"first")
    with pytest.raises(FileExistsError):
        store.create("a/run.json", b"second")
    assert store.read("a/run.json") == b"first"


def test_of_many_creators_one_wins_and_the_file_is_the_winners(store: Store) -> None:
    def race(number: int) -> int | None:
        try:
            store.create("manifests/run.json", b"%d" % number)
        except FileExistsError:
            return None
        return number

    with ThreadPoolExecutor(16) as threads:
        winners = [number for number in threads.map(race, range(16)) if number is not None]
    assert len(winners) == 1
    assert store.read("manifests/run.json") == b"%d" % winners[0]


def test_replace_puts_a_new_file_in_the_place_of_the_old(store: Store) -> None:
    store.replace("a", b"old and long")
    store.replace("a", b"new")
    assert store.read("a") == b"new"


def test_a_streamed_file_appears_when_it_is_whole(store: Store) -> None:
    with store.writer("a/b") as sink:
        sink.write(b"one ")
        assert not store.exists("a/b")
        sink.write(b"two")
        assert sink.tell() == 7
    assert store.read("a/b") == b"one two"


def test_an_exception_while_streaming_leaves_the_former_file_and_no_trace_of_the_new(store: Store) -> None:
    store.replace("a/b", b"former")
    with pytest.raises(KeyError), store.writer("a/b") as sink:  # noqa: PT012 - the exception comes after a write
        sink.write(b"x" * (9 << 20))
        raise KeyError
    assert store.read("a/b") == b"former"
    assert [entry.path for entry in store.entries(hidden=True)] == ["a/b"]


def test_move_takes_a_file_to_its_place_over_the_previous_one(store: Store) -> None:
    store.replace(".writing/a", b"new")
    store.replace("flights/a", b"old")
    store.move(".writing/a", "flights/a")
    assert store.read("flights/a") == b"new"
    assert [entry.path for entry in store.entries(hidden=True)] == ["flights/a"]


def test_a_listing_has_all_below_a_folder_and_nothing_beside_it(store: Store) -> None:
    for path in ("a/2", "a/1/x", "ab", "b/1"):
        store.replace(path, b"")
    assert store.list("a") == ["a/1/x", "a/2"]
    assert store.list() == ["a/1/x", "a/2", "ab", "b/1"]
    assert store.list("nothing") == []


def test_a_listing_passes_over_files_that_are_being_written(store: Store) -> None:
    with store.writer("a/b") as sink:
        sink.write(b"x")
        store.replace(".writing/c", b"")
        assert store.list() == []


def test_reading_many_files_names_the_one_that_is_not_there(store: Store) -> None:
    store.replace("a", b"1")
    assert store.read_all([]) == {}
    with pytest.raises(StagingUnavailable, match=r"Cannot read .*staging/gone"):
        store.read_all(["a", "gone"])


def test_removing_what_is_gone_is_not_an_error(store: Store) -> None:
    store.replace("a", b"")
    store.remove("a")
    store.remove("a")
    assert not store.exists("a")


def test_reading_what_is_not_there_names_the_file_and_the_remedy(store: Store) -> None:
    with pytest.raises(StagingUnavailable, match=r"Cannot read .*staging/gone") as caught:
        store.read("gone")
    assert caught.value.remedy
    assert caught.value.exit_code == 6


def test_a_held_name_is_held_once_until_it_is_released(store: Store) -> None:
    hold = store.hold("run/owner")
    assert hold is not None
    assert store.is_held("run/owner")
    assert store.hold("run/owner") is None
    hold.release()
    hold.release()
    assert not store.is_held("run/owner")
    again = store.hold("run/owner")
    assert again is not None
    again.release()


@pytest.mark.parametrize("path", ["../beside", "a/../../beside", "/etc/passwd"])
def test_a_path_that_leads_out_of_the_root_is_refused(store: Store, path: str) -> None:
    with pytest.raises(BadRequest, match="outside the staging root"):
        store.replace(path, b"")


def test_a_folder_may_be_written_as_an_address_or_from_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    addresses = {
        open_store(root).address("a") for root in (str(tmp_path), f"file://{tmp_path}", "~", ".", f"{tmp_path}/")
    }
    assert addresses == {f"{tmp_path}/a"}


@pytest.mark.parametrize("root", ["s3://lake/staging", "gs:/lake/staging", "https://storage.googleapis.com/lake"])
def test_an_address_of_another_kind_is_refused_with_the_kinds_there_are(root: str) -> None:
    with pytest.raises(BadRequest, match="neither a folder nor a gs:// address"):
        open_store(root)


def test_many_threads_write_and_read_at_once(store: Store) -> None:
    def work(number: int) -> bytes:
        path = f"flights/date=2026-11-{number:02d}/all.parquet"
        with store.writer(path) as sink:
            for _ in range(3):
                sink.write(b"%d" % number * 100_000)
        return store.read(path)

    with ThreadPoolExecutor(8) as threads:
        read = list(threads.map(work, range(24)))
    assert read == [b"%d" % number * 300_000 for number in range(24)]
    assert len(store.list("flights")) == 24
