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
from aviastack.warehouse.statements import Dialect, Statement, Tracer, untraced
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
        before = _own_since(datetime.now(UTC) - SWEPT_AFTER)
        values = {"schema": SCHEMA, "first": _OWN, "before": before}
        cased = {name: DIALECT.cased(value) for name, value in values.items()}
        for (name,) in self.run(DIALECT.statement("leftovers", cased)):
            try:
                self.run(DIALECT.statement("drop_staged", staged=self.table(name)))
            except WarehouseUnavailable as error:
                _log.warning("Table %s, left over from a crashed load, can't be dropped: %s", name, error)

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
