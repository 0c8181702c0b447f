"""What the figures say, in words. An order is given only between bands that do not overlap."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from aviastack.report.chart import band_text, percent
from aviastack.report.earlier import Change
from aviastack.report.figures import Airline, Figures
from aviastack.report.intervals import LEAST_TIMED, Share, all_of

LONGEST = 7  # days on each side of a comparison: a week has every weekday once


@dataclass(frozen=True)
class Comparison:
    """The newest ``days`` dates from ``start`` on, and each airline's change from as many dates before."""

    days: int
    start: date
    changes: dict[str, Change]


def comparison_of(figures: Figures) -> Comparison | None:
    """Compare the newest dates with as many before, a week if the range has two; None for a single date."""
    dates = sorted({day for _, day, band in figures.days if band.timed})
    days = min(LONGEST, len(dates) // 2)
    if not days:
        return None
    newest, earlier = set(dates[-days:]), set(dates[-2 * days : -days])

    def share(airline: str, wanted: set[date]) -> Share:
        return all_of(band for name, day, band in figures.days if name == airline and day in wanted).by_median

    changes = {a.name: Change(a.name, share(a.name, earlier), share(a.name, newest)) for a in figures.airlines}
    return Comparison(days, dates[-days], changes)


def findings(figures: Figures) -> list[str]:
    """Return what a reader should remember, a sentence or two each."""
    said = (_ranking(figures), _slip(figures), _severe(figures), _unknown(figures), _route(figures), _cancels(figures))
    return [sentence for sentence in said if sentence]


def ranked(airlines: list[Airline]) -> list[Airline]:
    """Return the airlines by their arrivals on time (median taxi time), those without a timed arrival last."""
    return sorted(airlines, key=lambda a: (-(a.arrivals.by_median.value or -1), a.name))


def _ranking(figures: Figures) -> str | None:
    timed = [airline for airline in ranked(figures.airlines) if airline.arrivals.timed]
    if not timed:
        return None
    if len(timed) == 1:
        return f"{timed[0].name}: {band_text(timed[0].arrivals)} of arrivals on time at the gate (estimate)."
    comparable = [airline for airline in timed if airline.arrivals.is_comparable]
    if len(comparable) < 2:  # noqa: PLR2004 - one alone has no rank
        return (
            f"No order can be given: fewer than two airlines have {LEAST_TIMED} timed arrivals at airports with known "
            "taxi times."
        )
    best, worst = comparable[0], comparable[-1]
    if not best.arrivals.is_above(worst.arrivals):
        text = f"No order can be given: the bands of {_names([a.name for a in comparable])} overlap."
        others = [airline.name for airline in timed if airline not in comparable]
        return f"{text} {_names(others)}: too few arrivals with known taxi times to compare." if others else text
    lead = [a.name for a in comparable if not best.arrivals.is_above(a.arrivals)]
    tail = [a.name for a in comparable if not a.arrivals.is_above(worst.arrivals)]
    more = (
        " Between airlines whose bands overlap, no order can be given."
        if len(comparable) > len({*lead[:1], *tail[-1:]})
        else ""
    )
    return (
        f"Ahead in arrivals on time at the gate: {_names(lead)} ({band_text(best.arrivals)} for {best.name}). Behind: "
        f"{_names(tail)} ({band_text(worst.arrivals)} for {worst.name}).{more}"
    )


def _slip(figures: Figures) -> str | None:
    compared = comparison_of(figures)
    if compared is None:
        return None
    span = "day" if compared.days == 1 else f"{compared.days} days"
    if all(change.points is None for change in compared.changes.values()):
        return None
    clear = [c for c in compared.changes.values() if c.is_clear and (c.points or 0) < 0]
    if not clear:
        return f"No airline slipped by more than chance in the last {span}, compared with the {span} before."
    slipped = sorted(clear, key=lambda change: change.points or 0)
    names = ", ".join(f"{c.airline} (from {percent(c.before)} to {percent(c.after)})" for c in slipped)
    return f"Slipped by more than chance in the last {span}, compared with the {span} before: {names}."


def _severe(figures: Figures) -> str | None:
    total = figures.total
    if not total.departures.timed:
        return None
    late = total.late_departures
    return (
        f"{late.over_60:,} of {total.departures.timed:,} timed departures left the gate more than an hour late, "
        f"{late.over_180:,} more than three hours (estimate)."
    )


def _unknown(figures: Figures) -> str | None:
    total = figures.total
    if not total.unresolved:
        return None
    return (
        f"The source never reported the end of {total.unresolved:,} flights ({percent(total.unresolved_share)}); "
        f"{total.left_late:,} of them left over an hour late. Most late arrivals are missing this way, so every share "
        "of "
        "arrivals is too favourable."
    )


def _route(figures: Figures) -> str | None:
    worst = next((route for route in figures.routes if route.is_below_average), None)
    if worst is None:
        return "No route is clearly below its airline's own average." if figures.routes else None
    return (
        f"The route that costs most is {worst.departure} to {worst.arrival} of {worst.airline}: {worst.excess:.0f} "
        "late "
        f"arrivals more than its own average ({band_text(worst.arrivals)} of {worst.arrivals.timed:,} on time)."
    )


def _cancels(figures: Figures) -> str | None:
    shares = [airline.cancelled_share for airline in figures.airlines]
    for airline in figures.airlines:
        others = [share for other, share in zip(figures.airlines, shares, strict=True) if other is not airline]
        own = airline.cancelled_share
        if others and all(own.is_apart_from(share) and (own.value or 0) > (share.value or 0) for share in others):
            return f"{airline.name} cancels most: {percent(own)} of its flights ({airline.cancelled:,})."
    return None


def _names(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
