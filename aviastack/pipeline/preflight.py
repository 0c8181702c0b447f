"""Preflight: what a run may request and spend.

A request that is known to fail is refused before a call. A run that costs too much is refused after page 0.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from aviastack.endpoints import Plan
from aviastack.errors import BudgetExhausted, counted
from aviastack.settings import Settings
from aviastack.slices import Slice

if TYPE_CHECKING:
    from aviastack.limits.quota import Quota
    from aviastack.paging.cost import Cost


def check_request(slice_: Slice, settings: Settings) -> None:
    """Check a slice before a call is spent.

    Raises :class:`BadRequest` for a date in the future. Raises :class:`PlanRefused` if a plan is set that does not
    serve the slice; if none is set, the API decides, because accounts differ.
    """
    slice_.check_date(datetime.now(UTC))
    if "plan" in settings.model_fields_set:
        slice_.check_plan(settings.plan)


def check_cost(slice_: Slice, cost: Cost, settings: Settings, quota: Quota, *, spent: int) -> None:
    """Raise :class:`BudgetExhausted` if the limits do not allow the rest of a slice; called after page 0.

    The limits are ``max_calls`` of this run (``spent`` of them are used), the month's budget and, on the free plan, the
    calls that are left this month. Page 0 is in the journal and is not paid for twice.
    """
    left, rule = _tightest(settings, quota, spent)
    if left is not None and cost.calls > left:
        raise BudgetExhausted(
            f"{slice_} would cost {counted(cost.calls, 'more call')} ({counted(cost.rows, 'row')} at "
            f"{cost.rows_per_page:,} per page), "
            f"but {rule} leaves {left:,}.",
            remedy="Narrow it by airline or airport, or raise the limit; page 0 is kept and is not paid for again.",
        )


def _tightest(settings: Settings, quota: Quota, spent: int) -> tuple[int | None, str]:
    """Return the tightest limit, in calls that are left, and its name."""
    limits: list[tuple[int, str]] = []
    if settings.max_calls is not None:
        most = counted(settings.max_calls, "call")
        limits.append((max(0, settings.max_calls - spent), f"the limit of {most} per run"))
    if settings.budget is not None:
        limits.append((max(0, settings.budget - quota.used), f"the month's budget of {settings.budget:,}"))
    if quota.remaining is not None and settings.plan is Plan.FREE:
        limits.append((quota.remaining, f"the month's quota of {quota.limit:,}"))
    return min(limits) if limits else (None, "")
