"""What notebooks and scripts import: :class:`AviationStack` and :func:`fetch_flights`.

Both journal what they fetch under the staging root, as every call does, so that a cell that is run again answers from
there. Both work where a loop is already running.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self, TypeVar

from aviastack.aio import finish
from aviastack.endpoints import ENDPOINTS
from aviastack.settings import Settings, settings_from
from aviastack.slices import Slice

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa

    from aviastack.api.session import Api
    from aviastack.manifest import Manifest

FIVE_FIELDS = ("flight_date", "flight_status", "departure_airport", "arrival_airport", "airline_name")
ANSWERS_FOR = timedelta(minutes=15)  # up to this age an answer in the journal need not be asked for again
AHEAD = 2  # blocks of rows decoded before the reader asks for them

log = logging.getLogger(__name__)
T = TypeVar("T")


class Rows:
    """The rows of one query, a row a key: iterate over it, or await :meth:`to_arrow`. Nothing is asked before that.

    Afterwards ``manifest`` says what came, whether it is complete and by which proof. Rows of an incomplete run are
    true, and are given with a warning in the log.
    """

    def __init__(self, api: AviationStack, slice_: Slice, max_age: timedelta | None) -> None:
        self.slice = slice_
        self.manifest: Manifest | None = None
        self._api = api
        self._max_age = max_age

    async def __aiter__(self) -> AsyncIterator[pa.RecordBatch]:
        """Yield record batches of the endpoint's Arrow schema: a settled slice's as its pages arrive."""
        blocks: asyncio.Queue[pa.Table] = asyncio.Queue(AHEAD)
        running = asyncio.create_task(self._run(blocks.put))
        try:
            while (block := await _next(blocks, running)) is not None:
                for batch in block.to_batches():
                    yield batch
        finally:
            running.cancel()
            await asyncio.wait([running])

    async def to_arrow(self) -> pa.Table:
        """Return all rows as one Arrow table."""
        import pyarrow as pa

        from aviastack.records.schema import arrow_schema

        batches = [batch async for batch in self]
        return pa.Table.from_batches(batches, schema=arrow_schema(self.slice.endpoint))

    async def to_polars(self) -> pl.DataFrame:
        """Return all rows as a polars frame."""
        import polars as pl

        frame = pl.from_arrow(await self.to_arrow())
        assert isinstance(frame, pl.DataFrame)  # noqa: S101  from_arrow gives a Series for an array alone
        return frame

    async def to_pandas(self) -> pd.DataFrame:
        """Return all rows as a pandas frame; needs pandas (``aviastack[notebook]``)."""
        frame: pd.DataFrame = (await self.to_arrow()).to_pandas()
        return frame

    async def _run(self, give: Callable[[pa.Table], Coroutine[Any, Any, None]]) -> None:
        from aviastack.pipeline.run import Pipeline
        from aviastack.pipeline.stage import staged_rows
        from aviastack.staging.open_store import open_store

        store = open_store(self._api.settings.staging)
        outcome = await Pipeline(self._api.settings, store, self._api.client).extract_and_stage(
            self.slice, max_age=self._max_age, final=self._max_age is not None, on_rows=give
        )
        self.manifest = outcome.manifest
        if not outcome.manifest.complete:
            log.warning("%s is incomplete: %s", self.slice, outcome.manifest.proof)
        if not outcome.streamed:
            for block in staged_rows(store, outcome.manifest):
                await give(block)


class AviationStack:
    """The API's endpoints as methods: ``api.flights(flight_date="2026-11-21")``. Use it in an ``async with``.

    Settings come from the environment and ``aviastack.toml``; any of them may be given as a keyword.
    """

    def __init__(self, **settings: Any) -> None:
        self.settings: Settings = settings_from(**settings)
        self._client: Api | None = None

    async def __aenter__(self) -> Self:
        from aviastack.api.session import Api

        self._client = await Api(self.settings).__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        client, self._client = self.client, None
        await client.__aexit__(kind, error, trace)

    @property
    def client(self) -> Api:
        """The session with the API; there is one inside the ``async with`` alone."""
        if self._client is None:
            raise RuntimeError("use it inside: async with AviationStack() as api")
        return self._client

    def rows(self, endpoint: str, *, max_age: timedelta | None = ANSWERS_FOR, **query: object) -> Rows:
        """Return the rows of an endpoint under its own parameters. Raises :class:`BadRequest` before any call.

        An answer in the journal serves up to ``max_age``, and a settled date's for good; None asks anew.
        """
        return Rows(self, Slice.of(endpoint, query), max_age)

    def __getattr__(self, name: str) -> Callable[..., Rows]:
        """Give every endpoint as a method, under its name or its table's: ``flightsFuture``, ``flights_future``."""
        for endpoint in ENDPOINTS.values():
            if name in (endpoint.name, endpoint.table):
                return lambda **query: self.rows(endpoint.name, **query)
        raise AttributeError(f"{type(self).__name__} has no endpoint '{name}'; it has {', '.join(ENDPOINTS)}")

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *(endpoint.table for endpoint in ENDPOINTS.values())]


def fetch_flights(
    *, fields: Literal["all"] | tuple[str, ...] = FIVE_FIELDS, max_age: timedelta | None = ANSWERS_FOR, **given: Any
) -> list[dict[str, Any]]:
    """Return flights as dictionaries: flight_date, flight_status, departure_airport, arrival_airport, airline_name.

    ``given`` are parameters of ``/flights`` (``flight_date``, ``airline_iata``, ...) and any settings. ``fields="all"``
    gives every column. Works in a script and where a loop is running. Raises an :class:`AviastackError`.
    """
    settings = {name: value for name, value in given.items() if name in Settings.model_fields}
    query = {name: value for name, value in given.items() if name not in settings}

    async def fetched() -> list[dict[str, Any]]:
        async with AviationStack(**settings) as api:
            table = await api.rows("flights", max_age=max_age, **query).to_arrow()
        rows: list[dict[str, Any]] = (table if fields == "all" else table.select(list(fields))).to_pylist()
        return rows

    return _finished(fetched())


async def _next(blocks: asyncio.Queue[pa.Table], running: asyncio.Task[None]) -> pa.Table | None:
    """The next block, or None at the end; raises what ended the run."""
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


def _finished(work: Coroutine[Any, Any, T]) -> T:
    """Run to the end: here, or in a thread of its own where a loop (a notebook's) is running."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return finish(work)
    with ThreadPoolExecutor(1, thread_name_prefix="fetch_flights") as thread:
        return thread.submit(finish, work).result()
