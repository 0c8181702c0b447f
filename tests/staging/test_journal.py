"""The journal keeps every page as it came, through kills, damage, and processes that want the same run."""

from __future__ import annotations

import errno
import gzip
import io
import json
import os
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aviastack.errors import StagingUnavailable
from aviastack.page import Page, Pagination
from aviastack.slices import Slice
from aviastack.staging import manifest_log
from aviastack.staging.folder import Folder
from aviastack.staging.frames import frames, packed
from aviastack.staging.journal import Journal
from aviastack.staging.store import Store
from tests.staging.conftest import NOW, a_coverage, a_manifest, a_page, a_run
from tests.support.gcs_emulator import Fault, GcsEmulator


def journalled(store: Store, slice_: Slice, run_id: str, *, pages: int = 1, sealed: bool = False) -> None:
    with Journal.begin(store, slice_, run_id, NOW) as journal:
        for number in range(pages):
            journal.append(a_page(number))
        if sealed:
            journal.seal(a_coverage())


pages_of_any_kind = st.builds(
    Page,
    offset=st.integers(0, 10_000),
    limit=st.integers(1, 1_000),
    body=st.binary(max_size=3_000) | st.text(max_size=500).map(str.encode),
    pagination=st.builds(
        Pagination,
        limit=st.none() | st.integers(0, 1_000),
        offset=st.none() | st.integers(0, 10_000),
        count=st.integers(0, 1_000),
        total=st.integers(0, 2**53),
    ),
    arrived=st.datetimes(timezones=st.just(NOW.tzinfo)),
    number=st.integers(0, 10_000),
)
packed_pages = pages_of_any_kind.map(
    lambda page: Page(
        page.offset, page.limit, page.body, page.pagination, page.arrived, page.number, gzip.compress(page.body)
    )
)


@given(st.lists(pages_of_any_kind | packed_pages, max_size=6), st.data())
def test_wherever_a_journal_is_cut_the_pages_before_the_cut_are_whole(pages: list[Page], data: st.DataObject) -> None:
    written = [packed(page) for page in pages]
    cut = data.draw(st.integers(0, sum(map(len, written))))
    read = [frame.page() for frame in frames(io.BytesIO(b"".join(written)[:cut]))]
    whole = sum(sum(map(len, written[: number + 1])) <= cut for number in range(len(written)))
    assert read == pages[:whole]


@given(st.lists(pages_of_any_kind, min_size=1, max_size=4), st.data())
def test_wherever_a_bit_is_turned_no_page_is_read_that_was_not_written(pages: list[Page], data: st.DataObject) -> None:
    written = bytearray(b"".join(map(packed, pages)))
    written[data.draw(st.integers(0, len(written) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    read = [frame.page() for frame in frames(io.BytesIO(bytes(written)))]
    assert len(read) == len(pages) - 1, "only the page that has the bit is lost"
    assert any(read == pages[:lost] + pages[lost + 1 :] for lost in range(len(pages)))


def test_pages_come_back_as_they_came_in_order_of_arrival(store: Store, slice_: Slice, run_id: str) -> None:
    body = b'{"data": ["' + "Zürich".encode() + b'"]}'
    pages = [a_page(2, body=body), a_page(0, body=body, packed=gzip.compress(body)), a_page(1)]
    with Journal.begin(store, slice_, run_id, NOW, rows_per_page=100) as journal:
        for page in pages:
            journal.append(page)
        journal.seal(a_coverage())
        assert list(journal.pages()) == pages
    again = Journal.read(store, slice_, run_id)
    assert list(again.pages()) == pages == list(again.pages())
    assert again.coverage() == a_coverage()
    assert again.record.rows_per_page == 100
    assert again.record.started_at == NOW
    assert again.record.predicate.covers == slice_.covers


def test_gzip_is_stored_as_it_came_and_other_bodies_shrink(folder: Store, slice_: Slice, run_id: str) -> None:
    body = json.dumps([{"airport": "San Francisco International", "n": n} for n in range(2_000)]).encode()
    sent = gzip.compress(body)
    assert sent in packed(a_page(0, body=body, packed=sent))
    assert len(packed(a_page(0, body=body))) < len(body) / 5


def test_threads_append_at_once_and_every_page_is_whole(store: Store, slice_: Slice, run_id: str) -> None:
    pages = [a_page(number, body=b"%d" % number * 5_000) for number in range(200)]
    with Journal.begin(store, slice_, run_id, NOW) as journal:
        with ThreadPoolExecutor(8) as threads:
            list(threads.map(journal.append, pages))
        journal.seal(a_coverage())
        assert sorted(journal.pages(), key=lambda page: page.number) == pages


def test_a_run_that_was_stopped_goes_on_in_another_process(store: Store, slice_: Slice, run_id: str) -> None:
    journalled(store, slice_, run_id, pages=3)
    with Journal.resume(store, slice_, run_id) as journal:
        assert [page.number for page in journal.pages()] == [0, 1, 2]
        assert journal.inherited
        assert journal.coverage() is None
        journal.append(a_page(3))
        journal.seal(a_coverage())
    assert [page.number for page in Journal.read(store, slice_, run_id).pages()] == [0, 1, 2, 3]


def test_a_run_that_was_fetched_whole_is_resumed_without_room_for_more(
    store: Store, slice_: Slice, run_id: str
) -> None:
    journalled(store, slice_, run_id, sealed=True)
    with Journal.resume(store, slice_, run_id) as journal:
        assert journal.coverage() == a_coverage()
        with pytest.raises(RuntimeError, match="sealed"):
            journal.append(a_page(1))


def test_a_run_is_owned_by_one_at_a_time(store: Store, slice_: Slice, run_id: str) -> None:
    with Journal.begin(store, slice_, run_id, NOW):
        assert Journal.unfinished(store, slice_) is None
        with pytest.raises(StagingUnavailable, match="Another process writes to the journal"):
            Journal.resume(store, slice_, run_id)
    assert Journal.unfinished(store, slice_) == run_id


def test_a_run_id_begins_one_journal(store: Store, slice_: Slice, run_id: str) -> None:
    journalled(store, slice_, run_id)
    with pytest.raises(FileExistsError):
        Journal.begin(store, slice_, run_id, NOW)
    assert Journal.unfinished(store, slice_) == run_id


def test_the_newest_run_without_a_manifest_is_the_unfinished_one(store: Store, slice_: Slice) -> None:
    old, new = a_run(0), a_run(1)
    assert Journal.unfinished(store, slice_) is None
    journalled(store, slice_, old)
    journalled(store, slice_, new, sealed=True)
    assert Journal.unfinished(store, slice_) == new
    manifest_log.save(store, a_manifest(slice_, new))
    assert Journal.unfinished(store, slice_) is None, "the older run's pages are older news"


def test_a_replay_of_older_pages_does_not_hide_an_unfinished_run(folder: Store, slice_: Slice) -> None:
    journalled(folder, slice_, a_run(0))
    manifest_log.save(folder, a_manifest(slice_, a_run(2)))
    assert Journal.unfinished(folder, slice_) is not None


def test_a_run_begun_too_long_ago_is_not_resumed(folder: Store, slice_: Slice, run_id: str) -> None:
    journalled(folder, slice_, run_id)
    assert Journal.unfinished(folder, slice_, since=NOW) == run_id
    assert Journal.unfinished(folder, slice_, since=NOW + timedelta(seconds=1)) is None


def test_slices_do_not_see_each_others_runs(folder: Store, slice_: Slice, run_id: str) -> None:
    journalled(folder, slice_, run_id, sealed=True)
    other = Slice.of("flights", {"flight_date": "2026-11-20"})
    assert Journal.unfinished(folder, other) is None


def test_a_replay_reads_the_newest_run_that_was_fetched_to_its_end(folder: Store, slice_: Slice) -> None:
    whole, stopped = a_run(0), a_run(1)
    journalled(folder, slice_, whole, sealed=True)
    journalled(folder, slice_, stopped)
    assert Journal.newest(folder, slice_).run_id == whole


def test_a_replay_without_a_journal_says_what_to_do(folder: Store, slice_: Slice) -> None:
    with pytest.raises(StagingUnavailable, match="no journal of flights 2026-11-20") as caught:
        Journal.newest(folder, slice_)
    assert "run the slice" in caught.value.remedy


def test_a_failure_of_the_run_is_not_hidden_by_one_of_closing_the_journal(
    folder: Store, slice_: Slice, run_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    journal = Journal.begin(folder, slice_, run_id, NOW)
    another = Journal.begin(folder, slice_, a_run(1), NOW)
    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(KeyError), journal:
        raise KeyError
    with pytest.raises(StagingUnavailable, match="Input/output error"), another:
        pass
    assert Journal.unfinished(folder, slice_) is not None, "given up all the same"


@pytest.mark.parametrize("damage", ["cut", "bit", "removed"])
def test_a_journal_damaged_after_it_was_sealed_is_reported_and_not_read_as_a_smaller_one(
    folder: Folder, slice_: Slice, run_id: str, damage: str
) -> None:
    journalled(folder, slice_, run_id, pages=3, sealed=True)
    (path,) = (path for path in folder.list("journal") if path.endswith(".pages"))
    data = bytearray(folder.read(path))
    data[len(data) // 2] ^= 1
    folder.remove(path)
    if damage != "removed":
        folder.replace(path, bytes(data) if damage == "bit" else bytes(data[:-5]))
    with pytest.raises(StagingUnavailable, match="whole pages of its 3"):
        list(Journal.read(folder, slice_, run_id).pages())


@pytest.mark.parametrize("damage", ["a page", "the seal"])
def test_a_sealed_journal_that_was_damaged_is_continued_with_what_it_lost(
    folder: Folder, slice_: Slice, run_id: str, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    journalled(folder, slice_, run_id, pages=3, sealed=True)
    place = f"journal/flights/{slice_.name}/{run_id}"
    if damage == "a page":
        data = bytearray(folder.read(f"{place}/000000.pages"))
        data[len(data) // 2] ^= 1
        folder.replace(f"{place}/000000.pages", bytes(data))
    else:
        folder.replace(f"{place}/coverage.json", b"\xff")
    assert Journal.unfinished(folder, slice_) == run_id
    with Journal.resume(folder, slice_, run_id) as journal:
        have = [page.number for page in journal.pages()]
        assert have == ([0, 2] if damage == "a page" else [0, 1, 2])
        assert journal.coverage() is None
        if damage == "a page":
            journal.append(a_page(1))
        journal.seal(a_coverage())
    assert sorted(page.number for page in Journal.read(folder, slice_, run_id).pages()) == [0, 1, 2]
    assert ("has lost 1 of its pages" if damage == "a page" else "It is set aside") in caplog.text


def test_foreign_files_beside_a_journal_are_passed_over(
    folder: Folder, slice_: Slice, caplog: pytest.LogCaptureFixture
) -> None:
    journalled(folder, slice_, a_run(0), pages=2)
    journalled(folder, slice_, a_run(1))
    newest = Journal.unfinished(folder, slice_)
    folder.replace(f"journal/flights/{slice_.name}/{newest}/run.json", b"\xff\xfe")
    folder.replace(f"journal/flights/{slice_.name}/mine/run.json", b"{}")
    older = Journal.unfinished(folder, slice_)
    assert older is not None
    assert newest is not None
    assert older < newest
    assert "run.json is damaged" in caplog.text
    folder.replace(f"journal/flights/{slice_.name}/{older}/000009.pages", b"not a page" * 1_000)
    with Journal.resume(folder, slice_, older) as journal:
        assert journal.inherited == 2


@pytest.mark.parametrize("file", ["run.json"])
def test_a_record_that_is_not_ours_is_reported(folder: Store, slice_: Slice, run_id: str, file: str) -> None:
    journalled(folder, slice_, run_id)
    folder.replace(f"journal/flights/{slice_.name}/{run_id}/{file}", b"PAR1")
    with pytest.raises(StagingUnavailable, match=f"{file} is damaged, or is not a file of a journal"):
        Journal.resume(folder, slice_, run_id)


@pytest.mark.emulators
class TestInABucket:
    def segments(self, gcs: GcsEmulator) -> list[int]:
        """Pages in each segment."""
        found = sorted((name, data) for name, data in gcs.objects("lake").items() if name.endswith(".pages"))
        return [sum(1 for _ in frames(io.BytesIO(data))) for _, data in found]

    def test_pages_are_put_down_in_segments_of_so_many(
        self, gcs: GcsEmulator, bucket: Store, slice_: Slice, run_id: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("aviastack.staging.segments.PAGES", 10)
        journalled(bucket, slice_, run_id, pages=95)
        counts = self.segments(gcs)
        assert sum(counts) == 95
        assert len(counts) <= 11, "the first is the owner's claim, and has no pages"

    def test_a_page_is_put_down_after_so_many_seconds_though_no_other_follows(
        self, gcs: GcsEmulator, bucket: Store, slice_: Slice, run_id: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("aviastack.staging.segments.SECONDS", 0.2)
        with Journal.begin(bucket, slice_, run_id, NOW) as journal:
            journal.append(a_page(0))
            while self.segments(gcs) == [0]:
                time.sleep(0.05)
            assert self.segments(gcs) == [0, 1]

    def test_memory_stays_bounded_while_the_bucket_is_slow(
        self, gcs: GcsEmulator, bucket: Store, slice_: Slice, run_id: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from aviastack.staging.segments import Gathered

        monkeypatch.setattr("aviastack.staging.segments.BYTES", 100_000)
        gcs.faults = lambda asked: Fault(delay=0.05) if asked.uploads else None
        highest = 0
        with Journal.begin(bucket, slice_, run_id, NOW) as journal:
            assert isinstance(journal._segments, Gathered)
            for number in range(60):
                body = b"%d" % number * 10_000
                journal.append(a_page(number, body=body, packed=gzip.compress(body, 0)))
                highest = max(highest, journal._segments._gathered)
        assert highest < 2 * 100_000 + 30_000
        assert sum(self.segments(gcs)) == 60

    def test_a_bucket_that_refuses_stops_the_run_at_the_next_page(
        self, gcs: GcsEmulator, bucket: Store, slice_: Slice, run_id: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("aviastack.staging.segments.PAGES", 1)

        def fill() -> None:
            with Journal.begin(bucket, slice_, run_id, NOW) as journal:
                gcs.faults = lambda asked: Fault(403, "quota of the project") if asked.uploads else None
                for number in range(1_000):
                    journal.append(a_page(number))

        with pytest.raises(StagingUnavailable, match="403: quota of the project"):
            fill()
        gcs.faults = None
        assert not bucket.is_held(f"journal/flights/{slice_.name}/{run_id}/owner")

    def test_a_process_taken_for_dead_cannot_write_into_the_run_that_another_took_over(
        self, gcs: GcsEmulator, bucket: Store, slice_: Slice, run_id: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("aviastack.staging.bucket.DEAD", 0.0)
        silent = Journal.begin(bucket, slice_, run_id, NOW)
        silent.append(a_page(0))
        with Journal.resume(bucket, slice_, run_id) as journal:
            with pytest.raises(StagingUnavailable, match="Another process writes to the journal"):
                silent.seal(a_coverage())
            journal.append(a_page(0))
            journal.seal(a_coverage("the second's"))
            assert [page.number for page in journal.pages()] == [0]
        silent.close()
        assert Journal.read(bucket, slice_, run_id).coverage() == a_coverage("the second's")
