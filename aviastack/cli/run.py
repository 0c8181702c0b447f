"""``run``, ``extract`` and ``backfill``: from the API to staging, and on into the warehouse."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import typer

from aviastack.aio import finish
from aviastack.cli import options
from aviastack.cli.options import Date, EndpointName, From, Json, MaxAge, To

if TYPE_CHECKING:
    from aviastack.manifest import Manifest
    from aviastack.pipeline.outcome import Result
    from aviastack.settings import Settings
    from aviastack.slices import Slice
    from aviastack.staging.store import Store


def run(
    context: typer.Context,
    endpoint: EndpointName,
    date: Date = None,
    max_age: MaxAge = None,
    base_url: options.BaseUrl = None,
    plan: options.PlanName = None,
    staging: options.Staging = None,
    warehouse: options.Warehouse = None,
    pace: options.Pace = None,
    concurrency: options.Concurrency = None,
    max_calls: options.MaxCalls = None,
    budget: options.Budget = None,
    as_json: Json = False,
) -> None:
    """Extract, stage and load one slice. It goes on from where an unfinished run of it stopped."""
    slice_ = options.slice_of(endpoint, date, context.args)
    given: dict[str, object] = {
        "base_url": base_url,
        "plan": plan,
        "staging": staging,
        "warehouse": warehouse,
        "pace": pace,
    }
    given |= {"concurrency": concurrency, "max_calls": max_calls, "budget": budget}
    _each([slice_], endpoint, given, max_age=max_age, load=True, as_json=as_json)


def extract(
    context: typer.Context,
    endpoint: EndpointName,
    date: Date = None,
    max_age: MaxAge = None,
    base_url: options.BaseUrl = None,
    plan: options.PlanName = None,
    staging: options.Staging = None,
    pace: options.Pace = None,
    concurrency: options.Concurrency = None,
    max_calls: options.MaxCalls = None,
    budget: options.Budget = None,
    as_json: Json = False,
) -> None:
    """Extract and stage one slice: journal, typed Parquet, manifest. The warehouse is left alone."""
    slice_ = options.slice_of(endpoint, date, context.args)
    given: dict[str, object] = {"base_url": base_url, "plan": plan, "staging": staging, "pace": pace}
    given |= {"concurrency": concurrency, "max_calls": max_calls, "budget": budget}
    _each([slice_], endpoint, given, max_age=max_age, load=False, as_json=as_json)


def backfill(
    context: typer.Context,
    endpoint: EndpointName,
    first: From,
    last: To,
    again: bool = typer.Option(False, "--again", help="Ask again for dates that a complete, settled run has."),
    base_url: options.BaseUrl = None,
    plan: options.PlanName = None,
    staging: options.Staging = None,
    warehouse: options.Warehouse = None,
    pace: options.Pace = None,
    concurrency: options.Concurrency = None,
    max_calls: options.MaxCalls = None,
    budget: options.Budget = None,
    as_json: Json = False,
) -> None:
    """Run a range of dates, newest first, within pace and budget. What is complete already is not asked again.

    A comma separates several values of a filter, each a slice of its own: --airline-iata AA,DL,UA.
    """
    from aviastack.pipeline.backfill import slices_between

    declared = options.endpoint_of(endpoint)
    slices = slices_between(declared, options.days_of(first, last), options.filters_of(declared, context.args))
    given: dict[str, object] = {
        "base_url": base_url,
        "plan": plan,
        "staging": staging,
        "warehouse": warehouse,
        "pace": pace,
    }
    given |= {"concurrency": concurrency, "max_calls": max_calls, "budget": budget}
    _each(slices, endpoint, given, load=True, as_json=as_json, again=again)


def _each(
    slices: Sequence[Slice],
    endpoint: str,
    given: dict[str, Any],
    *,
    load: bool,
    as_json: bool,
    max_age: str | None = None,
    again: bool = True,
) -> None:
    """Run the slices, tell what became of each, and exit with the code that says so."""
    from aviastack.cli.outcomes import exit_code, told
    from aviastack.cli.output import tell_error, tell_json
    from aviastack.pipeline.outcome import Failed

    settings, store = options.opened(**given)
    final = _final(slices, store) if again else None
    results = finish(
        _watched(slices, settings, store, load=load, max_age=options.age_of(max_age), again=again, final=final)
    )
    for result in results:
        if isinstance(result, Failed):
            tell_error(result.error, as_json=False)
    if as_json:
        tell_json(told(endpoint, results, asked=len(slices)))
    raise typer.Exit(exit_code(results))


async def _watched(
    slices: Sequence[Slice],
    settings: Settings,
    store: Store,
    *,
    load: bool,
    max_age: Any,
    again: bool,
    final: Manifest | None,
) -> list[Result]:
    from aviastack.api.session import Api
    from aviastack.cli.output import aside
    from aviastack.cli.progress import ProgressWatch
    from aviastack.pipeline.backfill import run_all
    from aviastack.pipeline.run import Pipeline

    async with Api(settings) as api:
        with ProgressWatch(aside(), api, final) as listener:
            pipeline = Pipeline(settings, store, api, listener)
            return await run_all(pipeline, slices, load=load, max_age=max_age, again=again)


def _final(slices: Sequence[Slice], store: Store) -> Manifest | None:
    """The run by which a command's only slice is final already, so that asking again will bring nothing new."""
    from aviastack.pipeline.resume import on_record

    return on_record(store, slices[0], None, final=True) if len(slices) == 1 else None
