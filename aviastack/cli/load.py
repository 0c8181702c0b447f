"""``load`` and ``replay``: what is staged or journalled already, without a call to the API."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from aviastack.cli import filters, options
from aviastack.cli.options import Date, EndpointName, First, Json, Last

if TYPE_CHECKING:
    from aviastack.pipeline.outcome import Result
    from aviastack.settings import Settings
    from aviastack.slices import Slice
    from aviastack.staging.store import Store


@options.takes_settings("staging", "warehouse")
def load(
    manifest: Annotated[str, typer.Argument(help="Address of a manifest, or its path below the staging root.")],
    as_json: Json = False,
    *,
    store: Store,
    settings: Settings,
) -> None:
    """Load a staged run into the warehouse. Loading it twice changes nothing."""
    from aviastack.pipeline.outcome import Outcome
    from aviastack.pipeline.run import Pipeline
    from aviastack.slices import Slice
    from aviastack.staging import manifest_log

    found = manifest_log.read(store, store.relative(manifest))
    loaded = Pipeline(settings, store).load(found)
    slice_ = Slice.parse(found.endpoint, found.slice)
    print_results(found.endpoint, [Outcome(slice_, found, calls=0, loaded=loaded)], as_json=as_json)


@options.takes_settings("staging", "warehouse")
def replay(
    context: typer.Context,
    endpoint: EndpointName,
    date: Date = None,
    first: First = None,
    last: Last = None,
    stage_only: Annotated[bool, typer.Option("--stage-only", help="Write Parquet, and do not load it.")] = False,
    as_json: Json = False,
    *,
    store: Store,
    settings: Settings,
) -> None:
    """Write Parquet and warehouse rows again from the journal, without a call: after a fix, or for new columns."""
    slices = filters.slices_of(endpoint, date, first, last, context.args)
    print_results(slices[0].endpoint.name, replayed(slices, settings, store, load=not stage_only), as_json=as_json)


def replayed(slices: Sequence[Slice], settings: Settings, store: Store, *, load: bool) -> list[Result]:
    """Stage the slices again from their journals and, if ``load`` is true, load them.

    A slice whose journal or Parquet is damaged, or whose rows fail the audit, does not end the others.
    """
    from aviastack.cli.arrow import import_arrow

    import_arrow()  # before a part of the package does
    from aviastack.errors import AuditFailed, DamagedFile
    from aviastack.pipeline.load import LoadSession
    from aviastack.pipeline.outcome import Failed, Outcome
    from aviastack.pipeline.run import Pipeline

    pipeline = Pipeline(settings, store)

    def result_of(slice_: Slice, session: LoadSession) -> Result:
        try:
            outcome = Outcome(slice_, pipeline.replay(slice_), calls=0)
            return replace(outcome, loaded=session.load(outcome.manifest)) if load else outcome
        except (AuditFailed, DamagedFile) as error:
            return Failed(slice_, error)

    with LoadSession(store, settings) as session:
        return [result_of(slice_, session) for slice_ in slices]


def print_results(endpoint: str, results: Sequence[Result], *, as_json: bool) -> None:
    """Print what was staged and loaded and what failed, and exit with the code that sums it up."""
    from aviastack.cli.outcomes import answer, exit_code, print_failures
    from aviastack.cli.output import print_json
    from aviastack.cli.progress import ProgressDisplay
    from aviastack.pipeline.outcome import Failed

    display = ProgressDisplay()
    for result in results:
        if isinstance(result, Failed):
            continue
        display.staged(result.slice, result.manifest, calls=result.calls)
        if result.loaded is not None:
            display.loaded(result.slice, result.loaded)
    print_failures([result for result in results if isinstance(result, Failed)], len(results))
    if as_json:
        print_json(answer(endpoint, results, requested=len(results)))
    raise typer.Exit(exit_code(results))
