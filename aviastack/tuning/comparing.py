"""Compare all choices of slices and page size, and recommend one."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from itertools import product
from typing import Any

from aviastack.endpoints import FLIGHTS, Plan, Rate
from aviastack.tuning.costs import DAYS, Choice, Month, Speed
from aviastack.tuning.shapes import PER_AIRLINE, Shape

PAGES = (100, 250, 500, 1_000)
PACES = (Rate(1), Rate(2), Rate(5), Rate(10))
CONCURRENCIES = (1, 2, 4, 8, 16, 32)
LATENCY = 1.0  # seconds an answer takes, unless measured: recorded ones took from 0.1 to 5
HISTORY = timedelta(days=90)  # the vendor's "about three months"; one account was served nine in October 2025


@dataclass(frozen=True)
class Comparison:
    """All choices of slices and page size, the ``best`` among them, and the settings that follow from it.

    ``speeds`` maps each pace and concurrency to the minutes that the dates take with the best slices and page size.
    """

    plan: Plan
    dates: Sequence[date]
    choices: Sequence[Choice]
    best: Choice
    speeds: Mapping[Speed, float]

    @property
    def calls(self) -> int:
        """Calls for all dates, settled."""
        return self.best.calls_per_date * len(self.dates)

    @property
    def minutes(self) -> float:
        """Minutes for all dates, settled."""
        return self.best.seconds_per_date * len(self.dates) / 60

    @property
    def settings(self) -> dict[str, str | int]:
        """The recommendation as settings of ``aviastack.toml``. The page size follows from the plan."""
        return {
            "plan": str(self.plan),
            "pace": str(self.best.speed.pace),
            "concurrency": self.best.speed.concurrency,
            "budget": self.best.month.budget,
        }

    @property
    def warnings(self) -> list[str]:
        """What the reader should know about the recommended choice."""
        best, warnings = self.best, list(self.best.shape.warnings)
        if not best.is_complete:
            why = "a list is cut off" if best.shape.is_cut_off else f"it covers {best.shape.covers}"
            warnings.append(f"'{best.shape.name}' does not cover every flight of the partners: {why}.")
        if not best.changing.complete:
            warnings.append(f"'{best.shape.name}' was not complete in the simulation while its list was changing.")
        if best.dated and self.calls > best.month.budget:
            needed = math.ceil(self.calls / max(1, best.month.budget))
            warnings.append(f"The range costs more than one month's budget: it takes {needed} months.")
        if not best.fits:
            warnings.append(f"The monthly budget does not cover this: {self._shortfall()}")
        if best.dated and min(self.dates) < datetime.now(UTC).date() - HISTORY:
            warnings.append(f"{min(self.dates)} may be too old: the API serves about three months of history.")
        if self.plan.rank < FLIGHTS.dated_plan.rank:
            warnings.append(
                f"The {self.plan} plan serves live flights only; flights by date need the {FLIGHTS.dated_plan} plan."
            )
        return warnings

    @property
    def partners_that_fit(self) -> int:
        """How many of the partners, counted from the first, the monthly budget covers with one slice each."""
        alone = (c for c in self.choices if c.shape.name == PER_AIRLINE and c.rows_per_page == self.best.rows_per_page)
        return max((choice.slices_that_fit for choice in alone), default=0)

    @cached_property
    def plan_that_fits(self) -> Plan | None:
        """The smallest larger plan whose quota covers the recommended slices.

        None if no plan does, or if the current plan serves no dates, so that there is nothing to compare.
        """
        for plan in sorted(Plan, key=lambda plan: plan.rank) if self.best.dated else ():
            if plan.rank > self.plan.rank:
                speed = replace(self.best.speed, pace=FLIGHTS.pace_for(plan))
                if Choice.of(self.best.shape, plan.rows_per_page, speed, Month.of(plan)).fits:
                    return plan
        return None

    def _shortfall(self) -> str:
        best = self.best
        what = "fetching each date twice, while it changes and once settled," if best.dated else "one poll per day"
        text = (
            f"{what} costs {DAYS * best.calls_per_day_at_least:,} calls per month; the budget is {best.month.budget:,}."
        )
        if self.partners_that_fit:
            text += f" It covers only the first {self.partners_that_fit} of the partners."
        if self.plan_that_fits is not None:
            text += f" The {self.plan_that_fits} plan would cover all of them."
        return text

    def to_json(self) -> dict[str, Any]:
        """Return everything as plain values."""
        return {
            "plan": str(self.plan),
            "dates": len(self.dates),
            "month": {"quota": self.best.month.quota, "budget": self.best.month.budget},
            "fits": self.best.fits,
            "partners_that_fit": self.partners_that_fit,
            "plan_that_fits": str(self.plan_that_fits) if self.plan_that_fits else None,
            "recommended": self._choice_json(self.best),
            "settings": self.settings,
            "warnings": self.warnings,
            "slices": [
                {"shape": shape.name, "filters": dict(filters), "rows": size.rows, "source": size.source}
                for shape in dict.fromkeys(choice.shape for choice in self.choices)
                for filters, size in zip(shape.filters, shape.sizes, strict=True)
            ],
            "choices": [self._choice_json(choice) for choice in self.choices],
            "speeds": [
                {"pace": str(speed.pace), "concurrency": speed.concurrency, "minutes_for_the_dates": round(minutes, 2)}
                for speed, minutes in self.speeds.items()
            ],
        }

    def _choice_json(self, choice: Choice) -> dict[str, Any]:
        return {
            "shape": choice.shape.name,
            "covers": choice.shape.covers,
            "complete": choice.is_complete,
            "rows_per_page": choice.rows_per_page,
            "pace": str(choice.speed.pace),
            "concurrency": choice.speed.concurrency,
            "slices_per_date": choice.shape.slices,
            "rows_per_date": choice.shape.rows,
            "calls_per_date": choice.calls_per_date,
            "calls_per_poll": choice.calls_per_poll,
            "calls_per_day_at_least": choice.calls_per_day_at_least,
            "calls_for_the_dates": choice.calls_per_date * len(self.dates),
            "minutes_for_the_dates": round(choice.seconds_per_date * len(self.dates) / 60, 2),
            "minutes_per_date": round(choice.seconds_per_date / 60, 3),
            "minutes_per_poll": round(choice.seconds_per_poll / 60, 3),
            "dates_per_month": choice.dates_per_month,
            "polls_per_day": choice.polls_per_day,
            "hours_old": choice.hours_old,
            "calls_per_day": choice.calls_per_day,
            "share_of_quota": round(choice.share_of_quota, 4),
        }


def compare(
    plan: Plan,
    shapes: Sequence[Shape],
    dates: Sequence[date],
    *,
    month: Month,
    pace: Rate | None = None,
    latency: float = LATENCY,
    largest_page: int | None = None,
) -> Comparison:
    """Simulate one date of every choice, settled and changing, and recommend one; makes no call.

    ``pace`` is the pace to recommend; unset, the plan's default for the endpoint. No rate limit is published, so a
    faster pace is shown and never recommended. ``largest_page`` is the largest page that the API was seen to serve.
    """
    wanted = pace or FLIGHTS.pace_for(plan)
    speed = Speed(wanted, _concurrency(wanted, latency), latency)
    pages = sorted({min(page, largest_page or plan.rows_per_page) for page in PAGES})
    dated = plan.rank >= FLIGHTS.dated_plan.rank
    choices = [Choice.of(shape, page, speed, month, dated=dated) for shape, page in product(shapes, pages)]
    best = max(choices, key=_merit)
    return Comparison(plan, dates, choices, best, _speeds(best, len(dates)))


def _merit(choice: Choice) -> tuple[bool, bool, int, int, int]:
    """Rank a choice: complete, whole, then the most polls, the fewest calls, the largest page."""
    return choice.is_complete, choice.shape.whole, choice.polls_per_day, -choice.calls_per_date, choice.rows_per_page


def _speeds(best: Choice, dates: int) -> dict[Speed, float]:
    paces = sorted({*PACES, best.speed.pace}, key=_calls_per_second)
    every = product(paces, sorted({*CONCURRENCIES, best.speed.concurrency}))
    speeds = [Speed(pace, concurrency, best.speed.latency) for pace, concurrency in every]
    return {
        speed: best.shape.whole_of(speed.take(best.shape, best.rows_per_page, settled=True).seconds) * dates / 60
        for speed in speeds
    }


def _concurrency(pace: Rate, latency: float) -> int:
    """The fewest calls in flight that keep up with the pace, plus one: rate times latency (Little's law)."""
    return 16 if pace.is_off else min(256, math.ceil(latency / pace.gap) + 1)


def _calls_per_second(pace: Rate) -> float:
    return math.inf if pace.is_off else 1 / pace.gap
