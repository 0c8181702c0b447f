"""``report``: the page for the business."""

from __future__ import annotations

import os
import re
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aviastack.cli import options
from aviastack.cli.options import DAY, Json

if TYPE_CHECKING:
    from aviastack.settings import Settings

_ROUTE = re.compile(r"[A-Z0-9]{3,4}-[A-Z0-9]{3,4}")
_DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")
DAYS = timedelta(days=6)  # before the last flight date, if --from is omitted


@options.takes_settings("warehouse")
def report(
    first: Annotated[
        str | None,
        typer.Option("--from", metavar=DAY, help="First flight date.", show_default="a week before --to"),
    ] = None,
    last: Annotated[
        str | None,
        typer.Option("--to", metavar=DAY, help="Last flight date, included.", show_default="the newest in the marts"),
    ] = None,
    out: Annotated[Path, typer.Option(metavar="FILE", help="The file to write.")] = Path("report.html"),
    airline: Annotated[
        str | None,
        typer.Option(metavar="CODES", help="IATA or ICAO codes, such as AA,DLH.", show_default="your partners"),
    ] = None,
    routes: Annotated[
        str | None,
        typer.Option(metavar="ROUTES", help="Routes, one direction each, such as JFK-LAX,LAX-JFK.", show_default="all"),
    ] = None,
    show: Annotated[bool, typer.Option("--open", help="Open the page in the browser.")] = False,
    build: Annotated[bool, typer.Option("--build/--no-build", help="Build marts that are older than the data.")] = True,
    as_json: Json = False,
    *,
    settings: Settings,
) -> None:
    """Write one HTML page about airline performance: punctuality with intervals, delays, routes, completeness."""
    from aviastack.cli.output import console, line, print_json
    from aviastack.report import check_installed, write_report

    only = _routes_of(routes) if routes is not None else None
    if first is not None and last is not None:
        options.days_of(first, last)
    options.check_writable(out, "--out")
    check_installed()
    if build:
        _build(settings)
    else:
        _check_built(settings)
    start, end = _range(settings, first, last)
    codes = options.codes_of(airline) if airline else None
    written = write_report(settings, start, end, out, airlines=codes, routes=only)
    if as_json:
        print_json({"report": str(written), "from": start, "to": end})
    else:
        hint = "" if show else "; --open shows it in the browser"
        console().print(line(str(written), (f" ({start} to {end}{hint})", "dim")))
    if show:
        open_page(written)


def open_page(page: Path) -> None:
    """Open the page in the browser, or say where it is if there is none."""
    import webbrowser

    from aviastack.cli.output import print_note

    address = page.resolve().as_uri()
    if not _has_display() or not webbrowser.open(address):
        print_note(f"No browser is available here. Open {address} in one.")


def _has_display() -> bool:
    """Whether a browser could show a page; without a display, Linux would start one that fills this terminal."""
    return sys.platform in ("darwin", "win32") or any(os.environ.get(name) for name in _DISPLAYS)


def _routes_of(text: str) -> list[str]:
    from aviastack.errors import BadRequest

    routes = options.codes_of(text)
    wrong = [route for route in routes if not _ROUTE.fullmatch(route)]
    if wrong or not routes:
        raise BadRequest(
            f"Invalid route '{wrong[0] if wrong else text}': write two airport codes, such as JFK-LAX.",
            remedy="Fix --routes. Each direction is a route.",
        )
    return routes


def _build(settings: Settings) -> None:
    from aviastack.cli.output import print_note
    from aviastack.marts.build import build_marts
    from aviastack.marts.summary import marts_are_stale

    if marts_are_stale(settings):
        print_note("Building the marts with dbt, because the data are newer.")
        build_marts(settings)


def _check_built(settings: Settings) -> None:
    from aviastack.errors import BadRequest
    from aviastack.marts.summary import marts_exist

    if not marts_exist(settings):
        raise BadRequest("The marts are not built yet.", remedy="Leave out --no-build, or build them with dbt.")


def _range(settings: Settings, first: str | None, last: str | None) -> tuple[date, date]:
    from aviastack.errors import BadRequest
    from aviastack.report.queries import last_dates

    if first is not None and last is not None:
        return options.date_of(first), options.date_of(last)
    known = last_dates(settings)
    if known is None:
        raise BadRequest(
            "The marts have no flights yet.", remedy="Load some first: aviastack run flights --date 2026-11-21"
        )
    end = options.date_of(last) if last else known[1]
    return options.date_of(first) if first else max(known[0], end - DAYS), end
