"""``plan``: what it will cost, before it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from aviastack.aio import finish
from aviastack.cli import options
from aviastack.cli.options import Date, EndpointName, Json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aviastack.pipeline.estimate import Budgeted
    from aviastack.settings import Settings
    from aviastack.slices import Slice


def plan(
    context: typer.Context,
    endpoint: EndpointName,
    date: Date = None,
    first: Annotated[str | None, typer.Option("--from", help="First date of a range, YYYY-MM-DD.")] = None,
    last: Annotated[str | None, typer.Option("--to", help="Last date of a range, included.")] = None,
    estimate: Annotated[bool, typer.Option("--estimate", help="Ask nothing; go by earlier runs.")] = False,
    base_url: options.BaseUrl = None,
    plan_name: Annotated[str | None, typer.Option("--plan", help="What the account has paid for.")] = None,
    staging: options.Staging = None,
    pace: options.Pace = None,
    max_calls: options.MaxCalls = None,
    as_json: Json = False,
) -> None:
    """Say what slices will cost: calls, minutes, share of the month. One call a slice at most; the run uses it."""
    from aviastack.cli.output import tell_json
    from aviastack.pipeline.backfill import slices_between

    declared = options.endpoint_of(endpoint)
    slices = (
        slices_between(declared, options.days_of(first, last or first), options.filters_of(declared, context.args))
        if first is not None
        else [options.slice_of(endpoint, date, context.args)]
    )
    settings = options.settings_of(base_url=base_url, plan=plan_name, staging=staging, pace=pace, max_calls=max_calls)
    budgeted = finish(_planned(slices, settings, estimate=estimate))
    if as_json:
        tell_json(_object(declared.name, budgeted))
    else:
        _show(budgeted)


async def _planned(slices: Sequence[Slice], settings: Settings, *, estimate: bool) -> Budgeted:
    from aviastack.api.session import Api
    from aviastack.pipeline.estimate import plan as planned

    async with Api(settings) as api:
        return await planned(slices, settings, api, estimate=estimate)


def _object(endpoint: str, budgeted: Budgeted) -> dict[str, object]:
    return {
        "endpoint": endpoint,
        "calls": budgeted.calls,
        "unknown": budgeted.unknown,
        "minutes": round(budgeted.minutes, 2),
        "share_of_month": budgeted.share_of_month,
        "remaining": budgeted.remaining,
        "warnings": budgeted.warnings,
        "slices": [
            {"slice": f.slice.name, "rows": f.rows, "calls": f.calls, "source": f.source} for f in budgeted.forecasts
        ],
    }


def _show(budgeted: Budgeted) -> None:
    from rich.table import Table

    from aviastack.cli.output import aside, console

    table = Table("slice", "rows", "calls", "known from", box=None, header_style="bold")
    for forecast in budgeted.forecasts:
        rows = "?" if forecast.rows is None else f"{forecast.rows:,}"
        calls = "?" if forecast.calls is None else f"{forecast.calls:,}"
        table.add_row(str(forecast.slice), rows, calls, forecast.source)
    console().print(table)
    share = "" if budgeted.share_of_month is None else f", {budgeted.share_of_month:.1%} of the month's quota"
    left = "" if budgeted.remaining is None else f" ({budgeted.remaining:,} calls left)"
    console().print(f"[bold]{budgeted.calls:,} calls[/], {budgeted.minutes:.1f} minutes at this pace{share}{left}")
    if budgeted.unknown:
        aside().print(f"{budgeted.unknown} slices were never run: ask without --estimate, one call each")
    for warning in budgeted.warnings:
        aside().print(f"[bold yellow]{warning}[/]")
