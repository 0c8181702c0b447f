"""``demo``: the whole way, with no account: a simulated API, local files, DuckDB, dbt and a report."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aviastack.aio import finish
from aviastack.cli import options
from aviastack.cli.options import Json

if TYPE_CHECKING:
    from datetime import date

    from aviastack.pipeline.outcome import Result
    from aviastack.settings import Settings
    from aviastack.slices import Slice

PARTNERS = "AA,BA,DL,LH,QF"
SHOWN = 10  # airlines in the table: the partners, and the largest of those that operate their codeshares
FLIGHTS_PER_DAY = 60_000  # of the whole world, of which the partners have about a tenth
NEXT = """
[bold]Next[/]
  real data   export AVIASTACK_ACCESS_KEY=...; aviastack plan flights --date 2026-11-20 --airline-iata AA
  GCS         pip install 'aviastack\\[gcs]'; export AVIASTACK_STAGING=gs://bucket/prefix
  Snowflake   pip install 'aviastack\\[snowflake]'; aviastack doctor --setup-sql
              export AVIASTACK_WAREHOUSE=snowflake://NAME
  Airflow     make airflow"""


def demo(
    days: Annotated[int, typer.Option(min=1, max=60, help="Days of flights, ending with yesterday.")] = 10,
    partners: Annotated[str, typer.Option(help="Airlines by IATA code, with commas between.")] = PARTNERS,
    folder: Annotated[Path, typer.Option(help="Where the demo keeps its files.")] = Path("data/demo"),
    as_json: Json = False,
) -> None:
    """Run the whole way for a few airlines over several days, and end in a table of how they performed."""
    from aviastack.cli.outcomes import exit_code, told
    from aviastack.cli.output import aside, tell_error, tell_json
    from aviastack.endpoints import FLIGHTS
    from aviastack.pipeline.backfill import slices_between
    from aviastack.simulator import SimulatorOptions, running_simulator

    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    first = yesterday - timedelta(days=days - 1)
    slices = slices_between(
        FLIGHTS, options.days_of(first.isoformat(), yesterday.isoformat()), {"airline_iata": partners}
    )
    aside().print("[bold]1[/] A simulated AviationStack is started: the real one needs a paid key for past dates.")
    with running_simulator(SimulatorOptions(flights_per_day=FLIGHTS_PER_DAY)) as url:
        settings = _settings(url, folder)
        aside().print(f"[bold]2[/] {len(slices)} slices, {first} to {yesterday}: journal, typed Parquet, DuckDB.")
        results = finish(_run(slices, settings))
    for result in results:
        if isinstance(result, tuple):
            tell_error(result[1], as_json=False)
    aside().print("[bold]3[/] dbt builds the marts.")
    report = _build_and_report(settings, folder, first, yesterday)
    if as_json:
        tell_json(told("flights", results, asked=len(slices)) | {"report": str(report)})
    else:
        _show(settings, first, yesterday, report)
    raise typer.Exit(exit_code(results))


def _settings(url: str, folder: Path) -> Settings:
    """Settings that reach nothing but the simulator and the demo's folder, whatever the environment says."""
    return options.settings_of(
        base_url=url,
        access_key="simulated",
        plan="enterprise",
        pace="off",
        pace_store="",
        staging=str(folder / "staging"),
        warehouse=f"duckdb:///{folder / 'aviastack.duckdb'}",
        state=folder / "state",
        budget=1_000_000,
        max_calls=1_000_000,
    )


async def _run(slices: list[Slice], settings: Settings) -> list[Result]:
    from aviastack.api.session import Api
    from aviastack.cli.output import aside
    from aviastack.cli.progress import ProgressWatch
    from aviastack.pipeline.backfill import run_all
    from aviastack.pipeline.run import Pipeline
    from aviastack.staging.open_store import open_store

    async with Api(settings) as api:
        with ProgressWatch(aside(), api) as listener:
            pipeline = Pipeline(settings, open_store(settings.staging), api, listener)
            return await run_all(pipeline, slices, again=False)


def _build_and_report(settings: Settings, folder: Path, first: date, last: date) -> Path:
    from aviastack.marts.build import build_marts
    from aviastack.report import write_report

    build_marts(settings)
    out = folder / "report.html"
    write_report(settings, first, last, out)
    return out


def _show(settings: Settings, first: date, last: date, report: Path) -> None:
    from rich.table import Table

    from aviastack.cli.output import console
    from aviastack.marts.summary import airline_performance

    table = Table(
        title=f"Airline performance, {first} to {last}",
        title_justify="left",
        box=None,
        padding=(0, 1, 0, 0),
        header_style="bold",
    )
    table.add_column("airline", no_wrap=True, max_width=19)
    for heading in ("flights", "on time", "mean", "90 % in", "cancelled", "diverted", "unresolved"):
        table.add_column(heading, justify="right", no_wrap=True, min_width=max(6, len(heading)))
    airlines = airline_performance(settings, first, last)
    for row in airlines[:SHOWN]:
        table.add_row(
            row.airline,
            f"{row.flights:,}",
            _share(row.on_time_share),
            _minutes(row.mean_delay),
            _minutes(row.p90_delay),
            f"{row.cancelled:,}",
            f"{row.diverted:,}",
            f"{row.unresolved:,}",
        )
    console().print(table)
    if len(airlines) > SHOWN:
        console().print(f"[dim]and {len(airlines) - SHOWN} more, which fly some of their codeshares[/]")
    database = settings.warehouse.removeprefix("duckdb:///")
    console().print(f"\n[bold]Report[/]     {report}   (open it in a browser)", soft_wrap=True)
    console().print(f"[bold]Warehouse[/]  {database}   (schemas aviationstack and marts)", soft_wrap=True)
    console().print(NEXT, soft_wrap=True)


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.1%}"


def _minutes(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f} min"
