"""Checks after a load that the table has the staged rows. Nothing here writes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC

from aviastack.endpoints import ENDPOINTS
from aviastack.manifest import Manifest
from aviastack.warehouse.loads import LoadRow, is_loaded, loads
from aviastack.warehouse.protocol import Warehouse
from aviastack.warehouse.tables import LOADS


@dataclass(frozen=True, slots=True)
class Presence:
    """The rows of a slice in the target: ``held`` seen by its run or later, ``left_over`` only before it."""

    held: int
    left_over: int


def presence(warehouse: Warehouse, manifest: Manifest) -> Presence | None:
    """Count the rows of the manifest's slice in the target; None if no columns identify the rows of the slice."""
    covers = manifest.predicate.covers
    if not covers:
        return None
    values = {"run_id": manifest.run_id, "as_of": manifest.as_of.astimezone(UTC).replace(tzinfo=None)}
    covered = " AND ".join(f"{warehouse.dialect.quoted(column)} = :covers_{column}" for column in covers)
    statement = warehouse.dialect.statement(
        "presence",
        values | {f"covers_{column}": value for column, value in covers.items()},
        target=warehouse.table(ENDPOINTS[manifest.endpoint].table),
        loads=warehouse.table(LOADS),
        covered=covered,
    )
    [[held, left_over]] = warehouse.run(statement)
    return Presence(held, left_over)


def is_known(warehouse: Warehouse, manifest: Manifest) -> bool:
    """Whether the manifest was loaded, or was superseded because a later run of the same slice was loaded."""
    if is_loaded(warehouse, manifest.run_id):
        return True
    of_slice = loads(warehouse, endpoint=manifest.endpoint, slice_name=manifest.slice)
    return any(_is_later(load, manifest) for load in of_slice)


def _is_later(load: LoadRow, manifest: Manifest) -> bool:
    """Compare by the order of the runs, which no clock decides; loads of earlier versions have only their time."""
    if load.fetched_by is None:
        return load.as_of >= manifest.as_of
    return (load.fetched_by, load.run_id) > (manifest.fetched_by, manifest.run_id)
