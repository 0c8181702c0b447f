"""``simulate``: an AviationStack on this machine."""

from __future__ import annotations

import errno
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from aviastack.cli.options import PLANS, Json
from aviastack.endpoints import Plan


def simulate(
    port: Annotated[
        int, typer.Option(metavar="N", min=0, max=65_535, help="Port on 127.0.0.1; 0 takes a free one.")
    ] = 8787,
    seed: Annotated[int, typer.Option(metavar="N", help="Seed of the schedule: the same seed, the same flights.")] = 1,
    flights: Annotated[
        int, typer.Option(metavar="N", min=1, max=300_000, help="Rows of one date, whole world.")
    ] = 90_000,
    plan: Annotated[
        Plan, typer.Option(metavar="PLAN", help=f"The simulated account's subscription: {PLANS}.")
    ] = Plan.ENTERPRISE,
    quota: Annotated[
        int | None, typer.Option(metavar="N", min=0, help="Calls per month.", show_default="unlimited")
    ] = None,
    pace: Annotated[
        str | None,
        typer.Option(metavar="CALLS/SECONDS", help="Such as 5/s; faster calls get a 429.", show_default="unlimited"),
    ] = None,
    latency: Annotated[float, typer.Option(metavar="SECONDS", min=0, max=600, help="Seconds per response.")] = 0.0,
    faults: Annotated[
        str,
        typer.Option(
            metavar="SHARES",
            help="Shares of faulty responses, such as html=0.01,http500=0.01.",
            show_default="none",
        ),
    ] = "",
    drift: Annotated[
        str | None,
        typer.Option(metavar="KIND", help="How changing lists change while they are paged: single, bulk or reorder."),
    ] = None,
    window: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Rows served per list.", show_default="all")
    ] = None,
    key: Annotated[
        str | None,
        typer.Option(metavar="KEY", help="The only access key accepted.", show_default="any key is accepted"),
    ] = None,
    today: Annotated[
        datetime | None,
        typer.Option(
            metavar="TIME",
            help="A stopped clock (UTC), such as 2026-11-21T06:00:00.",
            show_default="the clock of this machine",
        ),
    ] = None,
    recorded: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Serve recorded responses instead of simulated ones.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Serve a simulated AviationStack until Ctrl-C. Set AVIASTACK_BASE_URL to the address that it prints."""
    from aviastack.errors import BadRequest
    from aviastack.simulator import SimulatorOptions, serve

    options = SimulatorOptions(
        port=port,
        seed=seed,
        flights_per_day=flights,
        plan=plan,
        quota=quota,
        pace=pace,
        latency=latency,
        faults=faults,
        drift=drift,
        window=window,
        key=key,
        today=today,
        recorded=recorded,
    )
    try:
        serve(options, started=_print_json if as_json else _print)
    except (ValueError, OSError) as error:
        if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
            raise BadRequest(
                f"Port {port} is in use.", remedy="Choose another with --port; --port 0 takes a free one."
            ) from None
        reason = str(error).rstrip(".")
        raise BadRequest(f"The simulator cannot start: {reason}.", remedy="See: aviastack simulate --help") from error


def _print(url: str) -> None:
    from aviastack.cli.output import aside, line

    out = aside()
    out.print(line(("Simulated AviationStack", "bold"), f" at {url}", (" (stop it with Ctrl-C)", "dim")))
    out.print(line(f"export AVIASTACK_BASE_URL={url} AVIASTACK_ACCESS_KEY=simulated"))


def _print_json(url: str) -> None:
    import sys

    from aviastack.cli.output import print_json

    print_json({"url": url})
    sys.stdout.flush()
