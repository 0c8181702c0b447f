"""What a run may ask and spend: refused before a call where that is known, and after page 0 where it costs too much."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from aviastack.endpoints import Plan
from aviastack.errors import BudgetExhausted
from aviastack.settings import Settings
from aviastack.slices import Slice

if TYPE_CHECKING:
    from aviastack.limits.quota import Quota
    from aviastack.paging.cost import Cost


def check(slice_: Slice, settings: Settings) -> None:
    """Refuse what is known to be refused, before a call is spent.

    Raises :class:`BadRequest` for a date in the future and, where a plan was set, :class:`PlanRefused` for what it does
    not serve; where none was set the API's answer decides, for accounts differ.
    """
    slice_.check_date(datetime.now(UTC))
    if "plan" in settings.model_fields_set:
        slice_.check_plan(settings.plan)


def permit(slice_: Slice, cost: Cost, settings: Settings, quota: Quota, *, spent: int) -> None:
    """Raise :class:`BudgetExhausted` where the rest of a slice can't be paid for; called after page 0, before the rest.

    The limits: ``max_calls`` of this run (``spent`` of them gone), the month's budget, and on the free plan what the
    month has left. Page 0 is in the journal and is not paid twice.
    """
    left, rule = _least(settings, quota, spent)
    if left is not None and cost.calls > left:
        raise BudgetExhausted(
            f"{slice_} would cost {cost.calls:,} more calls ({cost.rows:,} rows of {cost.rows_per_page:,} a page), "
            f"and {rule} leaves {left:,}.",
            remedy="Narrow it by airline or airport, or raise the limit; page 0 is kept and is not paid again.",
        )


def _least(settings: Settings, quota: Quota, spent: int) -> tuple[int | None, str]:
    """The tightest of the limits, in calls left, and its name."""
    limits: list[tuple[int, str]] = []
    if settings.max_calls is not None:
        limits.append((max(0, settings.max_calls - spent), f"--max-calls {settings.max_calls:,}"))
    if settings.budget is not None:
        limits.append((max(0, settings.budget - quota.used), f"the month's budget of {settings.budget:,}"))
    if quota.remaining is not None and settings.plan is Plan.FREE:
        limits.append((quota.remaining, f"the month's quota of {quota.limit:,}"))
    return min(limits) if limits else (None, "")
