"""What ``tune`` prints: a table of choices, a table of speeds, and the recommendation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from aviastack.cli.output import console, line, print_note, print_table, print_warning, table
from aviastack.errors import counted

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

    from aviastack.tuning.comparing import Comparison
    from aviastack.tuning.live import Measured

FEW_HOURS = 2
SEVERAL = 2  # months of quota from which a share is written as a multiple


def print_comparison(comparison: Comparison, measured: Measured | None, *, written: str | None) -> None:
    """Print the comparison, the recommendation and what the reader should know about both."""
    out = console()
    print_table(_choices(comparison))
    dates, latency = counted(len(comparison.dates), "settled date"), comparison.best.speed.latency
    out.print(line(f"\nMinutes for {dates}, by pace and calls in flight, at {latency:.2g} s per call"))
    print_table(_speeds(comparison))
    for text in _recommendation(comparison):
        out.print(text)
    if written:
        out.print(line(f"  written to {written}"))
    _print_notes(comparison, measured)


def _print_notes(comparison: Comparison, measured: Measured | None) -> None:
    if measured is not None:
        print_note(f"--live spent {counted(measured.calls, 'call')}; the pages are kept for the run.")
        if measured.stopped:
            print_warning(f"--live stopped early, so the other sizes are assumed: {measured.stopped}")
    from aviastack.tuning.shapes import ASSUMED

    sources = {size.source for choice in comparison.choices for size in choice.shape.sizes}
    if measured is None and all(source == ASSUMED for source in sources):
        print_note(
            "No run of these slices is on record, so the numbers of rows are assumed. "
            "--live measures them, or run one date first."
        )
    for warning in comparison.warnings:
        print_warning(warning)


def _choices(comparison: Comparison) -> Table:
    """What a date costs with each choice, and how often a day can be polled."""
    numbers = ("page", "rows", "settled\ncalls", "\nmin", "changing\ncalls", "\nmin", "polls\nper day")
    shown = table("slices\nof a date", *numbers, "all", right=numbers)
    for choice in comparison.choices:
        shown.add_row(
            choice.shape.label,
            f"{choice.rows_per_page:,}",
            f"{choice.shape.rows:,}",
            f"{choice.calls_per_date:,}",
            f"{choice.seconds_per_date / 60:,.1f}",
            f"{choice.calls_per_poll:,}",
            f"{choice.seconds_per_poll / 60:,.1f}",
            f"{choice.polls_per_day:,}",
            "yes" if choice.is_complete else "no",
            style="bold green" if choice == comparison.best else None,
        )
    return shown


def _speeds(comparison: Comparison) -> Table:
    """Minutes for all dates, by pace and concurrency."""
    best = comparison.best
    numbers = list(dict.fromkeys(speed.concurrency for speed in comparison.speeds))
    headings = [f"{number:,} in flight" if number == numbers[0] else f"{number:,}" for number in numbers]
    shown = table("pace", *headings, right=headings)
    for pace in dict.fromkeys(speed.pace for speed in comparison.speeds):
        minutes = {speed.concurrency: m for speed, m in comparison.speeds.items() if speed.pace == pace}
        chosen = best.speed.concurrency if pace == best.speed.pace else None
        cells = [line((f"{minutes[n]:,.1f}", "bold green" if n == chosen else "")) for n in numbers]
        shown.add_row(str(pace), *cells)
    return shown


def _recommendation(comparison: Comparison) -> Iterator[Text]:
    best = comparison.best
    heading = "Recommended" if best.fits else "Nothing fits the month; the nearest choice"
    yield line(
        "\n",
        (heading, "bold"),
        f": {best.shape.name}, {best.rows_per_page:,} rows per page, pace {best.speed.pace}, "
        f"{best.speed.concurrency} calls in flight",
    )
    if best.dated:
        dates = counted(len(comparison.dates), "date")
        yield line(f"  {dates}: {counted(comparison.calls, 'call')}, {comparison.minutes:.1f} minutes")
    settled = f"a settled date ({counted(best.calls_per_date, 'call')}) and " if best.dated else ""
    polls = (
        f"{counted(max(1, best.polls_per_day), 'poll')} of what changes ({counted(best.calls_per_poll, 'call')} each)"
    )
    yield line(f"  every day: {counted(best.calls_per_day, 'call')}: {settled}{polls}{_age(best.hours_old)}")
    yield line(f"  {_share(best.share_of_quota)} of {counted(best.month.quota, 'call')}")


def _share(share: float) -> str:
    return f"{share:,.0f} times the month's quota" if share >= SEVERAL else f"{share:.0%} of the month's quota"


def _age(hours: float | None) -> str:
    if hours is None:
        return ""
    age = f"{hours:.0f} hours" if hours >= FEW_HOURS else counted(round(hours * 60), "minute")
    return f"; rows become {age} old"
