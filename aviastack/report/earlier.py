"""The page's dates against the period before and the same weekdays a year before."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from aviastack.report.intervals import LEAST_TIMED, Band, Share, all_of

YEAR = timedelta(weeks=52)  # so that each weekday meets its like


@dataclass(frozen=True)
class Change:
    """An airline's share of arrivals on time in some dates and in as many dates before.

    Both shares are by the median taxi time: its error is the same on both sides, so chance alone decides.
    """

    airline: str
    before: Share
    after: Share

    @property
    def points(self) -> float | None:
        """Percentage points gained; negative if the airline slipped. None if either side has too few flights."""
        if (
            self.before.value is None
            or self.after.value is None
            or min(self.before.count, self.after.count) < LEAST_TIMED
        ):
            return None
        return 100 * (self.after.value - self.before.value)

    @property
    def is_clear(self) -> bool:
        """Whether the change is more than chance: the two intervals do not overlap."""
        return self.points is not None and self.before.is_apart_from(self.after)


@dataclass(frozen=True)
class Earlier:
    """Arrivals of an earlier period: by airline key, the dates with timed arrivals and the band over them."""

    name: str
    first: date
    last: date
    arrivals: dict[str, tuple[int, Band]]


@dataclass(frozen=True)
class Against:
    """An airline's arrivals now against an earlier period; ``why_not`` says why there is no change to show."""

    before: Band | None
    change: Change | None
    why_not: str | None


def periods_before(first: date, last: date) -> dict[str, tuple[date, date]]:
    """Return the first and the last date of the period before, as long as this one, and of the one a year before."""
    length = last - first + timedelta(days=1)
    return {
        "the period before": (first - length, first - timedelta(days=1)),
        "a year before": (first - YEAR, last - YEAR),
    }


def earlier_of(name: str, first: date, last: date, rows: Iterable[Sequence[Any]]) -> Earlier:
    """Return an earlier period from rows of airline key, flight date and the five counts of a band."""
    days: dict[str, list[Band]] = {}
    for key, _, *counts in rows:
        if counts[0]:
            days.setdefault(key, []).append(Band(*counts))
    return Earlier(name, first, last, {key: (len(bands), all_of(bands)) for key, bands in days.items()})


def against(name: str, key: str, now: tuple[int, Band], earlier: Earlier) -> Against:
    """Compare an airline's arrivals (dates and band) with an earlier period that has as many of its dates."""
    dates, band = earlier.arrivals.get(key, (0, all_of(())))
    if not dates:
        return Against(None, None, "not loaded")
    if dates < now[0]:
        return Against(None, None, f"{dates} of {now[0]} dates loaded")
    change = Change(name, band.by_median, now[1].by_median)
    return Against(band, change, None if change.points is not None else "too few flights")
