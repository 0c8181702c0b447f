"""A transaction of a warehouse, and what is undone after a failure."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from aviastack.warehouse.protocol import Warehouse
from aviastack.warehouse.statements import Statement


@contextmanager
def transaction(warehouse: Warehouse) -> Iterator[None]:
    """Commit at the end of the block; roll back if it fails."""
    warehouse.run(warehouse.dialect.statement("begin"))
    with undo_with(warehouse, warehouse.dialect.statement("rollback")):
        yield
        warehouse.run(warehouse.dialect.statement("commit"))


@contextmanager
def undo_with(warehouse: Warehouse, statement: Statement) -> Iterator[None]:
    """Run the statement after a failure and raise the failure, with a note if the statement failed too."""
    try:
        yield
    except BaseException as failure:
        try:
            warehouse.run(statement)
        except Exception as second:  # noqa: BLE001 - no error here may hide the first failure
            failure.add_note(f"Then {statement.name} failed too: {second}")
        raise
