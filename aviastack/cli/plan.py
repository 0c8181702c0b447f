"""``plan``: what slices cost, before they run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from aviastack.cli import filters, options
from aviastack.cli.options import Date, EndpointName, First, Json, Last

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aviastack.pipeline.estimate import Estimate
    from aviastack.settings import Settings
    from aviastack.slices import Slice


@options.takes_settings("base_url", "plan", "staging", "pace", "max_calls", "budget")
def plan(
    context: typer.Context,
    endpoint: EndpointName,
    date: Date = None,
    first: First = None,
    last: Last = None,
    estimate: Annotated[bool, typer.Option("--estimate", help="Make no call; go by earlier runs.")] = False,
    as_json: Json = False,
    *,
    settings: Settings,
) -> None:
    """Show what slices cost: calls, minutes, share of the month. At most one call per slice, which the run reuses."""
    from aviastack.aio import finish
    from aviastack.cli.output import print_json

    slices = filters.slices_of(endpoint, date, first, last, context.args)
    estimated = finish(_estimated(slices, settings, calls=not estimate))
    if as_json:
        print_json(_object(slices[0].endpoint.name, estimated))
    else:
        _show(estimated)


async def _estimated(slices: Sequence[Slice], settings: Settings, *, calls: bool) -> Estimate:
    from aviastack.api.session import Api
    from aviastack.pipeline.estimate import estimate
    from aviastack.pipeline.run import Pipeline

    store = options.store_of(settings)
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


def _minutes(minutes: float) -> str:
    return "less than a minute" if minutes < 1 else f"{minutes:,.1f} minutes"


def _show(estimated: Estimate) -> None:
    from aviastack.cli.output import console, line, print_note, print_table, print_warning, table
    from aviastack.errors import counted

    shown = table("slice", "rows", "calls", "source", right=("rows", "calls"))
    for each in estimated.slices:
        rows = "?" if each.rows is None else f"{each.rows:,}"
        calls = "?" if each.calls is None else f"{each.calls:,}"
        shown.add_row(line(str(each.slice)), rows, calls, line(each.source))
    out = console()
    print_table(shown)
    share = "" if estimated.share_of_month is None else f", {estimated.share_of_month:.1%} of the month's quota"
    left = "" if estimated.remaining is None else f" ({counted(estimated.remaining, 'call')} left)"
    least = "at least " if estimated.unknown else ""
    total = (f"{least}{counted(estimated.calls, 'call')}", "bold")
    out.print(line(total, f", {_minutes(estimated.minutes)} at this pace{share}{left}"))
    if estimated.unknown:
        print_note(
            f"{counted(estimated.unknown, 'slice')} without an earlier run. "
            "Without --estimate, plan fetches page 0 of each."
        )
    for warning in estimated.warnings:
        print_warning(warning)
