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
from aviastack.cli.filters import ACCEPTED
from aviastack.cli.help import WIDTH, Command, Group, examples, filters, show_without_command

EXIT_CODES = (
    "Exit codes: 0 done; 1 unforeseen error; 2 invalid request or setting; 3 incomplete, or failed an audit or dbt "
    "test; 4 key or plan refused; 5 quota, budget or rate exhausted; 6 staging or warehouse unavailable; 7 API "
    "unavailable; 130 interrupted."
)

app = typer.Typer(
    cls=Group,
    help="Bring AviationStack's flight data into a warehouse: frugal with the quota, proven complete, typed, "
    "idempotent.",
    epilog=EXIT_CODES,
    add_completion=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": WIDTH},
)

START, DATA, RESULTS, UPKEEP = "Get started", "Fetch and load", "Results", "Upkeep"


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
    show_without_command(context)


def _add(command: Callable[..., None], panel: str, *shown: str, with_filters: bool = False) -> None:
    """Register a command under its function's name, with its examples at the end of its help."""
    end = examples(*(f"aviastack {example}" for example in shown))
    app.command(
        command.__name__,
        cls=Command,
        rich_help_panel=panel,
        context_settings=ACCEPTED if with_filters else None,
        epilog=f"{filters()}\n\n{end}" if with_filters else end,
    )(command)


_add(init.init, START, "init --plan basic --partners AA,DL,UA --budget 8000")
_add(demo.demo, START, "demo --days 3 --partners AA,BA")
_add(doctor.doctor, START, "doctor --call")
_add(plan.plan, DATA, "plan flights --date 2026-11-21 --airline-iata AA", with_filters=True)
_add(run.run, DATA, "run flights --date 2026-11-21 --airline-iata AA", "run flights --dep-iata SFO", with_filters=True)
_add(
    run.backfill,
    DATA,
    "backfill flights --from 2026-11-01 --to 2026-11-21 --airline-iata AA,DL --budget 2000",
    with_filters=True,
)
_add(run.extract, DATA, "extract flights --date 2026-11-21 --airline-iata AA", with_filters=True)
_add(load.load, DATA, "load manifests/flights/2026-11-21.airline_iata=AA/20261123T060000123456Z-1a2b3c.json")
_add(load.replay, DATA, "replay flights --date 2026-11-21 --airline-iata AA", with_filters=True)
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
