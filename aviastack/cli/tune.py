"""``tune``: which slices, pages, pace and concurrency make the most of a month's calls."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aviastack.cli import options
from aviastack.cli.options import DAY, Json
from aviastack.endpoints import FLIGHTS
from aviastack.errors import BadRequest

if TYPE_CHECKING:
    from datetime import date

    from aviastack.settings import Settings
    from aviastack.staging.store import Store
    from aviastack.tuning.comparing import Comparison
    from aviastack.tuning.live import Measured
    from aviastack.tuning.shapes import Shape

WEEK = 7
DEFAULT_LIVE_CALLS = 3


@options.takes_settings("base_url", "plan", "staging", "pace", "budget")
def tune(
    airlines: Annotated[
        str, typer.Option(metavar="CODES", help="IATA codes of the partners, such as AA,DL.", show_default=False)
    ] = "",
    airports: Annotated[
        str, typer.Option(metavar="CODES", help="IATA codes of airports.", show_default="all airports")
    ] = "",
    first: Annotated[
        str | None, typer.Option("--from", metavar=DAY, help="First date to fetch.", show_default="a week ago")
    ] = None,
    last: Annotated[
        str | None,
        typer.Option("--to", metavar=DAY, help="Last date to fetch, included.", show_default="two days ago"),
    ] = None,
    quota: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Calls per month.", show_default="by plan")
    ] = None,
    latency: Annotated[
        float | None,
        typer.Option(metavar="SECONDS", min=0.001, help="Seconds per call.", show_default="measured, or assumed"),
    ] = None,
    live: Annotated[bool, typer.Option("--live", help="Fetch page 0 of one date's slices, and keep it.")] = False,
    max_calls: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="Calls that --live may spend.", show_default=str(DEFAULT_LIVE_CALLS)),
    ] = None,
    plot: Annotated[Path | None, typer.Option(metavar="FILE", help="Draw it as .html, .svg or .png.")] = None,
    write: Annotated[bool, typer.Option("--write", help="Write the recommendation to aviastack.toml.")] = False,
    as_json: Json = False,
    *,
    store: Store,
    settings: Settings,
) -> None:
    """Compare slices, page sizes, pace and concurrency by simulation, and recommend. No call without --live."""
    from aviastack.cli.output import print_json, print_note
    from aviastack.cli.tune_tables import print_comparison
    from aviastack.settings import FILE
    from aviastack.tuning.writing import write_settings

    if max_calls is not None and not live:
        raise BadRequest("--max-calls needs --live.", remedy="Add --live, or leave --max-calls out.")
    if plot is not None:
        _check_plot(plot)
    days = _days(first, last)
    calls = (max_calls or DEFAULT_LIVE_CALLS) if live else 0
    partners, places = options.codes_of(airlines), options.codes_of(airports)
    shapes, measured = _shapes(partners, places, days[0], settings, store, calls)
    comparison = _compared(shapes, measured, days, settings, quota=quota, latency=latency)
    if plot is not None:
        _plot(comparison, plot)
    if write:
        _refuse_what_does_not_fit(comparison)
        write_settings(Path(FILE), comparison.settings)
    if as_json:
        spent: dict[str, object] = {"calls": 0, "retried": 0, "stopped": None}
        if measured is not None:
            spent = {"calls": measured.calls, "retried": measured.retried, "stopped": measured.stopped}
        written = {"plot": str(plot) if plot else None, "written": FILE if write else None}
        print_json({**comparison.to_json(), **spent, "latency": comparison.best.speed.latency, **written})
    else:
        print_comparison(comparison, measured, written=FILE if write else None)
        if "plan" not in settings.model_fields_set:
            print_note(f"No plan is set, so the {settings.plan} plan is assumed: set --plan or AVIASTACK_PLAN.")


def _refuse_what_does_not_fit(comparison: Comparison) -> None:
    if not comparison.best.fits:
        raise BadRequest(
            "The recommended settings cost more than the month's calls, so --write does not write them.",
            remedy="Name fewer partners or another plan; without --write, the command shows what fits.",
        )


def _days(first: str | None, last: str | None) -> list[date]:
    """Return the dates of the range, newest first; by default the last week that has settled."""
    from aviastack.slices import Slice

    end = options.date_of(last) if last else datetime.now(UTC).date() - timedelta(days=2)
    Slice.of(FLIGHTS, {FLIGHTS.date_parameter or "": end.isoformat()}).check_date(datetime.now(UTC))
    start = options.date_of(first) if first else end - timedelta(days=WEEK - 1)
    return options.days_of(start.isoformat(), end.isoformat())


def _shapes(
    airlines: Sequence[str], airports: Sequence[str], day: date, settings: Settings, store: Store, live_calls: int
) -> tuple[list[Shape], Measured | None]:
    from aviastack.aio import finish
    from aviastack.slices import Slice
    from aviastack.staging import manifest_log
    from aviastack.tuning.live import measure
    from aviastack.tuning.shapes import shapes_of, sizes_of

    dated = settings.plan.rank >= FLIGHTS.dated_plan.rank
    for name, codes in (("airline_iata", airlines), ("dep_iata", airports)):
        for code in codes:
            Slice.of(FLIGHTS, {name: code})  # refuses an invalid code
    known = sizes_of(manifest_log.every(store, FLIGHTS))
    shapes = shapes_of(airlines, airports, known, dated=dated)
    if not live_calls:
        return shapes, None
    measured = finish(measure(shapes, day if dated else None, settings, store, max_calls=live_calls))
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


def _check_plot(path: Path) -> None:
    from aviastack.extras import require

    options.check_writable(path, "--plot")
    for module in ("altair", "vl_convert"):
        require(module, "report", "--plot")
    from aviastack.tuning.plots import check_kind

    check_kind(path)


def _plot(comparison: Comparison, path: Path) -> None:
    from aviastack.tuning.plots import draw

    draw(comparison, path)
