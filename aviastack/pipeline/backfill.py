"""Many slices: concurrently within one pace and one budget, newest first, resumable.

A refused key, a spent month or budget, and a warehouse or staging that is unavailable end the backfill. Any other error
ends its own slice only.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import date, timedelta
from itertools import product

from aviastack.endpoints import Endpoint
from aviastack.errors import (
    AccessRefused,
    ApiDown,
    AviastackError,
    BadRequest,
    DamagedFile,
    Exhausted,
    StagingUnavailable,
    WarehouseUnavailable,
)
from aviastack.pipeline.load_queue import LoadQueue
from aviastack.pipeline.outcome import Failed, Outcome, Result
from aviastack.pipeline.resume import Reuse
from aviastack.pipeline.run import Pipeline
from aviastack.slices import Slice

AT_ONCE = 4  # slices at a time: enough to hide the latency of page 0, few enough that a kill leaves few unfinished
AWAITING_LOAD = 4  # staged slices that wait for the warehouse before no more are fetched; each holds its journal
ENDS_ALL = (AccessRefused, ApiDown, Exhausted, StagingUnavailable, WarehouseUnavailable)


def ends_all(error: AviastackError) -> bool:
    """Whether an error ends a backfill: it would meet every slice. A damaged file concerns its own slice."""
    return isinstance(error, ENDS_ALL) and not isinstance(error, DamagedFile)


def slices_between(endpoint: Endpoint, days: Iterable[date], filters: Mapping[str, object]) -> list[Slice]:
    """Return a slice for each day and each combination of the filters' comma-separated values, in the days' order."""
    if endpoint.date_parameter is None:
        raise BadRequest(
            f"{endpoint.name} has no dated slices to backfill.", remedy=f"Use: aviastack run {endpoint.name}"
        )
    choices = [[(name, part) for part in str(value).split(",")] for name, value in filters.items()]
    return [
        Slice.of(endpoint, {endpoint.date_parameter: day, **dict(chosen)})
        for day in days
        for chosen in product(*choices)
    ]


async def run_all(
    pipeline: Pipeline,
    slices: Sequence[Slice],
    *,
    load: bool = True,
    max_age: timedelta | None = None,
    again: bool = True,
) -> list[Result]:
    """Run the slices, a few at a time, and return the result of each that was begun, in their order.

    Slices that are staged wait to be loaded, in one session of the warehouse, while others are fetched. Unless
    ``again``, a date that has a final run is not fetched again.
    """
    reuse = Reuse(max_age, final=not again)
    results: dict[int, Result] = {}
    waiting = iter(enumerate(slices))
    ended = asyncio.Event()
    fetching = asyncio.Semaphore(AT_ONCE)

    async def staged(slice_: Slice) -> Outcome:
        async with fetching:
            return await pipeline.extract_and_stage(slice_, reuse)

    async def loaded(slice_: Slice, loads: LoadQueue) -> Outcome:
        async with AsyncExitStack() as claim:
            async with fetching:
                outcome = await claim.enter_async_context(pipeline.staged(slice_, reuse, loads=loads))
            return await pipeline.load_in_turn(outcome, loads)

    async def worker(loads: LoadQueue) -> None:
        for place, slice_ in waiting:
            if ended.is_set():
                return
            before = pipeline.api.calls_of(slice_)
            try:
                results[place] = await (loaded(slice_, loads) if load else staged(slice_))
            except AviastackError as error:
                results[place] = Failed(slice_, error, pipeline.api.calls_of(slice_) - before)
                if ends_all(error):
                    ended.set()

    async with LoadQueue(pipeline.store, pipeline.settings, pipeline.listener) as loads, asyncio.TaskGroup() as group:
        for _ in range(min(AT_ONCE + AWAITING_LOAD, len(slices))):
            group.create_task(worker(loads))
    return [results[place] for place in sorted(results)]
