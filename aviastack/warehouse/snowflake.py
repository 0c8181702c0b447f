"""Snowflake: the production warehouse, reached with its connector. aviastack stores no credential.

The connector signs in with a named connection of ``connections.toml`` or with SNOWFLAKE_* variables, by key pair, OAuth
or workload identity. Files are read from an external stage whose URL is the staging root.
"""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from aviastack.columns import Type
from aviastack.errors import BadRequest, WarehouseUnavailable
from aviastack.warehouse.protocol import Source
from aviastack.warehouse.script import Script
from aviastack.warehouse.snowflake_errors import explained, explained_copy
from aviastack.warehouse.snowflake_show import INVISIBLE, Shown, described_columns, described_tables, shapes_of
from aviastack.warehouse.statements import Dialect, Statement, Tracer, literal, untraced
from aviastack.warehouse.tables import SCHEMA

if TYPE_CHECKING:
    import pyarrow as pa

SWEPT_AFTER = timedelta(days=1)
FILES_PER_COPY = 1_000  # Snowflake's limit for FILES
SIGN_IN_SECONDS = 60  # no new sign-in attempt starts later
NETWORK_SECONDS = 300  # no new attempt at a statement's request starts later
SESSION: dict[str, str | int | bool] = {
    "TIMEZONE": "UTC",  # a timestamp in UTC becomes the same without a zone
    "TIMESTAMP_TYPE_MAPPING": "TIMESTAMP_NTZ",
    "DATE_INPUT_FORMAT": "AUTO",
    "DATE_OUTPUT_FORMAT": "YYYY-MM-DD",
    "TIME_INPUT_FORMAT": "AUTO",
    "TIME_OUTPUT_FORMAT": "HH24:MI:SS",
    "TIMESTAMP_INPUT_FORMAT": "AUTO",
    "TIMESTAMP_OUTPUT_FORMAT": "YYYY-MM-DD HH24:MI:SS.FF3",
    "TIMESTAMP_NTZ_OUTPUT_FORMAT": "YYYY-MM-DD HH24:MI:SS.FF3",
    "WEEK_START": 0,
    "AUTOCOMMIT": True,
    "ERROR_ON_NONDETERMINISTIC_MERGE": True,  # a duplicate key in a MERGE is an error, not a random row
    "QUOTED_IDENTIFIERS_IGNORE_CASE": False,
    "LOCK_TIMEOUT": 900,  # Snowflake rolls back a lost session's transaction that blocks others for 5 minutes
    "ABORT_DETACHED_QUERY": True,
}
"""Session parameters that loads and marts depend on; an account or a user may have other defaults."""
_SECONDS_PER_STATEMENT = 3600
_DESCRIBED_COLUMNS = dict.fromkeys(("schema", "table", "column", "type", "comment"), "string")
_DESCRIBED_TABLES = {"schema": "string", "table": "string", "columns": "int64", "comment": "string"}
_PATH = re.compile(r"[A-Za-z0-9_./=%~+-]+")

DIALECT = Dialect(
    "snowflake",
    upper=True,
    types={
        Type.TEXT: "VARCHAR",
        Type.INTEGER: "NUMBER(38, 0)",
        Type.FLOAT: "FLOAT",
        Type.BOOLEAN: "BOOLEAN",
        Type.DATE: "DATE",
        Type.TIME: "TIME",
        Type.CLOCK: "TIMESTAMP_NTZ",
        Type.INSTANT: "TIMESTAMP_NTZ",
    },
    shown={
        Type.TEXT: "TEXT",
        Type.INTEGER: "NUMBER(38, 0)",
        Type.FLOAT: "FLOAT",
        Type.BOOLEAN: "BOOLEAN",
        Type.DATE: "DATE",
        Type.TIME: "TIME",
        Type.CLOCK: "TIMESTAMP_NTZ",
        Type.INSTANT: "TIMESTAMP_NTZ",
    },
    comments_inline=True,
    transactional_ddl=False,
    json_text="JSON_EXTRACT_PATH_TEXT({column}, '{path}')",
)

_log = logging.getLogger(__name__)


class Snowflake:
    """A Snowflake session, from ``__enter__`` to ``__exit__``; ``parameters`` are passed to the connector."""

    dialect = DIALECT
    exclusive = False

    def __init__(self, parameters: Mapping[str, Any], *, stage: str, tracer: Tracer = untraced) -> None:
        self._parameters = parameters
        self._stage = stage_name(stage)
        self._tracer = tracer
        self._tag = "aviastack"
        self._connection: Any = None

    def __enter__(self) -> Self:
        import snowflake.connector

        try:
            self._connection = snowflake.connector.connect(
                **{
                    **self._parameters,
                    "application": "aviastack",
                    "paramstyle": "qmark",
                    "session_parameters": self._session_parameters(),
                    "login_timeout": SIGN_IN_SECONDS,
                    "network_timeout": NETWORK_SECONDS,
                    "platform_detection_timeout_seconds": 0,  # else it probes the metadata services of three clouds
                }
            )
        except snowflake.connector.Error as error:
            raise explained(error, self._about()) from error
        if not self._connection.database:
            self._connection.close()
            raise WarehouseUnavailable(
                f"Snowflake {self._about()} has no database.",
                remedy="Name one in the connection, or SNOWFLAKE_DATABASE.",
            )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def table(self, name: str) -> str:
        """Return the name with its schema; the database is the connection's."""
        return DIALECT.quoted(f"{SCHEMA}.{name}")

    def own_table(self, table: str) -> str:
        """Return a unique name that begins with the time, by which :meth:`sweep` finds leftovers."""
        return self.table(f"{_own_since(datetime.now(UTC))}_{secrets.token_hex(4)}_{table}")

    def shapes(self) -> dict[str, dict[str, str]]:
        """Return the tables of the schema of the loads: table -> column -> type; empty if the role may not see it."""
        return shapes_of(self._shown_in("columns", SCHEMA))

    def columns_of(self, schema: str, relation: str) -> list[str]:
        """Return the columns of a table or view, in lower case; empty if it does not exist or may not be seen."""
        named = DIALECT.quoted(f"{schema}.{relation}")
        return [str(row["name"]).lower() for row in self._shown(DIALECT.statement("relation", relation=named))]

    def run(self, statement: Statement) -> list[tuple[Any, ...]]:
        """Run one statement and return its rows."""
        import snowflake.connector

        self._tracer(statement)
        try:
            return self._executed(statement)
        except snowflake.connector.Error as error:
            raise explained(error, self._about()) from error

    def query(self, statement: Statement) -> pa.Table:
        """Run one statement and return its rows as an Arrow table."""
        import pyarrow as pa
        import snowflake.connector

        try:
            with self._connection.cursor() as cursor:
                cursor.execute(statement.text, statement.values or None, _statement_params={"QUERY_TAG": self._tag})
                names = [column.name for column in cursor.description]
                rows = cursor.fetchall()
        except snowflake.connector.ProgrammingError as error:
            raise BadRequest(f"Snowflake rejects the query: {error.msg}", remedy="See: aviastack schema") from error
        except snowflake.connector.Error as error:
            raise explained(error, self._about()) from error
        return pa.table({name: [row[place] for row in rows] for place, name in enumerate(names)})

    def described_tables(self, schemas: Sequence[str]) -> pa.Table:
        """Return the tables and views of the schemas: schema, table, number of columns, comment."""
        import pyarrow as pa

        objects, columns = ([row for s in schemas for row in self._shown_in(n, s)] for n in ("tables", "columns"))
        return pa.Table.from_pylist(described_tables(objects, columns), schema=pa.schema(_DESCRIBED_TABLES))

    def described_columns(self, schemas: Sequence[str]) -> pa.Table:
        """Return their columns: schema, table, column, type, comment."""
        import pyarrow as pa

        columns = [row for schema in schemas for row in self._shown_in("columns", schema)]
        return pa.Table.from_pylist(described_columns(columns), schema=pa.schema(_DESCRIBED_COLUMNS))

    def merge(self, script: Script, values: Mapping[str, Any]) -> tuple[int, int]:
        """Merge in one statement. Its count of updates includes mere sightings, so changes are counted separately."""
        inserted = int(self.run(script.upsert("merge", values))[0][0])
        stamped = int(self.run(script.upsert("stamped", values))[0][0])
        return inserted, stamped - inserted

    def copy(self, staged: str, columns: Sequence[str], files: Sequence[Source]) -> None:  # noqa: ARG002 - by name
        """Copy the files from the stage; COPY matches columns by name."""
        for first in range(0, len(files), FILES_PER_COPY):
            self._copy(staged, files[first : first + FILES_PER_COPY])

    def _copy(self, staged: str, files: Sequence[Source]) -> None:
        import snowflake.connector

        names = ", ".join(f"'{legal_path(file.path)}'" for file in files)
        statement = DIALECT.statement("copy", staged=staged, stage=self._stage, files=names)
        self._tracer(statement)
        try:
            self._executed(statement)
        except snowflake.connector.Error as error:
            raise explained_copy(error, self._stage, files[0].address) from error

    def label(self, run_id: str, slice_: str) -> None:
        """Tag the next statements with run and slice, for QUERY_HISTORY."""
        self._tag = f"aviastack run={run_id} slice={slice_}"

    def sweep(self) -> None:
        """Drop the tables of loads that crashed more than a day ago; log those that can't be dropped."""
        before = DIALECT.cased(_own_since(datetime.now(UTC) - SWEPT_AFTER))
        prefix = DIALECT.cased(_OWN)
        own = self._shown_in("leftovers", SCHEMA, prefix=literal(prefix))
        for name in sorted(row["name"] for row in own if row["name"].startswith(prefix) and row["name"] < before):
            try:
                self.run(DIALECT.statement("drop_staged", staged=self.table(name)))
            except WarehouseUnavailable as error:
                _log.warning("Table %s, left over from a crashed load, can't be dropped: %s", name, error)

    def _shown_in(self, name: str, schema: str, **more: str) -> list[Shown]:
        """Return the rows of a SHOW about a schema; none if it does not exist or the role may not see it."""
        return self._shown(DIALECT.statement(name, schema=DIALECT.quoted(schema), **more))

    def _shown(self, statement: Statement) -> list[Shown]:
        import snowflake.connector

        self._tracer(statement)
        try:
            with self._connection.cursor(snowflake.connector.DictCursor) as cursor:
                cursor.execute(statement.text, _statement_params={"QUERY_TAG": self._tag})
                return list(cursor.fetchall())
        except snowflake.connector.Error as error:
            if error.errno in INVISIBLE:
                return []
            raise explained(error, self._about()) from error

    def _executed(self, statement: Statement) -> list[tuple[Any, ...]]:
        with self._connection.cursor() as cursor:
            cursor.execute(statement.text, statement.values or None, _statement_params={"QUERY_TAG": self._tag})
            return list(cursor.fetchall())

    def _session_parameters(self) -> dict[str, Any]:
        """Return the session parameters; those that a load depends on override the connection's."""
        given = self._parameters.get("session_parameters") or {}
        return {"STATEMENT_TIMEOUT_IN_SECONDS": _SECONDS_PER_STATEMENT, **given, **SESSION}

    def _about(self) -> str:
        named = [
            f"{name} {self._parameters[name]}" for name in ("account", "user", "role") if self._parameters.get(name)
        ]
        return ", ".join(named)


_OWN = "_load_"


def _own_since(time: datetime) -> str:
    return f"{_OWN}{time:%Y%m%dT%H%M%S}"


def stage_name(name: str) -> str:
    """Return the quoted name of the stage; without a schema it is in the schema of the loads."""
    return DIALECT.quoted(name if "." in name else f"{SCHEMA}.{name}")


def legal_path(path: str) -> str:
    """Return the path if it is safe in COPY, which accepts paths only as literals. Raises :class:`BadRequest`."""
    if _PATH.fullmatch(path) is None:
        raise BadRequest(
            f"'{path}' can't be used in a COPY.", remedy="Use only letters, digits and . / = % ~ + - _ in staged paths."
        )
    return path
