"""Between paging and the disk: pages are kept in order, and no more of them wait than there is room for."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from aviastack.errors import StagingUnavailable
from aviastack.manifest import new_run_id
from aviastack.page import Page, Pagination
from aviastack.pipeline import stream
from aviastack.pipeline.journal_writer import JournalWriter
from aviastack.pipeline.stage import Stager
from aviastack.pipeline.stream import BLOCKS_AT_ONCE, Stream
from aviastack.slices import Slice
from aviastack.staging.journal import Journal
from aviastack.staging.open_store import open_store
from aviastack.staging.store import Store

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SETTLED = Slice.of("flights", {"flight_date": "2026-11-18"})


def a_page(number: int) -> Page:
    return Page(number * 100, 100, b"%06d" % number, Pagination(100, number * 100, 100, 10_000), NOW, number)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(str(tmp_path))


@pytest.fixture
def journal(store: Store) -> Iterator[Journal]:
    with Journal.begin(store, SETTLED, new_run_id(NOW), NOW) as begun:
        yield begun


async def test_pages_that_come_while_others_are_put_down_are_put_down_together_and_in_order(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    hops: list[int] = []
    append = journal.append
    monkeypatch.setattr(journal, "append", lambda *pages: (hops.append(len(pages)), append(*pages)))
    async with JournalWriter(journal) as keeper:
        await asyncio.gather(*(keeper.keep(a_page(number)) for number in range(50)))
    assert [page.number for page in journal.pages()] == list(range(50))
    assert sum(hops) == 50
    assert len(hops) < 10


async def test_a_page_is_kept_though_its_taker_was_cancelled(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    may_go_on = threading.Event()
    append = journal.append
    monkeypatch.setattr(journal, "append", lambda *pages: (may_go_on.wait(), append(*pages)))
    async with JournalWriter(journal) as keeper:
        takers = [asyncio.create_task(keeper.keep(a_page(number))) for number in range(3)]
        await asyncio.sleep(0.01)
        for taker in takers:
            taker.cancel()
        may_go_on.set()
    assert [page.number for page in journal.pages()] == [0, 1, 2]


async def test_every_page_that_could_not_be_kept_is_told_of(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Page) -> None:
        raise StagingUnavailable("The disk is full.")

    monkeypatch.setattr(journal, "append", full)
    async with JournalWriter(journal) as keeper:
        results = await asyncio.gather(*(keeper.keep(a_page(number)) for number in range(3)), return_exceptions=True)
    assert [type(error) for error in results] == [StagingUnavailable] * 3


async def test_no_more_pages_are_taken_than_there_is_room_for_while_staging_falls_behind(
    store: Store, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_go_on, all_read = threading.Event(), threading.Event()
    read: list[int] = []

    def slowly(_: Stager, block: list[Page]) -> None:
        may_go_on.wait()
        read.extend(page.number for page in block)
        if len(read) == 100:
            all_read.set()

    monkeypatch.setattr(stream, "BLOCK", 5 * len(a_page(0).body))
    monkeypatch.setattr(Stager, "read", slowly)
    monkeypatch.setattr(Stager, "write", lambda _self, _block, _readings: None)
    async with Stream(store, SETTLED, journal) as feeding:
        takers = [asyncio.create_task(feeding.take(a_page(number))) for number in range(100)]
        while sum(taker.done() for taker in takers) < BLOCKS_AT_ONCE * 5:  # noqa: ASYNC110 - a thread takes them
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)  # for one that should not be taken
        assert sum(taker.done() for taker in takers) < (BLOCKS_AT_ONCE + 1) * 5
        may_go_on.set()
        await asyncio.gather(*takers)
        assert await asyncio.to_thread(all_read.wait, 300)
    assert read == list(range(100))


async def test_what_staging_raised_reaches_whoever_feeds_it(
    store: Store, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise StagingUnavailable("The disk is full.")

    monkeypatch.setattr(stream, "BLOCK", 1)
    monkeypatch.setattr(Stager, "read", lambda _self, _block: [])
    monkeypatch.setattr(Stager, "write", full)

    async def fed() -> None:
        async with Stream(store, SETTLED, journal) as feeding:
            for number in range(BLOCKS_AT_ONCE + 1):
                await feeding.take(a_page(number))

    with pytest.raises(StagingUnavailable, match="full"):
        await fed()
