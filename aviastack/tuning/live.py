"""Measure instead of assuming: page 0 of the slices of a date, within a stated number of calls.

Each page is journalled, so the run that follows does not pay for it again.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from time import monotonic

from aviastack.api.session import Api
from aviastack.endpoints import FLIGHTS
from aviastack.errors import AviastackError
from aviastack.pipeline.run import Pipeline
from aviastack.settings import Settings
from aviastack.slices import Slice
from aviastack.staging.store import Store
from aviastack.tuning.shapes import Shape, Size


@dataclass(frozen=True)
class Measured:
    """What was learnt: sizes by filter and value, seconds an answer took, the largest page, the calls it cost.

    ``stopped`` says why not all of it was; None if the calls sufficed, or were simply used up.
    """

    sizes: dict[tuple[str, str], Size]
    latency: float | None
    largest_page: int | None
    calls: int
    retried: int
    stopped: str | None = None


async def measure(
    shapes: Sequence[Shape], day: date | None, settings: Settings, store: Store, *, max_calls: int
) -> Measured:
    """Ask for page 0 of the slices of ``day`` (live without one), those that fit into ``max_calls``, one at a time.

    A retry is a call of the budget as well. What the first slice meets is raised, as by :meth:`Api.ask`; what a later
    one meets ends the measuring, and what was learnt until then is kept.
    """
    sizes: dict[tuple[str, str], Size] = {}
    seconds: list[float] = []
    pages: list[int] = []
    stopped: str | None = None
    limited = settings.model_copy(update={"max_calls": max_calls})
    async with Api(limited) as api:
        pipeline = Pipeline(limited, store, api)
        for filters in dict.fromkeys(f for shape in shapes for f in shape.filters):
            if api.calls >= max_calls:
                break
            query: dict[str, object] = dict(filters)
            slice_ = Slice.of(FLIGHTS, query | ({"flight_date": day} if day else {}))
            before, began = api.calls, monotonic()
            try:
                cost = await pipeline.estimate(slice_)
            except AviastackError as error:
                if not sizes:
                    raise
                stopped = str(error)
                break
            if api.calls == before + 1:
                seconds.append(monotonic() - began)
            sizes[next(iter(filters), ("", ""))] = Size(cost.rows, "page 0, fetched just now and kept")
            pages.append(cost.rows_per_page)
        latency = statistics.median(seconds) if seconds else None
        return Measured(sizes, latency, max(pages, default=None), api.calls, api.retried, stopped)
