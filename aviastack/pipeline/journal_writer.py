"""Writes pages into the journal in a thread: pages that arrive while others are written go together, in one hop."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Self

from aviastack.aio import Coalescer
from aviastack.page import Page
from aviastack.staging.journal import Journal


class JournalWriter:
    """Keeps pages, in its own thread. On exit, every page that was handed over is in the journal."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="journal")
        self._pages = Coalescer(self._append, though_cancelled=True)  # a page is paid for, even if its task is gone

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._pages.ended()
        self._thread.shutdown()

    async def keep(self, page: Page) -> None:
        """Return once the page is in the journal. Raises what :meth:`Journal.append` raises."""
        await self._pages.done(page)

    async def _append(self, pages: Sequence[Page]) -> list[None]:
        await asyncio.get_running_loop().run_in_executor(self._thread, self._journal.append, *pages)
        return [None] * len(pages)
