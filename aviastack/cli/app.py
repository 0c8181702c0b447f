"""The commands by name. Heavy parts are imported by the commands that use them, so ``--help`` answers at once."""

from __future__ import annotations

from typing import Annotated

import typer

from aviastack.cli import demo, doctor, load, plan, prune, report, run, simulate, status, tune
from aviastack.cli.options import TAKES_FILTERS, filters_help

app = typer.Typer(
    help="AviationStack's flight data into a warehouse: frugal with the quota, proven complete, typed, idempotent.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

FILTERS = filters_help()


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"aviastack {version('aviastack')}")
        raise typer.Exit


@app.callback()
def aviastack(
    version: Annotated[
        bool, typer.Option("--version", help="Show the version and exit.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Take the options that stand before a command."""


app.command("demo")(demo.demo)
app.command("plan", context_settings=TAKES_FILTERS, epilog=FILTERS)(plan.plan)
app.command("extract", context_settings=TAKES_FILTERS, epilog=FILTERS)(run.extract)
app.command("load")(load.load)
app.command("run", context_settings=TAKES_FILTERS, epilog=FILTERS)(run.run)
app.command("backfill", context_settings=TAKES_FILTERS, epilog=FILTERS)(run.backfill)
app.command("replay", context_settings=TAKES_FILTERS, epilog=FILTERS)(load.replay)
app.command("status")(status.status)
app.command("doctor")(doctor.doctor)
app.command("report")(report.report)
app.command("tune")(tune.tune)
app.command("prune")(prune.prune)
app.command("simulate")(simulate.simulate)
