"""``report``: the page for the business."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aviastack.cli import options
from aviastack.cli.options import Json

if TYPE_CHECKING:
    from aviastack.settings import Settings

DAYS = timedelta(days=6)  # before the last flight date, where nobody says from when


def report(
    first: Annotated[str | None, typer.Option("--from", help="First flight date, YYYY-MM-DD.")] = None,
    last: Annotated[
        str | None, typer.Option("--to", help="Last flight date; the newest in the marts if unset.")
    ] = None,
    out: Annotated[Path, typer.Option(help="The file to write.")] = Path("report.html"),
    airline: Annotated[str | None, typer.Option(help="IATA or ICAO codes, with commas; the partners if unset.")] = None,
    build: Annotated[bool, typer.Option("--build/--no-build", help="Build marts that are older than the data.")] = True,
    warehouse: options.Warehouse = None,
    as_json: Json = False,
) -> None:
    """Write one HTML page about airline performance: punctuality with intervals, delays, routes, completeness."""
    from aviastack.cli.output import console, tell_json
    from aviastack.report import write_report

    settings = options.settings_of(warehouse=warehouse)
    if build:
        _build(settings)
    start, end = _range(settings, first, last)
    codes = airline.split(",") if airline else None
    written = write_report(settings, start, end, out, airlines=codes)
    if as_json:
        tell_json({"report": str(written), "from": start, "to": end})
    else:
        console().print(f"{written}  [dim]({start} to {end})[/]", soft_wrap=True)


def _build(settings: Settings) -> None:
    from aviastack.cli.output import aside
    from aviastack.marts.build import build_marts
    from aviastack.marts.summary import marts_are_stale

    if marts_are_stale(settings):
        aside().print("The marts are older than the data: dbt builds them.")
        build_marts(settings)


def _range(settings: Settings, first: str | None, last: str | None) -> tuple[date, date]:
    from aviastack.errors import BadRequest
    from aviastack.report.queries import last_dates

    if first is not None and last is not None:
        return options.date_of(first), options.date_of(last)
    known = last_dates(settings)
    if known is None:
        raise BadRequest("The marts have no flights yet.", remedy="Load some first: aviastack run flights --date ...")
    end = options.date_of(last) if last else known[1]
    return options.date_of(first) if first else max(known[0], end - DAYS), end
