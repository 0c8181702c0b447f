"""What the figures say in a few sentences, by one rule: a difference counts where the 95 % intervals do not overlap."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from aviastack.report.chart import percent
from aviastack.report.figures import Figures, together
from aviastack.report.intervals import Share

LONGEST = 7  # days on each side of a comparison: a week has every weekday once


@dataclass(frozen=True)
class Change:
    """An airline's on-time share in the newest days, held against as many days before."""

    airline: str
    before: Share
    after: Share

    @property
    def points(self) -> float | None:
        """Percentage points gained; negative where the airline slipped. None where either side is empty."""
        if self.before.value is None or self.after.value is None:
            return None
        return 100 * (self.after.value - self.before.value)

    @property
    def is_clear(self) -> bool:
        """Whether the two intervals do not overlap."""
        return _apart(self.before, self.after)


@dataclass(frozen=True)
class Comparison:
    """The newest ``days`` dates from ``start`` on, and each airline's change against as many before."""

    days: int
    start: date
    changes: dict[str, Change]


def comparison_of(figures: Figures) -> Comparison | None:
    """Compare the newest dates with as many before, a week where the range holds two; None for a single date."""
    dates = sorted({day for _, day, share in figures.days if share.count})
    days = min(LONGEST, len(dates) // 2)
    if not days:
        return None
    newest, earlier = set(dates[-days:]), set(dates[-2 * days : -days])
    return Comparison(
        days,
        dates[-days],
        {
            a.name: Change(a.name, _over(figures, a.name, earlier), _over(figures, a.name, newest))
            for a in figures.airlines
        },
    )


def findings(figures: Figures) -> list[str]:
    """Return what a reader should take away, a sentence or two each."""
    return [said for said in (_ranking(figures), _slip(figures), _route(figures), _cancels(figures)) if said]


def _ranking(figures: Figures) -> str | None:
    timed = sorted((a for a in figures.airlines if a.on_time.count), key=lambda a: a.on_time.value or 0)
    if len(timed) < 2:  # noqa: PLR2004 - one alone has no rank
        return f"{timed[0].name}: {_share(timed[0].on_time)} arrivals on time." if timed else None
    worst, best = timed[0], timed[-1]
    sure = "more than chance" if _apart(best.on_time, worst.on_time) else "which may be chance"
    return (
        f"{best.name} is the most punctual ({_share(best.on_time)} arrivals on time), {worst.name} the least "
        f"({_share(worst.on_time)}): {sure}."
    )


def _slip(figures: Figures) -> str | None:
    compared = comparison_of(figures)
    if compared is None:
        return None
    span = "day" if compared.days == 1 else f"{compared.days} days"
    clear = [c for c in compared.changes.values() if c.is_clear and c.points is not None and c.points < 0]
    if not clear:
        return f"No airline slipped by more than chance in the last {span}, held against the {span} before."
    slipped = sorted(clear, key=lambda change: change.points or 0)
    told = ", ".join(f"{c.airline} (from {percent(c.before)} to {percent(c.after)})" for c in slipped)
    return f"Slipped by more than chance in the last {span}, held against the {span} before: {told}."


def _route(figures: Figures) -> str | None:
    if not figures.routes:
        return None
    worst = figures.routes[0]
    where = f"{worst.departure} to {worst.arrival} of {worst.airline}"
    return f"The worst route is {where}: {_share(worst.on_time)} arrivals on time."


def _cancels(figures: Figures) -> str | None:
    ended = [a for a in figures.airlines if a.cancelled.hits]
    if not ended or len(figures.airlines) == 1:
        return None
    most = max(ended, key=lambda a: a.cancelled.value or 0)
    return f"{most.name} cancels most: {percent(most.cancelled)} of its flights ({most.cancelled.hits:,})."


def _over(figures: Figures, airline: str, dates: set[date]) -> Share:
    return together(share for name, day, share in figures.days if name == airline and day in dates)


def _apart(one: Share, other: Share) -> bool:
    if one.low is None or one.high is None or other.low is None or other.high is None:
        return False
    return one.high < other.low or other.high < one.low


def _share(share: Share) -> str:
    return f"{percent(share)} of {share.count:,}"
