"""What a choice of slices, page size, pace and concurrency costs: calls, seconds, and what the month then allows."""

from __future__ import annotations

import math
from dataclasses import dataclass

from aviastack.api import Rate, calls_for
from aviastack.api.pace import OFF
from aviastack.endpoints import Plan
from aviastack.tuning.shapes import Shape

DAYS = 30  # of a month
KEPT_BACK = 0.1  # of the quota: for mending lists that move, retries, and a backfill
DAY = 86_400  # seconds


@dataclass(frozen=True)
class Month:
    """The calls of a month: the ``quota``, and the ``budget`` that the recommendation may plan with."""

    quota: int
    budget: int

    @classmethod
    def of(cls, plan: Plan, *, quota: int | None = None, budget: int | None = None) -> Month:
        """Return the month of a plan, a tenth of its quota kept back unless a budget is set.

        An enterprise's quota is a matter of contract: unless it is given, a business account's stands in for it.
        """
        calls = quota or plan.calls_a_month or Plan.BUSINESS.calls_a_month or 0
        return cls(calls, int(calls * (1 - KEPT_BACK)) if budget is None else min(budget, calls))


@dataclass(frozen=True)
class Choice:
    """One setting of everything that can be set. ``latency`` is the seconds that an answer takes."""

    shape: Shape
    rows_a_page: int
    pace: str
    concurrency: int
    latency: float
    month: Month
    dated: bool = True  # whether the plan serves dates, and not live lists alone

    @property
    def calls_a_date(self) -> int:
        """Calls for one date that has settled: each offset of each slice once."""
        return self._calls(settled=True)

    @property
    def calls_a_poll(self) -> int:
        """Calls for the date that is still moving: neighbouring pages share rows, which proves that none is missing."""
        return self._calls(settled=False)

    @property
    def calls_of_a_day(self) -> int:
        """The least that a day costs, as ``dags/flight_data.py`` has it: the day before, which still moves, and again a
        date that has settled by then. Where there are no dates, one poll of the live list.
        """
        return self.calls_a_poll + self._settled_a_day

    @property
    def fits(self) -> bool:
        """Whether the month pays for that."""
        return self.polls_a_day > 0

    @property
    def calls_a_second(self) -> float:
        """What the pace allows, or what answers under way allow where that is less."""
        under_way = self.concurrency / self.latency if self.latency else math.inf
        return under_way if self.pace == OFF else min(1 / Rate.of(self.pace).gap, under_way)

    def seconds(self, calls: int) -> float:
        """Return how long so many calls of one slice take: page 0 is waited for, the others share the pace."""
        return self.latency + max(0.0, (calls - 1) / self.calls_a_second + self.latency if calls > 1 else 0.0)

    @property
    def dates_a_month(self) -> int:
        """Settled dates that the month's budget pays for, were nothing else asked."""
        return self.month.budget // self.calls_a_date

    @property
    def polls_a_day(self) -> int:
        """How often a day what moves can be asked for, each settled date once besides, within budget and pace."""
        left = self.month.budget - DAYS * self._settled_a_day
        affordable = max(0, left) // (DAYS * self.calls_a_poll)
        return min(affordable, int(DAY / self.seconds(self.calls_a_poll)))

    @property
    def calls_a_day(self) -> int:
        """Calls of a day with one settled date and as many polls as the month allows, but one poll at least."""
        return self._settled_a_day + max(1, self.polls_a_day) * self.calls_a_poll

    @property
    def hours_old(self) -> float | None:
        """How old the newest rows get before the next poll; None where the month does not even pay for one a day."""
        return 24 / self.polls_a_day if self.polls_a_day else None

    @property
    def share_of_quota(self) -> float:
        """Part of the month's quota that :attr:`calls_a_day` spends."""
        return DAYS * self.calls_a_day / self.month.quota

    @property
    def is_complete(self) -> bool:
        """Whether every flight of the partners comes, in slices that can be proven complete."""
        return self.shape.whole and not self.shape.is_cut_off

    @property
    def _settled_a_day(self) -> int:
        return self.calls_a_date if self.dated else 0

    def _calls(self, *, settled: bool) -> int:
        listed = sum(calls_for(size.rows, self.rows_a_page, settled) for size in self.shape.sizes)
        return listed + self.shape.extra_calls
