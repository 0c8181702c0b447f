"""Staging while pages still arrive, off the event loop and in bounded memory."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from time import monotonic
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypeVar

from aviastack.manifest import Coverage, Manifest
from aviastack.page import Page
from aviastack.pipeline.stage import BLOCK, Stager
from aviastack.pipeline.stage_journal import stage_journal
from aviastack.records.checks import prepare
from aviastack.slices import Slice
from aviastack.staging.journal import Journal
from aviastack.staging.store import Store

if TYPE_CHECKING:
    import pyarrow as pa

T = TypeVar("T")
OnRows = Callable[["pa.Table"], Awaitable[None]]
BLOCKS_AT_ONCE = 2  # one is read while the one before it is written


class Stream:
    """Stages the pages of a new run of a settled slice as they arrive; any other run is staged from its journal.

    The pages of a changing slice repeat rows on purpose, and which page is newest is known only when all have arrived;
    of a resumed run some pages were fetched by an earlier process. Blocks are read in one thread and written in
    another, in order. At most :data:`BLOCKS_AT_ONCE` are in memory beside the one that is being filled, and
    :meth:`take` waits for room.
    """

    def __init__(self, store: Store, slice_: Slice, journal: Journal, on_rows: OnRows | None = None) -> None:
        record = journal.record
        self.streams = slice_.is_settled(record.started_at) and not journal.inherited
        self._on_rows = on_rows
        self._store, self._slice, self._journal = store, slice_, journal
        self._stager = Stager(store, slice_, record.run_id) if self.streams else None
        self._reader = ThreadPoolExecutor(1, thread_name_prefix="reader")
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="writer")
        self._one_at_a_time, self._in_order = asyncio.Lock(), asyncio.Lock()
        self._blocks: deque[asyncio.Task[None]] = deque()
        self._block: list[Page] = []
        self._size = 0
        self._began = 0.0
        self.seconds: dict[str, float] = {}  # by stage, once the run is committed

    async def __aenter__(self) -> Self:
        prepare()  # now, because later it would stall the loop and spoil the pace
        self._began = monotonic()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._blocks:
            task.cancel()
        await asyncio.gather(*self._blocks, return_exceptions=True)
        for thread in (self._reader, self._writer):
            await asyncio.to_thread(thread.shutdown)
        if error is not None and self._stager is not None:
            self._stager.discard()

    async def take(self, page: Page) -> None:
        """Take a page that is in the journal; wait only if there is no room. Raises what staging raised."""
        if self._stager is None:
            return
        async with self._one_at_a_time:  # all wait while one does, else each could fill a block
            self._block.append(page)
            self._size += len(page.body)
            if self._size >= BLOCK:
                block, self._block, self._size = self._block, [], 0
                await self._submit(self._stager, block)

    async def commit(self, coverage: Coverage) -> Manifest:
        """Stage what is left, and commit the run."""
        fetched = monotonic()
        manifest = await self._committed(coverage)
        self.seconds = {"extract": fetched - self._began, "stage": monotonic() - fetched}
        return manifest

    async def _committed(self, coverage: Coverage) -> Manifest:
        if self._stager is not None:
            await self._submit(self._stager, self._block)
            while self._blocks:
                await self._blocks.popleft()
            if not await self._in(self._writer, self._stager.needs_second_pass):
                return await self._in(self._writer, self._stager.commit, coverage, self._journal)
            self._stager.discard()
        return await self._in(self._writer, self._stage_from_journal)

    def _stage_from_journal(self) -> Manifest:
        return stage_journal(self._store, self._slice, self._journal, run_id=self._journal.record.run_id)

    async def _submit(self, stager: Stager, block: list[Page]) -> None:
        """Start to stage a block, once there is room for it."""
        if len(self._blocks) == BLOCKS_AT_ONCE:
            await self._blocks.popleft()
        self._blocks.append(asyncio.create_task(self._stage(stager, block)))

    async def _stage(self, stager: Stager, block: list[Page]) -> None:
        readings = await self._in(self._reader, stager.read, block)
        async with self._in_order:
            table = await self._in(self._writer, stager.write, block, readings)
            if self._on_rows is not None:
                await self._on_rows(table)

    @staticmethod
    def _in(thread: ThreadPoolExecutor, work: Callable[..., T], *arguments: object) -> asyncio.Future[T]:
        return asyncio.get_running_loop().run_in_executor(thread, work, *arguments)
