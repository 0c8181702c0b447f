"""The loads of slices that are fetched at the same time: one after another, in one session of the warehouse."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from threading import Event
from time import monotonic
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypeVar

from aviastack.aio import in_thread
from aviastack.errors import WarehouseUnavailable
from aviastack.manifest import Manifest
from aviastack.pipeline.events import QUIET, Listener
from aviastack.pipeline.load import LoadSession
from aviastack.pipeline.outcome import Outcome
from aviastack.settings import Settings
from aviastack.staging.store import Store

if TYPE_CHECKING:
    from aviastack.warehouse.loading import Loaded

T = TypeVar("T")


class LoadQueue:
    """A session of the warehouse that slices share, from ``__aenter__`` to ``__aexit__``; each waits for its turn.

    Snowflake's session stays open between loads, because it holds nothing. DuckDB's file is closed whenever nothing
    waits, because it shuts out other processes. A load that fails does not fail those that wait.
    """

    def __init__(self, store: Store, settings: Settings, listener: Listener = QUIET) -> None:
        self._listener = listener
        self._session = LoadSession(store, settings)
        self._turn = asyncio.Lock()
        self._wanted = 0  # the request that is served, and those that wait
        self._closed: WarehouseUnavailable | None = None  # why the warehouse could not be opened

    async def load(self, outcome: Outcome) -> Outcome:
        """Load a staged slice in its turn, and return its outcome with what that changed and how long it took.

        The warehouse may have a run that cost no call; then nothing is done. If this task is cancelled, the load is
        rolled back unless it is committed already. Raises what :meth:`LoadSession.load` raises.
        """
        began = monotonic()
        load = self._session.load if outcome.calls else self._load_unless_there
        loaded = await self._in_turn(lambda: load(outcome.manifest))
        self._listener.loaded(outcome.slice, loaded)
        return replace(outcome, loaded=loaded, seconds={**outcome.seconds, "load": monotonic() - began})

    async def is_loaded(self, manifest: Manifest | None) -> bool:
        """Whether the warehouse has that run; False if there is none. Raises if the warehouse can't be opened."""
        return await self._in_turn(lambda: manifest is not None and self._session.is_loaded(manifest))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        async with self._turn:
            await in_thread(lambda _: self._session.close(error))

    def _load_unless_there(self, manifest: Manifest) -> Loaded:
        from aviastack.warehouse.loading import Loaded

        return Loaded(0, 0, 0) if self._session.is_loaded(manifest) else self._session.load(manifest)

    async def _in_turn(self, work: Callable[[], T]) -> T:
        self._wanted += 1
        try:
            async with self._turn:
                return await in_thread(lambda stop: self._opened(work, stop))
        finally:
            self._wanted -= 1

    def _opened(self, work: Callable[[], T], stop: Event) -> T:
        if self._closed is not None:
            raise self._closed
        self._session.stop = stop
        try:
            self._session.open()
        except WarehouseUnavailable as error:
            if not stop.is_set():
                self._closed = error
            raise
        try:
            return work()
        except WarehouseUnavailable as error:
            self._session.close(error)  # it may be lost; the next load opens another
            raise
        finally:
            if self._wanted == 1:
                self._session.pause()
