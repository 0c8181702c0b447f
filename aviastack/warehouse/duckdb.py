"""DuckDB: the embedded warehouse, one file that one process at a time may open."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from weakref import WeakValueDictionary

from aviastack.columns import Type
from aviastack.errors import AuditFailed, BadRequest, LockRefused, StagingUnavailable, WarehouseUnavailable
from aviastack.warehouse.duckdb_file import removed_if_cut_short
from aviastack.warehouse.protocol import Source
from aviastack.warehouse.script import Script
from aviastack.warehouse.statements import Dialect, Statement, Tracer, untraced
from aviastack.warehouse.tables import SCHEMA

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

_POLL = 0.1
_WAITING = Statement("waiting", "-- another connection holds the file")  # shown to the tracer, which may end the wait
_AGAIN = "Stage the run again with `aviastack replay`, which costs no call."
WAIT = 30.0
"""Seconds that a load waits for a file that another process holds."""

_TYPES = {
    Type.TEXT: "VARCHAR",
    Type.INTEGER: "BIGINT",
    Type.FLOAT: "DOUBLE",
    Type.BOOLEAN: "BOOLEAN",
    Type.DATE: "DATE",
    Type.TIME: "TIME",
    Type.CLOCK: "TIMESTAMP",
    Type.INSTANT: "TIMESTAMP",
}
DIALECT = Dialect(
    "duckdb",
    upper=False,
    types=_TYPES,
    shown=_TYPES,
    comments_inline=False,
    transactional_ddl=True,
    json_text="json_extract_string({column}, '$.{path}')",
)

_OFFLINE: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}
"""Nothing is downloaded: for a SQLite file, for instance, DuckDB would fetch an extension."""

_turns: WeakValueDictionary[Path, threading.Lock] = WeakValueDictionary()
"""DuckDB's file lock does not exclude threads of the same process, so they take turns here, file by file."""
_turns_lock = threading.Lock()


class DuckDB:
    """A DuckDB file, held from ``__enter__`` to ``__exit__``.

    ``wait`` is in seconds. ``filesystem`` is the fsspec file system of staged files in a bucket.
    """

    dialect = DIALECT
    exclusive = True

    def __init__(
        self,
        path: Path,
        *,
        wait: float = WAIT,
        filesystem: Any = None,
        tracer: Tracer = untraced,
        read_only: bool = False,
    ) -> None:
        self.path = path
        self._read_only = read_only
        self._filesystem = filesystem
        self._wait = wait
        self._tracer = tracer
        with _turns_lock:
            self._turn = _turns.setdefault(path.absolute(), threading.Lock())
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._schema = ""
        self._reads_buckets = False  # whether this connection knows the file system

    @classmethod
    def at(cls, place: str, *, filesystem: Any = None, tracer: Tracer = untraced, read_only: bool = False) -> Self:
        """Return the file at ``place``, the text after ``duckdb://``: ``/relative`` or ``//absolute``."""
        path = Path(place.removeprefix("/")).expanduser()
        return cls(path, filesystem=filesystem, tracer=tracer, read_only=read_only)

    def __enter__(self) -> Self:
        deadline = time.monotonic() + self._wait
        while not self._turn.acquire(timeout=_POLL):
            self._tracer(_WAITING)
            if time.monotonic() >= deadline:
                raise self._held("another load of this process")
        try:
            self._connection = self._opened(deadline)
            self._run("SET TimeZone = 'UTC'")
            [[catalog]] = self._run("SELECT current_database()")
            self._schema = f"{_quoted(catalog)}.{DIALECT.quoted(SCHEMA)}"
            if not self._read_only:
                self._run(f"CREATE SCHEMA IF NOT EXISTS {self._schema}")
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._close()

    def table(self, name: str) -> str:
        """Return the name with catalog and schema: a file may have the schema's name, which would be ambiguous."""
        return f"{self._schema}.{DIALECT.quoted(name)}"

    def own_table(self, table: str) -> str:
        """Return the name of a temporary table, which no other connection sees."""
        return DIALECT.quoted(f"_load_{table}")

    def shapes(self) -> dict[str, dict[str, str]]:
        """Return the tables of the schema of the loads: table -> column -> type."""
        shapes: dict[str, dict[str, str]] = {}
        for table, column, shown in self.run(DIALECT.statement("columns", {"schema": SCHEMA})):
            shapes.setdefault(table, {})[column] = shown
        return shapes

    def columns_of(self, schema: str, relation: str) -> list[str]:
        """Return the columns of a table or view, in lower case; empty if it does not exist."""
        found = self.run(DIALECT.statement("relation", {"schema": schema, "relation": relation}))
        return [str(name).lower() for (name,) in found]

    def run(self, statement: Statement) -> list[tuple[Any, ...]]:
        """Run one statement and return its rows."""
        self._tracer(statement)
        return self._run(statement.text, statement.values)

    def query(self, statement: Statement) -> pa.Table:
        """Run one statement and return its rows as an Arrow table."""
        import duckdb

        try:
            return self._connected().sql(statement.text, params=list(statement.values)).to_arrow_table()
        except (
            duckdb.ProgrammingError,
            duckdb.DataError,
            duckdb.NotSupportedError,
            duckdb.PermissionException,
        ) as error:
            raise BadRequest(
                f"DuckDB rejects the query: {_message_of(error)}", remedy="See: aviastack schema"
            ) from error
        except duckdb.Error as error:
            raise WarehouseUnavailable(
                f"Warehouse {self.path} failed: {_message_of(error)}", remedy="Check the file, and query again."
            ) from error

    def described_tables(self, schemas: Sequence[str]) -> pa.Table:
        """Return the tables and views of the schemas: schema, table, number of columns, comment."""
        return self.query(DIALECT.statement("tables", {"schemas": list(schemas)}))

    def described_columns(self, schemas: Sequence[str]) -> pa.Table:
        """Return their columns: schema, table, column, type, comment."""
        return self.query(DIALECT.statement("described", {"schemas": list(schemas)}))

    def merge(self, script: Script, values: Mapping[str, Any]) -> tuple[int, int]:
        """Merge in three statements: twice as fast as DuckDB's MERGE, and each returns its own count."""
        [[updated]] = self.run(script.upsert("change", values))
        self.run(script.upsert("advance", values))
        [[inserted]] = self.run(script.upsert("insert", values))
        return inserted, updated

    def copy(self, staged: str, columns: Sequence[str], files: Sequence[Source]) -> None:
        """Read the files with DuckDB's Parquet reader, through the given file system if they are in a bucket."""
        import duckdb

        addresses = [file.address for file in files]
        in_bucket = self._filesystem is not None and any("://" in address for address in addresses)
        if in_bucket and not self._reads_buckets:
            from aviastack.warehouse.duckdb_filesystem import Reader

            self._connected().register_filesystem(Reader(self._filesystem))
            self._reads_buckets = True
        values = {"columns": list(columns), "addresses": addresses}
        statement = DIALECT.statement("copy", values, staged=staged)
        self._tracer(statement)
        try:
            self._connected().execute(statement.text, statement.values)
        except (duckdb.IOException, OSError) as error:
            raise StagingUnavailable(f"A staged file can't be read: {_message_of(error)}", remedy=_AGAIN) from error
        except duckdb.Error as error:  # of any class: a damaged footer is a plain one
            raise AuditFailed(
                f"A staged file was not written by aviastack: {_message_of(error)}", remedy=_AGAIN
            ) from error

    def label(self, run_id: str, slice_: str) -> None:
        """Do nothing: DuckDB keeps no query history."""

    def sweep(self) -> None:
        """Do nothing: a load's temporary table is dropped with its connection."""

    def _run(self, text: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        import duckdb

        try:
            return self._connected().execute(text, values).fetchall()
        except (duckdb.ProgrammingError, duckdb.NotSupportedError):
            raise  # our own SQL
        except duckdb.Error as error:
            if isinstance(error, duckdb.TransactionException) and "conflict" in str(error).lower():
                raise LockRefused(
                    f"Another writer changed {self.path} at the same time: {_message_of(error)}",
                    remedy="Load again when it is done.",
                ) from error
            raise WarehouseUnavailable(
                f"Warehouse {self.path} failed: {_message_of(error)}",
                remedy="Free space on its disk; if the file is damaged, restore it or load again into a new one.",
            ) from error

    def _connected(self) -> duckdb.DuckDBPyConnection:
        if self._connection is None:
            raise WarehouseUnavailable(f"Warehouse {self.path} is not open.", remedy="Use it as a context manager.")
        return self._connection

    def _opened(self, deadline: float) -> duckdb.DuckDBPyConnection:
        """Open the file, waiting until ``deadline`` (monotonic seconds) for another process to close it."""
        import duckdb

        try:
            if self._read_only and not self.path.exists():
                raise self._missing()
            self.path.parent.mkdir(parents=True, exist_ok=True)
            was_removed = False
            while True:
                try:
                    return self._connection_to_file()
                except duckdb.IOException as error:
                    if "Could not set lock" not in str(error):
                        if self._read_only or was_removed or not removed_if_cut_short(self.path):
                            raise
                        was_removed = True
                        continue
                    if time.monotonic() >= deadline:
                        raise self._held(_holder(str(error))) from error
                self._tracer(_WAITING)
                time.sleep(_POLL)
        except (duckdb.Error, OSError) as error:
            raise WarehouseUnavailable(
                f"Warehouse {self.path} can't be opened: {_message_of(error)}",
                remedy="Give AVIASTACK_WAREHOUSE a DuckDB file in a writable folder; restore a damaged one, or let "
                "`aviastack replay` load a new one without a call.",
            ) from error

    def _connection_to_file(self) -> duckdb.DuckDBPyConnection:
        import duckdb

        if not self._read_only:
            return duckdb.connect(self.path, config=_OFFLINE)
        return duckdb.connect(self.path, read_only=True, config={**_OFFLINE, "enable_external_access": "false"})

    def _missing(self) -> WarehouseUnavailable:
        return WarehouseUnavailable(
            f"Warehouse {self.path} does not exist: nothing has been loaded yet.",
            remedy="Load flights first, for example: aviastack run flights --date 2026-11-21 --airline-iata AA",
        )

    def _held(self, holder: str) -> WarehouseUnavailable:
        return WarehouseUnavailable(
            f"Warehouse {self.path} is held by {holder}; waited {self._wait:g} s. "
            "Only one process at a time can open a DuckDB file.",
            remedy="Close the program that holds it (a notebook, dbt, a DuckDB shell, another load), and load again.",
        )

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection, self._reads_buckets = None, False
        self._turn.release()


def _quoted(catalog: str) -> str:
    """Quote a catalog, which is named after its file and so may contain any character."""
    return '"{}"'.format(catalog.replace('"', '""'))


def _message_of(error: Exception) -> str:
    """Return DuckDB's message as a sentence, without the SQL excerpt that follows it."""
    message = " ".join(str(error).partition("\n\nLINE ")[0].split())
    return message if message.endswith((".", "!")) else f"{message}."


def _holder(message: str) -> str:
    """Return the process that DuckDB names, such as ``/usr/bin/python3 (PID 4711)``."""
    found = re.search(r"Conflicting lock is held in (.+? \(PID \d+\))", message)
    return found[1] if found else "another process"
