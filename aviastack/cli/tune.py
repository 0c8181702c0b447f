"""``tune``: which slices, pages, pace and concurrency make the most of a month's calls."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aviastack.cli import options
from aviastack.cli.options import Json
from aviastack.endpoints import FLIGHTS

if TYPE_CHECKING:
    from datetime import date

    from rich.table import Table

    from aviastack.settings import Settings
    from aviastack.staging.store import Store
    from aviastack.tuning.comparing import Comparison
    from aviastack.tuning.live import Measured
    from aviastack.tuning.shapes import Shape

WEEK = 7
DEFAULT_LIVE_CALLS = 3
FEW_HOURS = 2


def tune(
    airlines: Annotated[str, typer.Option(help="IATA codes of the partners, with commas.")] = "",
    airports: Annotated[str, typer.Option(help="IATA codes of airports, with commas; all of them if unset.")] = "",
    first: Annotated[str | None, typer.Option("--from", help="First date to fetch; a week ago if unset.")] = None,
    last: Annotated[str | None, typer.Option("--to", help="Last date, included; two days ago if unset.")] = None,
    plan: options.PlanName = None,
    quota: Annotated[int | None, typer.Option(min=1, help="Calls a month; by plan if unset.")] = None,
    budget: options.Budget = None,
    pace: options.Pace = None,
    latency: Annotated[float | None, typer.Option(min=0.001, help="Seconds an answer takes, if you know.")] = None,
    live: Annotated[bool, typer.Option("--live", help="Ask for page 0 of one date's slices, and keep it.")] = False,
    max_calls: Annotated[int, typer.Option(min=1, help="Calls that --live may spend.")] = DEFAULT_LIVE_CALLS,
    plot: Annotated[Path | None, typer.Option(help="Draw it: a file .html, .svg or .png.")] = None,
    write: Annotated[bool, typer.Option("--write", help="Put the recommendation into aviastack.toml.")] = False,
    base_url: options.BaseUrl = None,
    staging: options.Staging = None,
    as_json: Json = False,
) -> None:
    """Compare slices, page sizes, pace and concurrency by simulation, and recommend. No call without --live."""
    from aviastack.cli.output import aside, tell_json
    from aviastack.settings import FILE
    from aviastack.tuning.writing import write_settings

    given = {"plan": plan, "budget": budget, "pace": pace, "base_url": base_url, "staging": staging}
    settings, store = options.opened(**given)
    days = _days(first, last)
    shapes, measured = _shapes(_codes(airlines), _codes(airports), days[0], settings, store, max_calls if live else 0)
    comparison = _compared(shapes, measured, days, settings, quota=quota, latency=latency)
    if plot is not None:
        _plot(comparison, plot)
    if write:
        _refuse_what_does_not_fit(comparison)
        write_settings(Path(FILE), comparison.settings)
    if as_json:
        spent: dict[str, object] = {"calls": 0, "refused": 0, "stopped": None}
        if measured is not None:
            spent = {"calls": measured.calls, "refused": measured.refused, "stopped": measured.stopped}
        written = {"plot": str(plot) if plot else None, "written": FILE if write else None}
        tell_json({**comparison.to_json(), **spent, "latency": comparison.best.speed.latency, **written})
    else:
        _show(comparison, measured, written=FILE if write else None)
        if "plan" not in settings.model_fields_set:
            aside().print(f"No plan is set, so the {settings.plan} plan is assumed: give --plan or AVIASTACK_PLAN.")


def _refuse_what_does_not_fit(comparison: Comparison) -> None:
    from aviastack.errors import BadRequest

    if not comparison.best.fits:
        raise BadRequest(
            "--write would put settings into aviastack.toml that the month does not pay for.",
            remedy="Ask for fewer partners or another plan; without --write, the command says what fits.",
        )


def _days(first: str | None, last: str | None) -> list[date]:
    """The dates of the range, newest first; without one, the last week that has settled."""
    from aviastack.slices import Slice

    end = options.date_of(last) if last else datetime.now(UTC).date() - timedelta(days=2)
    Slice.of(FLIGHTS, {FLIGHTS.date_parameter or "": end.isoformat()}).check_date(datetime.now(UTC))
    start = options.date_of(first) if first else end - timedelta(days=WEEK - 1)
    return options.days_of(start.isoformat(), end.isoformat())


def _codes(text: str) -> list[str]:
    return list(dict.fromkeys(code.strip().upper() for code in text.split(",") if code.strip()))


def _shapes(
    airlines: Sequence[str], airports: Sequence[str], day: date, settings: Settings, store: Store, live_calls: int
) -> tuple[list[Shape], Measured | None]:
    from aviastack.slices import Slice
    from aviastack.staging import manifest_log
    from aviastack.tuning.live import measure
    from aviastack.tuning.shapes import shapes_of, sizes_of

    dated = settings.plan.rank >= FLIGHTS.dated_plan.rank
    for name, codes in (("airline_iata", airlines), ("dep_iata", airports)):
        for code in codes:
            Slice.of(FLIGHTS, {name: code})  # a code that the API would refuse is refused here
    known = sizes_of(manifest_log.every(store, FLIGHTS))
    shapes = shapes_of(airlines, airports, known, dated=dated)
    if not live_calls:
        return shapes, None
    measured = asyncio.run(measure(shapes, day if dated else None, settings, store, max_calls=live_calls))
    return shapes_of(airlines, airports, known | measured.sizes, dated=dated), measured


def _compared(
    shapes: Sequence[Shape],
    measured: Measured | None,
    dates: Sequence[date],
    settings: Settings,
    *,
    quota: int | None,
    latency: float | None,
) -> Comparison:
    from aviastack.tuning.comparing import LATENCY, compare
    from aviastack.tuning.costs import Month

    month = Month.of(settings.plan, quota=quota, budget=settings.budget)
    seen = measured.latency if measured else None
    page = measured.largest_page if measured else None
    return compare(
        settings.plan,
        shapes,
        dates,
        month=month,
        pace=settings.pace,
        latency=latency or seen or LATENCY,
        largest_page=page,
    )


def _plot(comparison: Comparison, path: Path) -> None:
    from aviastack.errors import BadRequest

    try:
        from aviastack.tuning.plots import draw
    except ModuleNotFoundError as error:
        raise BadRequest(
            f"--plot needs {error.name}, which is not installed.", remedy="pip install 'aviastack[report]'"
        ) from None
    draw(comparison, path)


def _show(comparison: Comparison, measured: Measured | None, *, written: str | None) -> None:
    from aviastack.cli.output import aside, console, counted

    out = console()
    out.print(_slices(comparison))
    dates, latency = counted(len(comparison.dates), "settled date"), comparison.best.speed.latency
    out.print(f"\nMinutes for {dates}, by pace and calls under way, if an answer takes {latency:.2g} s", soft_wrap=True)
    out.print(_speeds(comparison))
    for line in _recommended(comparison):
        out.print(line, soft_wrap=True)
    if written:
        out.print(f"  written to {written}")
    if measured is not None:
        aside().print(f"--live spent {counted(measured.calls, 'call')}; the pages are kept for the run.")
        if measured.stopped:
            aside().print(
                f"[bold yellow]It stopped early, and what it had not measured is assumed: {measured.stopped}[/]"
            )
    for warning in comparison.warnings:
        aside().print(f"[bold yellow]{warning}[/]")


def _slices(comparison: Comparison) -> Table:
    """What a date costs, and how often a day can be asked again."""
    from rich.table import Table

    table = Table("slices\nof a date", box=None, header_style="bold")
    for heading in ("page", "rows", "settled\ncalls", "\nmin", "moving\ncalls", "\nmin", "polls\na day"):
        table.add_column(heading, justify="right")
    table.add_column("all")
    for choice in comparison.choices:
        table.add_row(
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
    return table


def _speeds(comparison: Comparison) -> Table:
    """What pace and calls under way make of the dates."""
    from rich.table import Table

    best = comparison.best
    abreast = list(dict.fromkeys(speed.concurrency for speed in comparison.speeds))
    table = Table("pace", box=None, header_style="bold")
    for number in abreast:
        table.add_column(f"{number} at once" if number == abreast[0] else f"{number:,}", justify="right")
    for pace in dict.fromkeys(speed.pace for speed in comparison.speeds):
        cells = {speed.concurrency: minutes for speed, minutes in comparison.speeds.items() if speed.pace == pace}
        chosen = best.speed.concurrency if pace == best.speed.pace else None
        shown = (f"{cells[each]:,.1f}" for each in abreast)
        table.add_row(
            pace,
            *(f"[bold green]{cell}[/]" if each == chosen else cell for each, cell in zip(abreast, shown, strict=True)),
        )
    return table


def _recommended(comparison: Comparison) -> Iterator[str]:
    from aviastack.cli.output import counted

    best = comparison.best
    heading = "[bold]Recommended[/]" if best.fits else "[bold]Nothing fits the month[/]; what comes nearest"
    yield (
        f"\n{heading}: {best.shape.name}, {best.rows_per_page:,} rows a page, pace {best.speed.pace}, "
        f"{best.speed.concurrency} under way"
    )
    if best.dated:
        dates = counted(len(comparison.dates), "date")
        yield f"  {dates}: {counted(comparison.calls, 'call')}, {comparison.minutes:.1f} minutes"
    settled = f"a settled date ({counted(best.calls_per_date, 'call')}) and " if best.dated else ""
    moving = f"{max(1, best.polls_per_day):,} of what moves ({counted(best.calls_per_poll, 'call')} each)"
    yield f"  every day: {counted(best.calls_per_day, 'call')}, {settled}{moving}{_age(best.hours_old)}"
    yield f"  {best.share_of_quota:.0%} of the month's {best.month.quota:,} calls"


def _age(hours: float | None) -> str:
    if hours is None:
        return ""
    return f"; rows get {hours:.0f} hours old" if hours >= FEW_HOURS else f"; rows get {hours * 60:.0f} minutes old"
