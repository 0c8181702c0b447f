"""Pages into the journal, off the event loop: what comes in while others are put down goes together, in one hop."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Self

from aviastack.pages import Page
from aviastack.staging.journal import Journal


class Keeper:
    """Keeps pages, in a thread of its own. At its end every page that was handed over is in the journal."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="journal")
        self._waiting: list[tuple[Page, asyncio.Future[None]]] = []
        self._putting_down: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._putting_down is not None:
            await self._putting_down  # also pages whose taker was cancelled meanwhile: they are paid for
        self._thread.shutdown()

    async def keep(self, page: Page) -> None:
        """Return once the page is in the journal. Raises what :meth:`Journal.append` raises."""
        kept = asyncio.get_running_loop().create_future()
        self._waiting.append((page, kept))
        if self._putting_down is None or self._putting_down.done():
            self._putting_down = asyncio.create_task(self._put_down())
        await kept

    async def _put_down(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            waiting, self._waiting = self._waiting, []
            pages = [page for page, _ in waiting]
            try:
                await loop.run_in_executor(self._thread, self._journal.append, *pages)
            except Exception as error:  # noqa: BLE001  handed to whoever waits for the pages
                for _, kept in waiting:
                    if not kept.done():
                        kept.set_exception(error)
            else:
                for _, kept in waiting:
                    if not kept.done():
                        kept.set_result(None)
