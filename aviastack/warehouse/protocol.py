"""What a warehouse must be able to do for a load, and which one a setting names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol, Self

from aviastack.warehouse.script import Script
from aviastack.warehouse.statements import Dialect, Statement

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Source:
    """A staged file: its ``path`` below the staging root, and the ``address`` under which a reader finds it."""

    path: str
    address: str


class Warehouse(Protocol):
    """A connection, open between ``__enter__`` and ``__exit__``.

    Every method raises :class:`WarehouseUnavailable` where the warehouse is gone, held, refuses or is full, and
    :class:`LockRefused` where another load has to be waited for; a transaction may then be run again.
    """

    @property
    def dialect(self) -> Dialect:
        """How this warehouse's SQL is written."""
        ...

    def table(self, name: str) -> str:
        """Return the whole quoted name of a table of the schema ``aviationstack``."""
        ...

    def run(self, statement: Statement) -> list[tuple[Any, ...]]:
        """Run one statement and return its rows; those of DML are one row that starts with the count of rows."""
        ...

    def merge(self, script: Script, values: Mapping[str, Any]) -> tuple[int, int]:
        """Merge the staged rows into the target; return how many rows it inserted and how many it changed."""
        ...

    def own_table(self, table: str) -> str:
        """Return the whole quoted name of a new table that a load of ``table`` may create for itself."""
        ...

    def copy(self, staged: str, columns: Sequence[str], files: Sequence[Source]) -> None:
        """Copy the files into the table, matching columns by name.

        Raises :class:`StagingUnavailable` where a file is gone and :class:`AuditFailed` where one is not ours.
        """
        ...

    def label(self, run_id: str, slice_: str) -> None:
        """Let the warehouse's own records name the run and the slice that the next statements belong to."""
        ...

    def sweep(self) -> None:
        """Drop what crashed loads have left, by age."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None: ...


class Reader(Protocol):
    """A connection for queries, open between ``__enter__`` and ``__exit__``."""

    @property
    def dialect(self) -> Dialect:
        """How this warehouse's SQL is written."""
        ...

    def query(self, statement: Statement) -> pa.Table:
        """Run one statement and return its rows with their columns' names.

        Raises :class:`BadRequest` for SQL that the warehouse rejects, :class:`WarehouseUnavailable` otherwise.
        """
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None: ...
