"""``demo``: the whole pipeline without an account: a simulated API, local files, DuckDB, dbt and a report."""

from __future__ import annotations

import shutil
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

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


def demo(
    days: Annotated[int, typer.Option(metavar="N", min=1, max=60, help="Days of flights, up to yesterday.")] = 10,
    partners: Annotated[str, typer.Option(metavar="CODES", help="IATA codes of airlines.")] = PARTNERS,
    folder: Annotated[Path, typer.Option(metavar="FOLDER", help="Folder of the demo's files.")] = Path("data/demo"),
    as_json: Json = False,
) -> None:
    """Run the whole pipeline on simulated flights, and end with a table of how the airlines performed."""
    from aviastack.aio import finish
    from aviastack.cli.outcomes import answer, exit_code
    from aviastack.cli.output import Interrupted, print_error, print_interruption, print_json
    from aviastack.endpoints import FLIGHTS
    from aviastack.pipeline.backfill import slices_between
    from aviastack.pipeline.outcome import Failed
    from aviastack.simulator import SimulatorOptions, running_simulator

    _check_extras()
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    first = yesterday - timedelta(days=days - 1)
    airlines = ",".join(options.codes_of(partners)) or PARTNERS
    slices = slices_between(
        FLIGHTS, options.days_of(first.isoformat(), yesterday.isoformat()), {"airline_iata": airlines}
    )
    _print_step(1, "Starting a simulated AviationStack, because the real one needs a paid key for past dates.")
    with running_simulator(SimulatorOptions(flights_per_day=FLIGHTS_PER_DAY)) as url:
        settings = _settings(url, folder)
        _print_step(2, f"{len(slices)} slices, {first} to {yesterday}: journal, typed Parquet, DuckDB.")
        try:
            results = finish(_run(slices, settings))
        except KeyboardInterrupt:
            print_interruption()
            raise Interrupted from None
    for result in results:
        if isinstance(result, Failed):
            print_error(result.error, subject=str(result.slice), as_json=False)
    _print_step(3, "Building the marts with dbt.")
    report = _build_and_report(settings, folder, first, yesterday)
    if as_json:
        print_json(answer("flights", results, requested=len(slices)) | {"report": str(report)})
    else:
        _show(settings, first, yesterday, report)
    raise typer.Exit(exit_code(results))


def _check_extras() -> None:
    """Raise :class:`MissingExtra` before the work begins."""
    from aviastack.extras import require

    for module in ("dbt.adapters.duckdb", "altair", "jinja2", "vl_convert"):
        require(module, "dbt-duckdb,report", "The demo")


def _settings(url: str, folder: Path) -> Settings:
    """Return settings that reach only the simulator and the demo's folder, whatever the environment contains."""
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
    from aviastack.cli.progress import ProgressDisplay
    from aviastack.pipeline.backfill import run_all
    from aviastack.pipeline.run import Pipeline

    async with Api(settings) as api:
        with ProgressDisplay().of(api) as display:
            pipeline = Pipeline(settings, options.store_of(settings), api, display)
            return await run_all(pipeline, slices, again=False)


def _build_and_report(settings: Settings, folder: Path, first: date, last: date) -> Path:
    from aviastack.marts.build import build_marts
    from aviastack.report import write_report

    build_marts(settings)
    out = folder / "report.html"
    write_report(settings, first, last, out)
    return out


def _show(settings: Settings, first: date, last: date, report: Path) -> None:
    from aviastack.cli.output import console, line, print_table, table
    from aviastack.marts.summary import airline_performance, source_of_flights
    from aviastack.report.figures import provenance_of

    numbers = ("flights", "on time, gate", "mean", "90 % in", "cancelled", "diverted", "unresolved")
    provenance = provenance_of(source_of_flights(settings))
    title = [f"Airline performance, {first} to {last}", *([provenance] if provenance else [])]
    shown = table("airline", *numbers, right=numbers, title="\n".join(title))
    airlines = airline_performance(settings, first, last)
    for row in airlines[:SHOWN]:
        shown.add_row(
            line(row.airline),
            f"{row.flights:,}",
            _estimate(row.on_time_share_p80, row.on_time_share),
            _minutes(row.mean_delay),
            _minutes(row.p90_delay),
            f"{row.cancelled:,}",
            f"{row.diverted:,}",
            f"{row.unresolved:,}",
        )
    out = console()
    print_table(shown)
    if len(airlines) > SHOWN:
        out.print(line((f"and {len(airlines) - SHOWN} more, which fly some of their codeshares", "dim")))
    database = settings.warehouse.removeprefix("duckdb:///")
    out.print(line(("\nReport     ", "bold"), f"{report}   (open it in a browser)"))
    out.print(line(("Warehouse  ", "bold"), f"{database}   (schemas aviationstack and marts)"))
    out.print(line(("\nNext\n", "bold"), "\n".join(_next_steps())))


def _next_steps() -> list[str]:
    """Return commands that run as they are printed, the ones for a free key first."""
    from aviastack.endpoints import Plan
    from aviastack.paging.cost import calls_for
    from aviastack.tuning.shapes import AIRPORT_DAY

    program = _program()
    calls = calls_for(AIRPORT_DAY, Plan.FREE.rows_per_page, settled=False)
    settled = datetime.now(UTC).date() - timedelta(days=3)
    steps = [
        "  # your own key: a free one serves live flights",
        "  export AVIASTACK_ACCESS_KEY=...",
        f"  {program} plan flights --dep-iata SFO    # 1 call, and it shows the cost of the next line",
        f"  {program} run flights --dep-iata SFO     # about {calls} of a free key's {Plan.FREE.calls_per_month} calls",
        "  # past dates, from the Basic plan on",
        f"  {program} run flights --date {settled} --airline-iata AA --plan basic",
        "  # Google Cloud Storage and Snowflake",
        "  pip install 'aviastack[gcs,snowflake]'",
        f"  {program} doctor --setup-sql",
    ]
    if Path("Makefile").is_file() and Path("dags").is_dir():
        steps += ["  # Airflow, without an account", "  make airflow"]
    return steps


def _program() -> str:
    """Return the command as the reader's shell finds it: by its name if that is this program, else by its path."""
    found = shutil.which("aviastack")
    run = shutil.which(sys.argv[0]) or sys.argv[0]
    if found is not None and Path(found).resolve() == Path(run).resolve():
        return "aviastack"
    return sys.argv[0] if Path(sys.argv[0]).name == "aviastack" else f"{sys.executable} -m aviastack"


def _print_step(number: int, text: str) -> None:
    from aviastack.cli.output import aside, line

    aside().print(line((f"{number} ", "bold"), text))


def _estimate(low: float | None, high: float | None) -> str:
    return "-" if low is None or high is None else f"{100 * low:.0f} to {100 * high:.0f} %"


def _minutes(value: float | None) -> str:
    return "-" if value is None else f"{round(value)} min"
