"""Estimates: what slices will cost, before they run.

An estimate costs at most one call per slice, which is page 0 of the run itself, at full limit and journalled. With
``calls=False`` it costs none and is based on earlier runs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from aviastack.endpoints import Listing
from aviastack.errors import counted
from aviastack.manifest import html_table
from aviastack.pipeline.run import Pipeline
from aviastack.settings import Settings
from aviastack.slices import Slice

if TYPE_CHECKING:
    from aviastack.limits.quota import Quota
    from aviastack.staging.store import Store

WINDOW = 10_000  # rows: in September 2026 unfiltered lists reported exactly this total, and no more could be fetched
NEAR_WINDOW = 9_000
WORLD_DAY = 92_000  # rows of one date, whole world: the median total since August 2025


@dataclass(frozen=True)
class SliceEstimate:
    """The cost of one slice: ``calls`` still to be made, None if there is no basis for an estimate."""

    slice: Slice
    rows: int | None
    calls: int | None
    source: str

    @property
    def warning(self) -> str | None:
        """A warning if the slice comes near the window of rows that the API serves."""
        if self.slice.endpoint.listing is not Listing.BY_DATE or self.rows is None or self.rows < NEAR_WINDOW:
            return None
        return (
            f"{self.slice} has {self.rows:,} rows, near or above the {WINDOW:,} that some plans are served: "
            "split it by airline or airport."
        )


@dataclass(frozen=True)
class Estimate:
    """The cost of several slices: calls, minutes at the present pace, share of the month's quota (0 to 1)."""

    slices: Sequence[SliceEstimate]
    calls: int
    unknown: int
    minutes: float
    share_of_month: float | None
    remaining: int | None

    @property
    def warnings(self) -> list[str]:
        """What the reader should know before the run."""
        return [warning for each in self.slices if (warning := each.warning)]

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        share = "unknown" if self.share_of_month is None else f"{self.share_of_month:.1%}"
        left = "unknown" if self.remaining is None else f"{self.remaining:,}"
        slices = {
            str(each.slice): "unknown" if each.calls is None else counted(each.calls, "call") for each in self.slices
        }
        total = {"calls": f"{self.calls:,}", "minutes": f"{self.minutes:.1f}", "share of the month": share}
        return html_table("Estimate", {**slices, **total, "calls left this month": left})


async def estimate(pipeline: Pipeline, slices: Sequence[Slice], *, calls: bool = True) -> Estimate:
    """Estimate what the slices cost: at most one call per slice, none if ``calls`` is false or a run is on record."""
    settings = pipeline.settings
    estimates = []
    for slice_ in slices:
        known = await asyncio.to_thread(_from_record, pipeline.store, slice_, settings)
        if known is None and calls:
            cost = await pipeline.estimate(slice_)
            known = SliceEstimate(slice_, cost.rows, cost.calls, "page 0, which is kept for the run")
        estimates.append(known or _without_record(slice_, settings))
    return _sum(estimates, settings, await pipeline.api.quota())


def seconds_per_call(slice_: Slice, settings: Settings) -> float:
    """Return how many seconds the pace makes each call wait; 0 if the pace is off."""
    return (settings.pace or slice_.endpoint.pace_for(settings.plan)).gap


def _from_record(store: Store, slice_: Slice, settings: Settings) -> SliceEstimate | None:
    """Return an estimate from the slice's newest manifest."""
    from aviastack.paging.cost import calls_for
    from aviastack.staging import manifest_log

    settled = slice_.is_settled(datetime.now(UTC))
    latest = manifest_log.latest(store, slice_)
    if latest is not None:
        calls = 0 if settled and latest.complete else calls_for(latest.total, settings.plan.rows_per_page, settled)
        return SliceEstimate(slice_, latest.total, calls, f"run {latest.run_id}")
    return None


def _without_record(slice_: Slice, settings: Settings) -> SliceEstimate:
    """Return an estimate for a slice without a run: the world's median day, or no estimate."""
    from aviastack.paging.cost import calls_for

    if slice_.endpoint.listing is Listing.SINGLE_PAGE:
        return SliceEstimate(slice_, None, 1, "one response")
    only_date = [name for name, _ in slice_.query] == [slice_.endpoint.date_parameter]
    if slice_.endpoint.listing is Listing.BY_DATE and only_date:
        settled = slice_.is_settled(datetime.now(UTC))
        return SliceEstimate(
            slice_, WORLD_DAY, calls_for(WORLD_DAY, settings.plan.rows_per_page, settled), "the world's median day"
        )
    return SliceEstimate(slice_, None, None, "no earlier run")


def _sum(estimates: Sequence[SliceEstimate], settings: Settings, quota: Quota) -> Estimate:
    calls = sum(each.calls or 0 for each in estimates)
    seconds = sum((each.calls or 0) * seconds_per_call(each.slice, settings) for each in estimates)
    month = quota.limit or settings.plan.calls_per_month
    return Estimate(
        estimates,
        calls,
        sum(each.calls is None for each in estimates),
        seconds / 60,
        calls / month if month else None,
        quota.remaining,
    )
