"""``load`` and ``replay``: what is staged or journalled already, without a call to the API."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from aviastack.cli import filters, options
from aviastack.cli.options import Date, EndpointName, First, Json, Last

if TYPE_CHECKING:
    from aviastack.pipeline.outcome import Outcome
    from aviastack.settings import Settings
    from aviastack.slices import Slice
    from aviastack.warehouse.loading import Loaded


@options.takes_settings("staging", "warehouse")
def load(
    manifest: Annotated[str, typer.Argument(help="Address of a manifest, or its path below the staging root.")],
    as_json: Json = False,
    *,
    settings: Settings,
) -> None:
    """Load a staged run into the warehouse. Loading it twice changes nothing."""
    from aviastack.pipeline.outcome import Outcome
    from aviastack.pipeline.run import Pipeline
    from aviastack.slices import Slice
    from aviastack.staging import manifest_log
    from aviastack.staging.open_store import open_store

    store = open_store(settings.staging)
    found = manifest_log.read(store, store.relative(manifest))
    loaded = Pipeline(settings, store).load(found)
    slice_ = Slice.parse(found.endpoint, found.slice)
    print_outcomes(found.endpoint, [Outcome(slice_, found, calls=0, loaded=loaded)], as_json=as_json)


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
    settings: Settings,
) -> None:
    """Write Parquet and warehouse rows again from the journal, without a call: after a fix, or for new columns."""
    slices = filters.slices_of(endpoint, date, first, last, context.args)
    print_outcomes(slices[0].endpoint.name, replayed(slices, settings, load=not stage_only), as_json=as_json)


def replayed(slices: Sequence[Slice], settings: Settings, *, load: bool) -> list[Outcome]:
    """Stage the slices again from their journals and, if ``load`` is true, load them."""
    from aviastack.pipeline.outcome import Outcome
    from aviastack.pipeline.run import Pipeline
    from aviastack.staging.open_store import open_store

    pipeline = Pipeline(settings, open_store(settings.staging))
    manifests = [pipeline.replay(slice_) for slice_ in slices]
    loaded: list[Loaded | None] = [*pipeline.load_all(manifests)] if load else [None] * len(manifests)
    staged = zip(slices, manifests, loaded, strict=True)
    return [Outcome(slice_, manifest, calls=0, loaded=changes) for slice_, manifest, changes in staged]


def print_outcomes(endpoint: str, outcomes: Sequence[Outcome], *, as_json: bool) -> None:
    """Print what was staged and loaded, and exit with the code that sums it up."""
    from aviastack.cli.outcomes import answer, exit_code
    from aviastack.cli.output import print_json
    from aviastack.cli.progress import ProgressDisplay

    display = ProgressDisplay()
    for outcome in outcomes:
        display.staged(outcome.slice, outcome.manifest, calls=outcome.calls)
        if outcome.loaded is not None:
            display.loaded(outcome.slice, outcome.loaded)
    if as_json:
        print_json(answer(endpoint, outcomes, requested=len(outcomes)))
    raise typer.Exit(exit_code(outcomes))
