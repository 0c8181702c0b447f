"""``plan``: what it will cost, before it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from aviastack.aio import finish
from aviastack.cli import options
from aviastack.cli.options import Date, EndpointName, Json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aviastack.pipeline.estimate import Estimate
    from aviastack.settings import Settings
    from aviastack.slices import Slice
    from aviastack.staging.store import Store


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
    settings, store = options.opened(base_url=base_url, plan=plan_name, staging=staging, pace=pace, max_calls=max_calls)
    estimated = finish(_estimated(slices, settings, store, calls=not estimate))
    if as_json:
        tell_json(_object(declared.name, estimated))
    else:
        _show(estimated)


async def _estimated(slices: Sequence[Slice], settings: Settings, store: Store, *, calls: bool) -> Estimate:
    from aviastack.api.session import Api
    from aviastack.pipeline.estimate import estimate
    from aviastack.pipeline.run import Pipeline

    async with Api(settings) as api:
        return await estimate(Pipeline(settings, store, api), slices, calls=calls)


def _object(endpoint: str, estimated: Estimate) -> dict[str, object]:
    return {
        "endpoint": endpoint,
        "calls": estimated.calls,
        "unknown": estimated.unknown,
        "minutes": round(estimated.minutes, 2),
        "share_of_month": estimated.share_of_month,
        "remaining": estimated.remaining,
        "warnings": estimated.warnings,
        "slices": [
            {"slice": each.slice.name, "rows": each.rows, "calls": each.calls, "source": each.source}
            for each in estimated.slices
        ],
    }


def _show(estimated: Estimate) -> None:
    from rich.table import Table

    from aviastack.cli.output import aside, console

    table = Table("slice", "rows", "calls", "known from", box=None, header_style="bold")
    for each in estimated.slices:
        rows = "?" if each.rows is None else f"{each.rows:,}"
        calls = "?" if each.calls is None else f"{each.calls:,}"
        table.add_row(str(each.slice), rows, calls, each.source)
    console().print(table)
    share = "" if estimated.share_of_month is None else f", {estimated.share_of_month:.1%} of the month's quota"
    left = "" if estimated.remaining is None else f" ({estimated.remaining:,} calls left)"
    console().print(f"[bold]{estimated.calls:,} calls[/], {estimated.minutes:.1f} minutes at this pace{share}{left}")
    if estimated.unknown:
        aside().print(f"{estimated.unknown} slices were never run: ask without --estimate, one call each")
    for warning in estimated.warnings:
        aside().print(f"[bold yellow]{warning}[/]")
