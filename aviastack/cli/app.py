"""The commands by name. Heavy parts are imported by the commands that use them, so that ``--help`` answers at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from aviastack.cli import (
    demo,
    doctor,
    init,
    load,
    plan,
    prune,
    quarantine,
    query,
    reconcile,
    report,
    run,
    simulate,
    status,
    tune,
)
from aviastack.cli.filters import ACCEPTED, filters_help

app = typer.Typer(
    help="Bring AviationStack's flight data into a warehouse: frugal with the quota, proven complete, typed, "
    "idempotent.",
    epilog="[bold]Exit codes[/bold] 0 done; 1 unforeseen error; 2 invalid request or setting; 3 incomplete, or failed "
    "an audit or dbt test; 4 key or plan refused; 5 quota, budget or rate exhausted; 6 staging or warehouse "
    "unavailable; 7 API unavailable; 130 interrupted.",
    add_completion=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

START, DATA, RESULTS, UPKEEP = "Get started", "Fetch and load", "Results", "Upkeep"
FILTERS = filters_help()


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"aviastack {version('aviastack')}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def aviastack(
    context: typer.Context,
    version: Annotated[  # noqa: ARG001  its callback acts
        bool, typer.Option("--version", help="Show the version and exit.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Show the help if no command is given."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit(2)


def _add(command: Callable[..., None], panel: str, *examples: str, filters: bool = False) -> None:
    """Register a command under its function's name, with its examples at the end of its help."""
    shown = "\n\n".join(f"[cyan]$ aviastack {example}[/cyan]" for example in examples)
    app.command(
        command.__name__,
        rich_help_panel=panel,
        context_settings=ACCEPTED if filters else None,
        epilog=f"{FILTERS}\n\n[bold]Example[/bold]\n\n{shown}" if filters else f"[bold]Example[/bold]\n\n{shown}",
    )(command)


_add(init.init, START, "init --plan basic --partners AA,DL,UA --budget 8000")
_add(demo.demo, START, "demo --days 3 --partners AA,BA")
_add(doctor.doctor, START, "doctor --call")
_add(plan.plan, DATA, "plan flights --date 2026-11-21 --airline-iata AA", filters=True)
_add(run.run, DATA, "run flights --date 2026-11-21 --airline-iata AA", "run flights --dep-iata SFO", filters=True)
_add(
    run.backfill,
    DATA,
    "backfill flights --from 2026-11-01 --to 2026-11-21 --airline-iata AA,DL --budget 2000",
    filters=True,
)
_add(run.extract, DATA, "extract flights --date 2026-11-21 --airline-iata AA", filters=True)
_add(load.load, DATA, "load manifests/flights/2026-11-21.airline_iata=AA/20261123T060000123456Z-1a2b3c.json")
_add(load.replay, DATA, "replay flights --date 2026-11-21 --airline-iata AA", filters=True)
_add(status.status, RESULTS, "status flights --from 2026-11-01")
_add(query.query, RESULTS, 'query "SELECT flight_status, count(*) FROM aviationstack.flights GROUP BY 1"')
_add(query.schema, RESULTS, "schema flights")
app.add_typer(
    quarantine.commands,
    name="quarantine",
    rich_help_panel=RESULTS,
    help="List, show and replay the records that could not be typed or keyed.",
)
_add(report.report, RESULTS, "report --from 2026-11-01 --to 2026-11-21 --airline AA,DL --out partners.html")
_add(reconcile.reconcile, RESULTS, "reconcile --bts On_Time_Marketing_2026_9.zip --airline AA,DL")
_add(tune.tune, UPKEEP, "tune --airlines AA,DL,UA --plan basic")
_add(prune.prune, UPKEEP, "prune --older-than 30d --yes")
_add(simulate.simulate, UPKEEP, "simulate --plan basic --quota 10000 --pace 5/s")
