"""The rows of a query, as Arrow batches while pages arrive, or as one frame at the end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Protocol

from aviastack.aio import finish_anywhere
from aviastack.extras import require
from aviastack.manifest import Manifest, html_table
from aviastack.pipeline.events import Listener
from aviastack.settings import Settings
from aviastack.slices import Slice

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa

    from aviastack.api.session import Api

BLOCKS_AHEAD = 2  # blocks of rows that are decoded before the reader needs them

log = logging.getLogger(__name__)


class Client(Protocol):
    """What rows are fetched with: :class:`aviastack.AviationStack`."""

    settings: Settings

    @property
    def session(self) -> Api:
        """The open session."""

    def listening(self) -> AbstractContextManager[Listener]:
        """Return the listener of a run."""

    def new_session(self) -> AbstractAsyncContextManager[Client]:
        """Return a client with the same settings and a session for it alone."""


class Rows:
    """The rows of one query; nothing is fetched until they are read.

    In a coroutine, iterate over them or await ``to_arrow()``, ``to_polars()`` or ``to_pandas()``, inside ``async with
    AviationStack() as api``. Anywhere else, also in a notebook, call ``fetch()``, ``fetch_arrow()``, ``fetch_polars()``
    or ``fetch_pandas()``, which open their own session. All raise an :class:`AviastackError`.

    Afterwards ``manifest`` says what came, whether it is complete and by which proof. The rows of an incomplete run are
    valid; they are returned with a warning in the log.
    """

    def __init__(self, client: Client, slice_: Slice, max_age: timedelta | None) -> None:
        self.slice = slice_
        self.manifest: Manifest | None = None
        self._client = client
        self._max_age = max_age

    async def __aiter__(self) -> AsyncIterator[pa.RecordBatch]:
        """Yield record batches of the endpoint's Arrow schema; those of a settled date while pages still arrive."""
        blocks: asyncio.Queue[pa.Table] = asyncio.Queue(BLOCKS_AHEAD)
        running = asyncio.create_task(self._run(blocks.put))
        try:
            while (block := await _next(blocks, running)) is not None:
                for batch in block.to_batches():
                    yield batch
        finally:
            running.cancel()
            await asyncio.wait([running])

    async def to_arrow(self) -> pa.Table:
        """Return all rows as one Arrow table, with the columns listed in ``docs/endpoints.md``."""
        import pyarrow as pa

        from aviastack.records.schema import arrow_schema

        batches = [batch async for batch in self]
        return pa.Table.from_batches(batches, schema=arrow_schema(self.slice.endpoint))

    async def to_polars(self) -> pl.DataFrame:
        """Return all rows as a polars frame."""
        return _polars(await self.to_arrow())

    async def to_pandas(self) -> pd.DataFrame:
        """Return all rows as a pandas frame. Raises :class:`MissingExtra` before any call if pandas is missing."""
        _require_pandas()
        frame: pd.DataFrame = (await self.to_arrow()).to_pandas()
        return frame

    def fetch(self) -> list[dict[str, Any]]:
        """Return all rows as dictionaries: dates and times as ``datetime`` objects, missing values as None."""
        rows: list[dict[str, Any]] = self.fetch_arrow().to_pylist()
        return rows

    def fetch_arrow(self) -> pa.Table:
        """Return all rows as one Arrow table."""
        return finish_anywhere(self._fetched())

    def fetch_polars(self) -> pl.DataFrame:
        """Return all rows as a polars frame."""
        return _polars(self.fetch_arrow())

    def fetch_pandas(self) -> pd.DataFrame:
        """Return all rows as a pandas frame. Raises :class:`MissingExtra` before any call if pandas is missing."""
        _require_pandas()
        frame: pd.DataFrame = self.fetch_arrow().to_pandas()
        return frame

    def __repr__(self) -> str:
        state = "not fetched yet" if self.manifest is None else self.manifest.summary
        return f"<Rows of {self.slice}: {state}>"

    def _repr_html_(self) -> str:
        """Return what a notebook shows: the query and, once it has run, its manifest."""
        if self.manifest is not None:
            return self.manifest._repr_html_()
        return html_table(f"Rows of {self.slice}", {"state": "not fetched yet", **dict(self.slice.query)})

    async def _fetched(self) -> pa.Table:
        async with self._client.new_session() as client:
            rows = Rows(client, self.slice, self._max_age)
            try:
                return await rows.to_arrow()
            finally:
                self.manifest = rows.manifest

    async def _run(self, give: Callable[[pa.Table], Awaitable[None]]) -> None:
        from aviastack.pipeline.resume import Reuse
        from aviastack.pipeline.run import Pipeline
        from aviastack.pipeline.stage import staged_rows
        from aviastack.staging.open_store import open_store

        settings, session = self._client.settings, self._client.session
        store = await asyncio.to_thread(open_store, settings.staging)
        with self._client.listening() as listener:
            outcome = await Pipeline(settings, store, session, listener).extract_and_stage(
                self.slice, Reuse(self._max_age, final=self._max_age is not None), on_rows=give
            )
        self.manifest = outcome.manifest
        if not outcome.manifest.complete:
            log.warning("%s is incomplete: %s", self.slice, outcome.manifest.proof)
        if not outcome.streamed:
            for block in staged_rows(store, outcome.manifest):
                await give(block)


def _polars(table: pa.Table) -> pl.DataFrame:
    import polars as pl

    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)  # noqa: S101  from_arrow returns a Series only for an array
    return frame


def _require_pandas() -> None:
    require("pandas", "notebook", "A pandas frame")


async def _next(blocks: asyncio.Queue[pa.Table], running: asyncio.Task[None]) -> pa.Table | None:
    """Return the next block, or None at the end; raise what ended the run."""
    if blocks.empty() and not running.done():
        getting = asyncio.create_task(blocks.get())
        await asyncio.wait({getting, running}, return_when=asyncio.FIRST_COMPLETED)
        if getting.done():
            return getting.result()
        getting.cancel()
    if not blocks.empty():
        return blocks.get_nowait()
    if running.done():
        running.result()
    return None
