"""Every choice beside every other, and the one to take."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from itertools import product
from typing import Any

from aviastack.endpoints import FLIGHTS, Plan
from aviastack.limits.pace import OFF, Rate
from aviastack.tuning.costs import DAYS, Choice, Month, Speed
from aviastack.tuning.shapes import PER_AIRLINE, Shape

PAGES = (100, 250, 500, 1_000)
PACES = ("1/s", "2/s", "5/s", "10/s")
ABREAST = (1, 2, 4, 8, 16, 32)
LATENCY = 1.0  # seconds an answer takes, unless measured: recorded ones took from 0.1 to 5
HISTORY = timedelta(days=90)  # the vendor's "about three months"; one account was served nine in October 2025


@dataclass(frozen=True)
class Comparison:
    """All choices of slices and page size, the ``best`` among them, and the settings that it comes down to.

    ``speeds`` maps each pace and concurrency to the minutes that the dates take with the best slices and pages.
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
            "pace": self.best.speed.pace,
            "concurrency": self.best.speed.concurrency,
            "budget": self.best.month.budget,
        }

    @property
    def warnings(self) -> list[str]:
        """What the reader should know of the recommended choice."""
        best, told = self.best, list(self.best.shape.warnings)
        if not best.is_complete:
            why = "a list is cut off" if best.shape.is_cut_off else f"it brings {best.shape.covers}"
            told.append(f"'{best.shape.name}' does not bring every flight of the partners: {why}.")
        if not best.moving.proven:
            told.append(f"'{best.shape.name}' was not proven complete in the simulation while its list moved.")
        if best.dated and self.calls > best.month.budget:
            needed = math.ceil(self.calls / max(1, best.month.budget))
            told.append(f"The range costs more than a month's budget: it takes {needed} months.")
        if not best.fits:
            told.append(f"The month does not pay for that: {self._shortfall()}")
        if best.dated and min(self.dates) < datetime.now(UTC).date() - HISTORY:
            told.append(f"{min(self.dates)} may be too long ago: the API serves about three months.")
        if self.plan.rank < FLIGHTS.dated_plan.rank:
            told.append(f"The {self.plan} plan serves live flights only; dates need the {FLIGHTS.dated_plan} plan.")
        return told

    @property
    def partners_that_fit(self) -> int:
        """How many of the partners, the first ones, the month would pay for, each in a slice of its own."""
        alone = (c for c in self.choices if c.shape.name == PER_AIRLINE and c.rows_per_page == self.best.rows_per_page)
        return max((choice.slices_that_fit for choice in alone), default=0)

    @cached_property
    def plan_that_fits(self) -> Plan | None:
        """The least plan above the present one whose month would pay for the recommended slices; None where none would,
        and where the present one serves no dates, so that there is nothing to compare.
        """
        for plan in sorted(Plan, key=lambda plan: plan.rank) if self.best.dated else ():
            if plan.rank > self.plan.rank:
                speed = replace(self.best.speed, pace=FLIGHTS.pace_for(plan))
                if Choice.of(self.best.shape, plan.rows_per_page, speed, Month.of(plan)).fits:
                    return plan
        return None

    def _shortfall(self) -> str:
        best = self.best
        what = "each date twice, moving and settled," if best.dated else "one poll a day"
        told = f"{what} is {DAYS * best.calls_of_a_day:,} calls a month, and the budget {best.month.budget:,}."
        if self.partners_that_fit:
            told += f" It pays for the first {self.partners_that_fit} of them alone."
        if self.plan_that_fits is not None:
            told += f" The {self.plan_that_fits} plan would pay for all."
        return told

    def to_json(self) -> dict[str, Any]:
        """Return everything as plain values."""
        return {
            "plan": str(self.plan),
            "dates": len(self.dates),
            "month": {"quota": self.best.month.quota, "budget": self.best.month.budget},
            "fits": self.best.fits,
            "partners_that_fit": self.partners_that_fit,
            "plan_that_fits": str(self.plan_that_fits) if self.plan_that_fits else None,
            "recommended": self._told(self.best),
            "settings": self.settings,
            "warnings": self.warnings,
            "slices": [
                {"shape": shape.name, "filters": dict(filters), "rows": size.rows, "source": size.source}
                for shape in dict.fromkeys(choice.shape for choice in self.choices)
                for filters, size in zip(shape.filters, shape.sizes, strict=True)
            ],
            "choices": [self._told(choice) for choice in self.choices],
            "speeds": [
                {"pace": speed.pace, "concurrency": speed.concurrency, "minutes_for_the_dates": round(minutes, 2)}
                for speed, minutes in self.speeds.items()
            ],
        }

    def _told(self, choice: Choice) -> dict[str, Any]:
        return {
            "shape": choice.shape.name,
            "covers": choice.shape.covers,
            "complete": choice.is_complete,
            "rows_per_page": choice.rows_per_page,
            "pace": choice.speed.pace,
            "concurrency": choice.speed.concurrency,
            "slices_per_date": choice.shape.slices,
            "rows_per_date": choice.shape.rows,
            "calls_per_date": choice.calls_per_date,
            "calls_per_poll": choice.calls_per_poll,
            "calls_of_a_day": choice.calls_of_a_day,
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
    pace: str | None = None,
    latency: float = LATENCY,
    largest_page: int | None = None,
) -> Comparison:
    """Simulate one date of every choice, settled and moving, and recommend one; costs no call.

    ``pace`` is the one to recommend, the endpoint's default of the plan if unset: no limit is published, so a faster
    one is shown and never recommended. ``largest_page`` is what the API was seen to serve.
    """
    wanted = pace or FLIGHTS.pace_for(plan)
    speed = Speed(wanted, _concurrency(wanted, latency), latency)
    pages = sorted({min(page, largest_page or plan.rows_per_page) for page in PAGES})
    dated = plan.rank >= FLIGHTS.dated_plan.rank
    choices = [Choice.of(shape, page, speed, month, dated=dated) for shape, page in product(shapes, pages)]
    best = max(choices, key=_merit)
    return Comparison(plan, dates, choices, best, _speeds(best, len(dates)))


def _merit(choice: Choice) -> tuple[bool, bool, int, int, int]:
    """What makes a choice the better one: complete, whole, then the most polls, the fewest calls, the largest page."""
    return choice.is_complete, choice.shape.whole, choice.polls_per_day, -choice.calls_per_date, choice.rows_per_page


def _speeds(best: Choice, dates: int) -> dict[Speed, float]:
    paces = sorted({*PACES, best.speed.pace}, key=_calls_per_second)
    every = product(paces, sorted({*ABREAST, best.speed.concurrency}))
    speeds = [Speed(pace, abreast, best.speed.latency) for pace, abreast in every]
    return {
        speed: best.shape.whole_of(speed.take(best.shape, best.rows_per_page, settled=True).seconds) * dates / 60
        for speed in speeds
    }


def _concurrency(pace: str, latency: float) -> int:
    """The fewest calls under way that keep up with the pace, one to spare: rate times latency (Little's law)."""
    return 16 if pace == OFF else min(256, math.ceil(latency / Rate.of(pace).gap) + 1)


def _calls_per_second(pace: str) -> float:
    return math.inf if pace == OFF else 1 / Rate.of(pace).gap
