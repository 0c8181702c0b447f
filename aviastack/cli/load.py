"""``load`` and ``replay``: what is staged or journalled already, with no call to the API."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from aviastack.cli import options
from aviastack.cli.options import Date, EndpointName, Json

if TYPE_CHECKING:
    from aviastack.pipeline.outcome import Outcome


def load(
    manifest: Annotated[str, typer.Argument(help="A manifest: its address, or its path under the staging root.")],
    staging: options.Staging = None,
    warehouse: options.Warehouse = None,
    as_json: Json = False,
) -> None:
    """Load a staged run into the warehouse. Doing so twice changes nothing."""
    from aviastack.pipeline.outcome import Outcome
    from aviastack.pipeline.run import Pipeline
    from aviastack.slices import Slice
    from aviastack.staging import manifest_log

    settings, store = options.opened(staging=staging, warehouse=warehouse)
    found = manifest_log.read(store, store.relative(manifest))
    slice_ = Slice.parse(found.endpoint, found.slice)
    loaded = Pipeline(settings, store).load(found)
    _tell(found.endpoint, [Outcome(slice_, found, calls=0, loaded=loaded)], as_json)


def replay(
    context: typer.Context,
    endpoint: EndpointName,
    date: Date = None,
    first: Annotated[str | None, typer.Option("--from", help="First date of a range, YYYY-MM-DD.")] = None,
    last: Annotated[str | None, typer.Option("--to", help="Last date of a range, included.")] = None,
    stage_only: Annotated[bool, typer.Option("--stage-only", help="Leave the warehouse alone.")] = False,
    staging: options.Staging = None,
    warehouse: options.Warehouse = None,
    as_json: Json = False,
) -> None:
    """Make Parquet and warehouse rows again from the journal, with no call: for a new schema, or a mended bug."""
    from aviastack.errors import BadRequest
    from aviastack.pipeline.backfill import slices_between
    from aviastack.pipeline.outcome import Outcome
    from aviastack.pipeline.run import Pipeline

    if (first is None) != (last is None):
        raise BadRequest("A range has two ends.", remedy="Give both --from and --to.")
    declared = options.endpoint_of(endpoint)
    slices = (
        slices_between(declared, options.days_of(first, last), options.filters_of(declared, context.args))
        if first is not None and last is not None
        else [options.slice_of(endpoint, date, context.args)]
    )
    pipeline = Pipeline(*options.opened(staging=staging, warehouse=warehouse))
    outcomes = []
    for slice_ in slices:
        manifest = pipeline.replay(slice_)
        loaded = None if stage_only else pipeline.load(manifest)
        outcomes.append(Outcome(slice_, manifest, calls=0, loaded=loaded))
    _tell(declared.name, outcomes, as_json)


def _tell(endpoint: str, outcomes: Sequence[Outcome], as_json: bool) -> None:
    from aviastack.cli.outcomes import exit_code, told
    from aviastack.cli.output import aside, tell_json
    from aviastack.cli.progress import ProgressWatch

    listener = ProgressWatch(aside())
    for outcome in outcomes:
        listener.staged(outcome.slice, outcome.manifest)
        if outcome.loaded is not None:
            listener.loaded(outcome.slice, outcome.loaded)
    if as_json:
        tell_json(told(endpoint, outcomes, asked=len(outcomes)))
    raise typer.Exit(exit_code(outcomes))
