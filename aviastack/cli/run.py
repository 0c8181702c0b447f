"""``run``, ``extract`` and ``backfill``: from the API to staging, and on into the warehouse."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from aviastack.cli import filters, options
from aviastack.cli.options import Date, EndpointName, From, Json, MaxAge, To

if TYPE_CHECKING:
    from aviastack.cli.progress import ProgressDisplay
    from aviastack.limits.quota import Quota
    from aviastack.pipeline.outcome import Result
    from aviastack.settings import Settings
    from aviastack.slices import Slice
    from aviastack.staging.store import Store


@options.takes_settings(*options.API, "warehouse")
def run(
    context: typer.Context,
    endpoint: EndpointName,
    date: Date = None,
    max_age: MaxAge = None,
    as_json: Json = False,
    *,
    settings: Settings,
) -> None:
    """Extract, stage and load one slice. An unfinished run of the slice is continued."""
    slice_ = filters.slice_of(endpoint, date, context.args)
    _run([slice_], settings, max_age=options.age_of(max_age), as_json=as_json)


@options.takes_settings(*options.API)
def extract(
    context: typer.Context,
    endpoint: EndpointName,
    date: Date = None,
    max_age: MaxAge = None,
    as_json: Json = False,
    *,
    settings: Settings,
) -> None:
    """Extract and stage one slice: journal, typed Parquet, manifest. The warehouse is not touched."""
    slice_ = filters.slice_of(endpoint, date, context.args)
    _run([slice_], settings, max_age=options.age_of(max_age), load=False, as_json=as_json)


@options.takes_settings(*options.API, "warehouse")
def backfill(
    context: typer.Context,
    endpoint: EndpointName,
    first: From,
    last: To,
    again: Annotated[bool, typer.Option("--again", help="Fetch dates again that are final already.")] = False,
    as_json: Json = False,
    *,
    settings: Settings,
) -> None:
    """Run a range of dates, newest first, within pace and budget. Dates that are final already are skipped.

    Each of several values of a filter, separated by commas, is a separate slice: --airline-iata AA,DL,UA.
    """
    slices = filters.slices_between(endpoint, first, last, context.args)
    _run(slices, settings, again=again, as_json=as_json)


def _run(
    slices: Sequence[Slice],
    settings: Settings,
    *,
    load: bool = True,
    max_age: timedelta | None = None,
    again: bool = True,
    as_json: bool,
) -> None:
    """Run the slices, print the result of each, and exit with the code that sums them up."""
    from aviastack.cli.arrow import import_arrow

    import_arrow()  # before a part of the package does
    from aviastack.aio import finish
    from aviastack.cli.outcomes import answer, exit_code, print_failures
    from aviastack.cli.output import Interrupted, print_interruption, print_json
    from aviastack.cli.progress import ProgressDisplay
    from aviastack.cli.summary import print_summary
    from aviastack.pipeline.outcome import Failed
    from aviastack.pipeline.resume import IF_FINAL, on_record

    store = options.store_of(settings)
    final = on_record(store, slices[0], IF_FINAL) if again and len(slices) == 1 else None
    display = ProgressDisplay(final=final)
    try:
        results, quota = finish(_results(slices, settings, store, display, load=load, max_age=max_age, again=again))
    except KeyboardInterrupt:
        print_interruption(display.pages)
        raise Interrupted from None
    print_failures([result for result in results if isinstance(result, Failed)], len(slices))
    if as_json:
        print_json(answer(slices[0].endpoint.name, results, requested=len(slices)))
    else:
        print_summary(results, settings, store, quota, requested=len(slices), load=load)
    raise typer.Exit(exit_code(results))


async def _results(
    slices: Sequence[Slice],
    settings: Settings,
    store: Store,
    display: ProgressDisplay,
    *,
    load: bool,
    max_age: timedelta | None,
    again: bool,
) -> tuple[list[Result], Quota]:
    from aviastack.api.session import Api
    from aviastack.pipeline.backfill import run_all
    from aviastack.pipeline.run import Pipeline

    async with Api(settings) as api:
        with display.of(api):
            pipeline = Pipeline(settings, store, api, display)
            results = await run_all(pipeline, slices, load=load, max_age=max_age, again=again)
        return results, await api.quota()
