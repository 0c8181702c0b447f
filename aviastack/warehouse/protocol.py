"""The protocols of a warehouse: one for loads, one for queries."""

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
    """A staged file: its ``path`` below the staging root, and the ``address`` at which a reader finds it."""

    path: str
    address: str


class Warehouse(Protocol):
    """A connection, open between ``__enter__`` and ``__exit__``.

    Every method raises :class:`WarehouseUnavailable` if the warehouse can't be reached, is held, is full or denies
    access, and :class:`LockRefused` if another load has the lock; the transaction may then be retried.
    """

    exclusive: bool
    """Whether other processes cannot use the warehouse while this connection is open."""

    @property
    def dialect(self) -> Dialect:
        """How this warehouse's SQL is written."""
        ...

    def table(self, name: str) -> str:
        """Return the full quoted name of a table in the schema ``aviationstack``."""
        ...

    def shapes(self) -> dict[str, dict[str, str]]:
        """Return the tables of the schema ``aviationstack``: table -> column -> type, all as the warehouse names them.

        Empty if the role may not see the schema.
        """
        ...

    def columns_of(self, schema: str, relation: str) -> list[str]:
        """Return the columns of a table or view, in lower case; empty if it does not exist or may not be seen."""
        ...

    def run(self, statement: Statement) -> list[tuple[Any, ...]]:
        """Run one statement and return its rows; DML returns one row that starts with the number of rows."""
        ...

    def merge(self, script: Script, values: Mapping[str, Any]) -> tuple[int, int]:
        """Merge the staged rows into the target; return how many rows it inserted and how many it changed."""
        ...

    def own_table(self, table: str) -> str:
        """Return the full quoted name of a new table that only one load of ``table`` uses."""
        ...

    def copy(self, staged: str, columns: Sequence[str], files: Sequence[Source]) -> None:
        """Copy the files into the table, matching columns by name.

        Raises :class:`StagingUnavailable` if a file is missing, :class:`AuditFailed` if aviastack did not write it.
        """
        ...

    def label(self, run_id: str, slice_: str) -> None:
        """Label the next statements with their run and slice in the warehouse's query history."""
        ...

    def sweep(self) -> None:
        """Drop old tables that crashed loads left behind."""
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
        """Run one statement and return its rows with column names.

        Raises :class:`BadRequest` for SQL that the warehouse rejects, :class:`WarehouseUnavailable` otherwise.
        """
        ...

    def described_tables(self, schemas: Sequence[str]) -> pa.Table:
        """Return the tables and views of the schemas: schema, table, number of columns, comment."""
        ...

    def described_columns(self, schemas: Sequence[str]) -> pa.Table:
        """Return their columns: schema, table, column, type, comment."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None: ...
