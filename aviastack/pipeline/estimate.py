"""What a run will cost, before it runs.

The plan costs nothing extra: its probe is page 0 of the run itself, at full limit, journalled; the run that follows
goes on from there. ``--estimate`` asks nothing at all and goes by earlier runs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from aviastack.endpoints import Listing
from aviastack.pipeline.run import probe
from aviastack.settings import PACE, Settings
from aviastack.slices import Slice

if TYPE_CHECKING:
    from aviastack.api.session import Api
    from aviastack.limits.quota import Quota
    from aviastack.staging.store import Store

WINDOW = 10_000  # rows: in September 2026 unfiltered lists reported exactly this total, and no more could be had
NEAR_WINDOW = 9_000
WORLD_DAY = 92_000  # rows of one date, whole world: the median total since August 2025


@dataclass(frozen=True)
class Forecast:
    """What one slice costs. ``calls`` are those still to be made; None where nothing is known to go by."""

    slice: Slice
    rows: int | None
    calls: int | None
    source: str

    @property
    def warning(self) -> str | None:
        """Say so where the slice comes near the window in which the API answers."""
        if self.slice.endpoint.listing is not Listing.BY_DATE or self.rows is None or self.rows < NEAR_WINDOW:
            return None
        return (
            f"{self.slice} has {self.rows:,} rows, near or past the {WINDOW:,} that some plans are served: "
            "split it by airline or airport."
        )


@dataclass(frozen=True)
class Budgeted:
    """The forecasts of a command together: calls, minutes at the present pace, share of the month."""

    forecasts: Sequence[Forecast]
    calls: int
    unknown: int
    minutes: float
    share_of_month: float | None
    remaining: int | None

    @property
    def warnings(self) -> list[str]:
        """What the reader should know before going on."""
        return [warning for forecast in self.forecasts if (warning := forecast.warning)]


async def plan(slices: Sequence[Slice], settings: Settings, api: Api, *, estimate: bool) -> Budgeted:
    """Say what the slices cost: one call a slice at most, none with ``estimate`` or for what the journal knows."""
    from aviastack.staging.open_store import open_store

    store = open_store(settings.staging)
    forecasts = []
    for slice_ in slices:
        forecast = await asyncio.to_thread(_from_record, store, slice_, settings)
        if forecast is None and not estimate:
            cost = await probe(slice_, settings, api)
            forecast = Forecast(slice_, cost.rows, cost.calls, "page 0, which is kept for the run")
        forecasts.append(forecast or _guess(slice_, settings))
    return _together(forecasts, settings, await api.quota())


def seconds_per_call(slice_: Slice, settings: Settings) -> float:
    """Return how long the pace makes each call wait; 0 with the pace off."""
    pace = settings.pace or slice_.endpoint.pace_for(settings.plan)
    match = PACE.fullmatch(pace)
    return float(match["period"] or 1) / float(match["calls"]) if match else 0.0


def _from_record(store: Store, slice_: Slice, settings: Settings) -> Forecast | None:
    """A forecast from the newest manifest of the same slice, or of the same filters on another date."""
    from aviastack.paging.cost import calls_for
    from aviastack.staging import manifest_log

    settled = slice_.is_settled(datetime.now(UTC))
    latest = manifest_log.latest(store, slice_)
    if latest is not None:
        calls = 0 if settled and latest.complete else calls_for(latest.total, settings.plan.rows_per_page, settled)
        return Forecast(slice_, latest.total, calls, f"run {latest.run_id}")
    return None


def _guess(slice_: Slice, settings: Settings) -> Forecast:
    """A forecast for a slice that was never run: the world's median day, or nothing to go by."""
    from aviastack.paging.cost import calls_for

    if slice_.endpoint.listing is Listing.SINGLE_PAGE:
        return Forecast(slice_, None, 1, "one response")
    only_date = [name for name, _ in slice_.query] == [slice_.endpoint.date_parameter]
    if slice_.endpoint.listing is Listing.BY_DATE and only_date:
        settled = slice_.is_settled(datetime.now(UTC))
        return Forecast(
            slice_, WORLD_DAY, calls_for(WORLD_DAY, settings.plan.rows_per_page, settled), "the world's median day"
        )
    return Forecast(slice_, None, None, "nothing to go by")


def _together(forecasts: Sequence[Forecast], settings: Settings, quota: Quota) -> Budgeted:
    calls = sum(forecast.calls or 0 for forecast in forecasts)
    seconds = sum((f.calls or 0) * seconds_per_call(f.slice, settings) for f in forecasts)
    month = quota.limit or settings.plan.calls_per_month
    return Budgeted(
        forecasts,
        calls,
        sum(forecast.calls is None for forecast in forecasts),
        seconds / 60,
        calls / month if month else None,
        quota.remaining,
    )
