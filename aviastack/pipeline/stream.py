"""Staging while pages are still on their way, off the event loop and in bounded memory."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypeVar

from aviastack.manifest import Manifest
from aviastack.page import Page
from aviastack.pipeline.stage import BLOCK, Stager, stage_journal
from aviastack.slices import Slice
from aviastack.staging.journal import Journal
from aviastack.staging.store import Store

if TYPE_CHECKING:
    import pyarrow as pa

    from aviastack.manifest import Coverage


T = TypeVar("T")
Give = Callable[["pa.Table"], Awaitable[None]]
UNDER_WAY = 2  # blocks: one is read while the one before it is written


class Feed:
    """Takes the pages of a fresh, settled run as they are kept; any other run is staged from its journal at the end.

    A moving slice's pages repeat rows on purpose, and which page is the newest is known only when all are there; of a
    resumed run some pages came before this process did. Blocks are read in one thread and written in another, in order;
    beside the one that is gathered at most :data:`UNDER_WAY` are in memory, and :meth:`take` waits for room.
    """

    def __init__(self, store: Store, slice_: Slice, journal: Journal, give: Give | None = None) -> None:
        record = journal.record
        self.streams = slice_.is_settled(record.started_at) and not journal.inherited
        self._give = give
        self._store, self._slice, self._journal = store, slice_, journal
        self._stager = Stager(store, slice_, record.run_id) if self.streams else None
        self._reader = ThreadPoolExecutor(1, thread_name_prefix="reader")
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="writer")
        self._one_at_a_time, self._in_order = asyncio.Lock(), asyncio.Lock()
        self._under_way: deque[asyncio.Task[None]] = deque()
        self._block: list[Page] = []
        self._size = 0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)
        for thread in (self._reader, self._writer):
            await asyncio.to_thread(thread.shutdown)
        if error is not None and self._stager is not None:
            self._stager.discard()

    async def take(self, page: Page) -> None:
        """Take a page that is in the journal; returns at once unless there is no room. Raises what staging raised."""
        if self._stager is None:
            return
        async with self._one_at_a_time:  # all wait while one does, else each could fill a block of its own
            self._block.append(page)
            self._size += len(page.body)
            if self._size >= BLOCK:
                block, self._block, self._size = self._block, [], 0
                await self._hand_on(self._stager, block)

    async def commit(self, coverage: Coverage) -> Manifest:
        """Stage what is left, and commit the run."""
        if self._stager is not None:
            await self._hand_on(self._stager, self._block)
            while self._under_way:
                await self._under_way.popleft()
            if not self._stager.repeats.count:
                return await self._in(self._writer, self._stager.commit, coverage, self._journal)
            self._stager.discard()
        return await self._in(self._writer, self._stage_from_journal)

    def _stage_from_journal(self) -> Manifest:
        return stage_journal(self._store, self._slice, self._journal, run_id=self._journal.record.run_id)

    async def _hand_on(self, stager: Stager, block: list[Page]) -> None:
        """Send a block on its way, once there is room for it."""
        if len(self._under_way) == UNDER_WAY:
            await self._under_way.popleft()
        self._under_way.append(asyncio.create_task(self._staged(stager, block)))

    async def _staged(self, stager: Stager, block: list[Page]) -> None:
        readings = await self._in(self._reader, stager.read, block)
        async with self._in_order:
            table = await self._in(self._writer, stager.write, block, readings)
            if self._give is not None:
                await self._give(table)

    @staticmethod
    def _in(thread: ThreadPoolExecutor, work: Callable[..., T], *arguments: object) -> asyncio.Future[T]:
        return asyncio.get_running_loop().run_in_executor(thread, work, *arguments)
