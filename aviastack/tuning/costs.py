"""The cost of a choice of slices, page size, pace and concurrency: calls, seconds, and polls that the budget allows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from aviastack.endpoints import Plan, Rate
from aviastack.tuning.shapes import Shape
from aviastack.tuning.simulating import Taken, simulate

DAYS = 30  # per month
KEPT_BACK = 0.1  # of the quota: for retries and a backfill
DAY = 86_400  # seconds


@dataclass(frozen=True)
class Month:
    """The calls of one month: the ``quota``, and the ``budget`` that the recommendation may spend."""

    quota: int
    budget: int

    @classmethod
    def of(cls, plan: Plan, *, quota: int | None = None, budget: int | None = None) -> Month:
        """Return the month of a plan, a tenth of its quota kept back unless a budget is set.

        The quota of the enterprise plan is set by contract: unless it is given, the business plan's is used.
        """
        calls = quota or plan.calls_per_month or Plan.BUSINESS.calls_per_month or 0
        return cls(calls, int(calls * (1 - KEPT_BACK)) if budget is None else min(budget, calls))


@dataclass(frozen=True)
class Speed:
    """A pace and the number of calls in flight. ``latency`` is the seconds that an answer takes."""

    pace: Rate
    concurrency: int
    latency: float

    def take(self, shape: Shape, rows_per_page: int, *, settled: bool) -> Taken:
        """Return what one date of the shape takes, by simulation."""
        return simulate(
            shape.lists,
            rows_per_page=rows_per_page,
            pace=self.pace,
            concurrency=self.concurrency,
            latency=self.latency,
            settled=settled,
        )


@dataclass(frozen=True)
class Choice:
    """One setting of everything that can be set, and what one date costs, ``settled`` and while still ``changing``."""

    shape: Shape
    rows_per_page: int
    speed: Speed
    month: Month
    settled: Taken
    changing: Taken
    dated: bool = True  # whether the plan serves dates, and not live lists alone

    @classmethod
    def of(cls, shape: Shape, rows_per_page: int, speed: Speed, month: Month, *, dated: bool = True) -> Self:
        """Simulate the choice."""
        settled = speed.take(shape, rows_per_page, settled=True)
        changing = speed.take(shape, rows_per_page, settled=False)
        return cls(shape, rows_per_page, speed, month, settled, changing, dated)

    @property
    def calls_per_date(self) -> int:
        """Calls for one date that has settled: each offset of each slice once."""
        return self.shape.whole_of(sum(self.settled.calls))

    @property
    def calls_per_poll(self) -> int:
        """Calls for a date that is still changing: neighbouring pages share rows, and broken seams are repaired."""
        return self.shape.whole_of(sum(self.changing.calls))

    @property
    def seconds_per_date(self) -> float:
        """Seconds for one date that has settled."""
        return self.shape.whole_of(self.settled.seconds)

    @property
    def seconds_per_poll(self) -> float:
        """Seconds for a date that is still changing: the more it changes, the fewer calls run concurrently."""
        return self.shape.whole_of(self.changing.seconds)

    @property
    def calls_per_day_at_least(self) -> int:
        """The least that a day costs with ``dags/flight_data.py``: the previous date, which still changes, and the
        date that has settled by then. On a plan without dates: one poll of the live list.
        """
        return self.calls_per_poll + self._settled_per_day

    @property
    def fits(self) -> bool:
        """Whether the monthly budget and the hours of a day suffice for it."""
        return self.polls_per_day > 0

    @property
    def slices_that_fit(self) -> int:
        """How many of the slices, counted from the first, the monthly budget covers."""
        spent = 0
        for count, (settled, changing) in enumerate(zip(self.settled.calls, self.changing.calls, strict=True)):
            spent += DAYS * (changing + (settled if self.dated else 0))
            if spent > self.month.budget:
                return count
        return len(self.settled.calls)

    @property
    def dates_per_month(self) -> int:
        """Settled dates that the monthly budget covers if nothing else is fetched."""
        return self.month.budget // self.calls_per_date

    @property
    def polls_per_day(self) -> int:
        """Polls of the changing date per day, beside each settled date once, within budget and time."""
        left = self.month.budget - DAYS * self._settled_per_day
        affordable = max(0, left) // (DAYS * self.calls_per_poll)
        return min(affordable, int(DAY / self.seconds_per_poll))

    @property
    def calls_per_day(self) -> int:
        """Calls of a day with one settled date and as many polls as the month allows, but one poll at least."""
        return self._settled_per_day + max(1, self.polls_per_day) * self.calls_per_poll

    @property
    def hours_old(self) -> float | None:
        """How old the newest rows get before the next poll; None if the budget does not cover one poll per day."""
        return 24 / self.polls_per_day if self.polls_per_day else None

    @property
    def share_of_quota(self) -> float:
        """Part of the month's quota that :attr:`calls_per_day` spends."""
        return DAYS * self.calls_per_day / self.month.quota

    @property
    def is_complete(self) -> bool:
        """Whether every flight of the partners is covered, by slices that can be complete."""
        return self.shape.whole and not self.shape.is_cut_off

    @property
    def _settled_per_day(self) -> int:
        return self.calls_per_date if self.dated else 0
