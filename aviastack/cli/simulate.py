"""``simulate``: an AviationStack on this machine."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from aviastack.endpoints import Plan


def simulate(
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1; 0 takes a free one.")] = 8787,
    seed: Annotated[int, typer.Option(help="Seed of the schedule: same seed, same flights.")] = 1,
    flights: Annotated[int, typer.Option(min=1, max=300_000, help="Rows of a day, whole world.")] = 90_000,
    plan: Annotated[Plan, typer.Option(help="What the account has paid for.")] = Plan.ENTERPRISE,
    quota: Annotated[int | None, typer.Option(help="Calls a month; unlimited if unset.", show_default=False)] = None,
    pace: Annotated[str | None, typer.Option(help="Calls it takes, as 5/s; 429 above.", show_default=False)] = None,
    latency: Annotated[float, typer.Option(help="Seconds an answer takes.")] = 0.0,
    faults: Annotated[
        str, typer.Option(help="Shares of answers that go wrong: no_pagination=0.02,html=0.01,http500=0.01,reset=0.01")
    ] = "",
    drift: Annotated[
        str | None, typer.Option(help="How moving lists move while they are paged: single, bulk or reorder.")
    ] = None,
    window: Annotated[int | None, typer.Option(help="Rows that it serves of a list.", show_default=False)] = None,
    key: Annotated[str | None, typer.Option(help="The one key it takes; any if unset.", show_default=False)] = None,
    today: Annotated[datetime | None, typer.Option(help="A clock that stands still (UTC).", show_default=False)] = None,
    recorded: Annotated[
        Path | None, typer.Option(help="Serve a folder of recorded responses.", show_default=False)
    ] = None,
) -> None:
    """Serve a simulated AviationStack until Ctrl-C. Point AVIASTACK_BASE_URL at the address that it prints."""
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
        serve(options, started=_announce)
    except (ValueError, OSError) as error:
        told = str(error).rstrip(".")
        raise BadRequest(f"The simulator can't start: {told}.", remedy="See: aviastack simulate --help") from error


def _announce(url: str) -> None:
    from aviastack.cli.output import aside

    aside().print(f"[bold]AviationStack, simulated[/] at {url} [dim](Ctrl-C ends it)[/]")
    aside().print(f"export AVIASTACK_BASE_URL={url} AVIASTACK_ACCESS_KEY=simulated", soft_wrap=True)
