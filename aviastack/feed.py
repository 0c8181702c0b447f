"""Staging while pages are still on their way, off the event loop and in bounded memory."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypeVar

from aviastack.manifests import Manifest
from aviastack.pages import Page
from aviastack.slices import Slice
from aviastack.stager import BLOCK, Stager, stage_journal
from aviastack.staging.journal import Journal
from aviastack.staging.store import Store

if TYPE_CHECKING:
    import pyarrow as pa

    from aviastack.api import Coverage


T = TypeVar("T")
Give = Callable[["pa.Table"], Awaitable[None]]


class Feed:
    """Takes the pages of a fresh, settled run as they are kept; any other run is staged from its journal at the end.

    A moving slice's pages repeat rows on purpose, and which page is the newest is known only when all are there; of a
    resumed run some pages came before this process did. One block is decoded while the next is gathered, so at most two
    are in memory, and :meth:`take` waits when the decoding falls behind.
    """

    def __init__(self, store: Store, slice_: Slice, journal: Journal, give: Give | None = None) -> None:
        record = journal.record
        self.streams = slice_.is_settled(record.started_at) and not journal.inherited
        self._give = give
        self._store, self._slice, self._journal = store, slice_, journal
        self._stager = Stager(store, slice_, record.run_id) if self.streams else None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="stager")
        self._one_at_a_time = asyncio.Lock()
        self._decoding: asyncio.Future[pa.Table] | None = None
        self._block: list[Page] = []
        self._size = 0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.to_thread(self._thread.shutdown)
        if error is not None and self._stager is not None:
            self._stager.discard()

    async def take(self, page: Page) -> None:
        """Take a page that is in the journal; returns at once unless two blocks wait to be decoded."""
        if self._stager is None:
            return
        self._block.append(page)
        self._size += len(page.body)
        if self._size >= BLOCK:
            block, self._block, self._size = self._block, [], 0
            async with self._one_at_a_time:
                await self._decode(self._stager, block)

    async def commit(self, coverage: Coverage) -> Manifest:
        """Stage what is left, and commit the run."""
        if self._stager is not None:
            await self._decode(self._stager, self._block)
            await self._decoded()
            if not self._stager.repeats.count:
                return await self._in_thread(self._stager.commit, coverage, self._journal)
            self._stager.discard()
        return await self._in_thread(self._stage_from_journal)

    def _stage_from_journal(self) -> Manifest:
        return stage_journal(self._store, self._slice, self._journal, run_id=self._journal.record.run_id)

    async def _decode(self, stager: Stager, block: list[Page]) -> None:
        """Hand a block to the thread, once the one before it is done and given on."""
        await self._decoded()
        self._decoding = self._in_thread(stager.stage, block)

    async def _decoded(self) -> None:
        decoding, self._decoding = self._decoding, None
        if decoding is not None:
            table = await decoding
            if self._give is not None:
                await self._give(table)

    def _in_thread(self, work: Callable[..., T], *arguments: object) -> asyncio.Future[T]:
        return asyncio.get_running_loop().run_in_executor(self._thread, work, *arguments)
