"""A Snowflake on loopback: fakesnow's server (Snowflake's SQL on DuckDB), with what it lacks and faults on demand.

Added: COPY from ``gcs://`` stages through the real gcsfs, MERGE inside a transaction with any expression, errors with
Snowflake's numbers, table locks as Snowflake holds them (waiters, their limit, their timeout), sessions that get lost
and whose transactions are then undone, null timestamps, account DDL as no-ops, a log of the statements, a fault for
any of them. With an ``account`` it refuses what Snowflake refuses: sign-ins, roles, grants, ownership, no warehouse.
``python -m tests.support.snowflake_emulator [GCS_URL]`` serves until it is stopped and prints its address.
"""

from __future__ import annotations

import gzip
import json
import logging
import os
import re
import sys
import threading
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Self
from urllib.parse import urlencode

import duckdb
import fakesnow.arrow
import fakesnow.copy_into
import fakesnow.cursor
import fakesnow.server
import fakesnow.transforms
import pyarrow as pa
import pyarrow.compute as pc
import uvicorn
from fakesnow.instance import FakeSnow
from snowflake.connector.errors import ProgrammingError
from sqlglot import exp
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.support.snowflake_account import DEFAULTS, Account, RefusedError, Session, parameters_of
from tests.support.snowflake_formats import formatted
from tests.support.snowflake_rights import demanded, prepared
from tests.support.snowflake_show import shown

DATABASE = "AVIASTACK"
NO_OPS = [
    r"^\s*ALTER\s+SESSION\s+(UN)?SET\b",
    r"^\s*(CREATE|ALTER|DROP|DESCRIBE)\s+(OR\s+REPLACE\s+)?(WAREHOUSE|ROLE|USER|STORAGE\s+INTEGRATION)\b",
    r"^\s*(GRANT|REVOKE|USE\s+ROLE|USE\s+WAREHOUSE|USE\s+SECONDARY\s+ROLES|ALTER\s+STAGE)\b",
]
_COMMENTS = re.compile(
    r"\bCOMMENT\s*=?\s*(\$\$.*?\$\$|'(?:[^']|'')*')|,\s*PRIMARY KEY \([^)]*\) NOT ENFORCED RELY",
    re.IGNORECASE | re.DOTALL,
)
"""Comments and keys within a CREATE, which the stock cannot parse."""
_COMMENTED = re.compile(
    r"\s*(COMMENT\s+ON\b|ALTER\s+(TABLE|VIEW)\s+\S+\s+(ALTER|MODIFY)\b.*\bCOMMENT\s+\$\$)", re.IGNORECASE | re.DOTALL
)
_DROPPED = re.compile(r"\s*DROP DATABASE IF EXISTS (\w+)\s*$", re.IGNORECASE)
_PARAMETER = re.compile(r"^\s*SHOW PARAMETERS LIKE '(\w+)' IN SESSION\s*;?\s*$", re.IGNORECASE | re.MULTILINE)
_DONE = "SELECT 'Statement executed successfully.' AS status"
WAITERS = 20  # the next one that waits for a table's lock is refused


@dataclass(frozen=True)
class Refusal:
    """The statement is not run and fails with this error of Snowflake's."""

    errno: int
    message: str


@dataclass(frozen=True)
class Loss:
    """The session is lost: before the statement runs, or after, when only its answer is missing."""

    after: bool = False


Fault = Refusal | Loss
GONE = Refusal(390111, "Session no longer exists. New login required to access the service.")
Faults = Callable[[str], Fault | None]


class Locks:
    """A table's lock, from the first DML of a transaction to its end; shared by the sessions of an emulator."""

    def __init__(self, timeout: float = 60.0) -> None:
        self.timeout = timeout
        self._changed = threading.Condition()
        self._holders: dict[str, object] = {}
        self._waiters: dict[str, int] = {}

    def acquire(self, table: str, session: object) -> None:
        with self._changed:
            if self._holders.setdefault(table, session) is session:
                return
            if self._waiters.get(table, 0) >= WAITERS:
                raise ProgrammingError(
                    f"Statement has locked table '{table}' and this lock has not yet been released. Your statement was "
                    f"aborted because the number of waiters for this lock exceeds the {WAITERS} statements limit.",
                    errno=625,
                    sqlstate="57014",
                )
            self._waiters[table] = self._waiters.get(table, 0) + 1
            free = self._changed.wait_for(lambda: table not in self._holders, self.timeout)
            self._waiters[table] -= 1
            if not free:
                raise ProgrammingError(f"Lock timeout on table '{table}'.", errno=604, sqlstate="57014")
            self._holders[table] = session

    def waiters(self, table: str) -> int:
        return self._waiters.get(table, 0)

    def release(self, session: object) -> None:
        with self._changed:
            self._holders = {table: holder for table, holder in self._holders.items() if holder is not session}
            self._changed.notify_all()


@dataclass
class Said:
    """A statement that reached the emulator, and the tag that it bore."""

    text: str
    tag: str | None


@dataclass
class SnowflakeEmulator:
    """A Snowflake with an empty database, while the ``with`` lasts. ``gcs`` is the address of a GCS emulator."""

    gcs: str | None = None
    port: int = 0
    said: list[Said] = field(default_factory=list)
    faults: Faults | None = None
    refuses_sign_in: Refusal | None = None
    sign_ins: int = 0
    signed_in: list[Session] = field(default_factory=list)
    locks: Locks = field(default_factory=Locks)
    parameters: dict[str, str] = field(default_factory=dict)
    """The defaults of session parameters while no account is enforced."""
    account: Account | None = None
    """The account whose rules are enforced; without one, everybody may do everything."""

    def __enter__(self) -> Self:
        _extend_the_stock()
        self._stock = FakeSnow(nop_regexes=NO_OPS)
        self._stock.locks = self.locks
        self._sessions: dict[str, Any] = {}
        self._acting: dict[str, Session] = {}
        self._around = fakesnow.server.shared_fs, fakesnow.server.sessions  # of the emulator that this one interrupts
        fakesnow.server.shared_fs, fakesnow.server.sessions = self._stock, self._sessions
        if self.gcs:
            self._stock.duck_conn.register_filesystem(_stage_filesystem(self.gcs))
        app = Starlette(routes=[self._route(route) for route in fakesnow.server.routes])
        config = uvicorn.Config(app, host="127.0.0.1", port=self.port, log_level="error", lifespan="off")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        while not self._server.started:
            time.sleep(0.01)
        self.port = self._server.servers[0].sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join()
        for session in self._sessions.values():
            session._duck_conn.close()
        self._stock.duck_conn.close()
        self._sessions.clear()
        fakesnow.server.shared_fs, fakesnow.server.sessions = self._around

    @property
    def variables(self) -> dict[str, str]:
        """The SNOWFLAKE_* variables by which a client finds the emulator."""
        return {
            "SNOWFLAKE_ACCOUNT": "emulator",
            "SNOWFLAKE_USER": "loader",
            "SNOWFLAKE_PASSWORD": "of the emulator",
            "SNOWFLAKE_DATABASE": DATABASE,
            "SNOWFLAKE_HOST": "127.0.0.1",
            "SNOWFLAKE_PORT": str(self.port),
            "SNOWFLAKE_PROTOCOL": "http",
        }

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query that passes by the server, in DuckDB's words; it is neither logged nor refused."""
        with self._stock.duck_conn.cursor() as cursor:
            return cursor.execute(sql).fetchall()

    def end_sessions(self) -> None:
        """End all sessions, as a restart does, and as Snowflake does with those whose client is gone."""
        for token in list(self._sessions):
            self._lose(token)

    def _route(self, route: Route) -> Route:
        handlers = {
            "/session/v1/login-request": self._login,
            "/queries/v1/query-request": self._query,
            "/session": self._session,
        }
        return Route(route.path, handlers.get(route.path, route.endpoint), methods=list(route.methods or ()))

    async def _login(self, request: Request) -> Response:
        """Sign in; without a master token, which the stock does not give, a client does not end its session."""
        self.sign_ins += 1
        if self.refuses_sign_in:
            return _refused(self.refuses_sign_in)
        session, data = None, (await _body(request))["data"]
        if self.account:
            try:
                session = self.account.sign_in(data, dict(request.query_params))
            except RefusedError as error:
                return _refused(Refusal(error.errno, str(error)))
            self.signed_in.append(session)
            request = self._into_what_exists(request, session)
        answer = json.loads(bytes((await fakesnow.server.login_request(request)).body))
        token = answer["data"]["token"]
        answer["data"] |= {"masterToken": token, "validityInSeconds": 3600, "sessionId": 1}
        opened = self._sessions[token]
        opened.parameters = session.parameters if session else DEFAULTS | self.parameters | parameters_of(data)
        opened._duck_conn.execute(f"SET TimeZone = '{opened.parameters['TIMEZONE']}'")
        if session:
            self._acting[token] = session
            answer["data"]["sessionInfo"] |= {"roleName": session.role, "warehouseName": session.warehouse}
        return JSONResponse(answer)

    def _into_what_exists(self, request: Request, session: Session) -> Request:
        """Leave out a database or schema that the session does not see: the stock would create it."""
        assert self.account
        seen = self.account.active(session)
        if not self.account.sees(seen, "DATABASE", session.database):
            session.database = session.schema = ""
        if not self.account.sees(seen, "SCHEMA", f"{session.database}.{session.schema}"):
            session.schema = ""
        names = {"databaseName": session.database, "schemaName": session.schema}
        query = urlencode({name: value for name, value in names.items() if value})
        changed = Request({**request.scope, "query_string": query.encode()}, request.receive)
        changed._body = request._body
        return changed

    async def _query(self, request: Request) -> Response:
        asked = await _body(request)
        token = _token(request)
        if token not in self._sessions:
            return _refused(GONE)
        self.said.append(Said(asked["sqlText"], (asked.get("parameters") or {}).get("QUERY_TAG")))
        fault = self.faults(asked["sqlText"]) if self.faults else None
        if isinstance(fault, Refusal):
            return _refused(fault)
        answer = None if fault and not fault.after else await self._answer(request, token, asked)
        if fault:
            self._lose(token)
            return _refused(GONE)
        assert answer is not None
        return answer

    async def _answer(self, request: Request, token: str, asked: dict[str, Any]) -> Response:
        """Run a statement, if the session may run it."""
        text = _DONE if _COMMENTED.match(asked["sqlText"]) else _COMMENTS.sub("", asked["sqlText"])
        if found := _DROPPED.match(text):
            self._stock.duck_conn.execute(f"DETACH DATABASE IF EXISTS {found[1].upper()}")
            text = _DONE
        if found := _PARAMETER.search(text):
            name = found[1].upper()
            text = f"""SELECT '{name}' AS "key", '{self._sessions[token].parameters[name]}' AS "value\""""
        session = self._acting.get(token)
        try:
            database = session.database if session else self._sessions[token].database
            listing = shown(text, self.ask, database, self.account, session)
        except RefusedError as error:
            return _refused(Refusal(error.errno, str(error)))
        if self.account is None or session is None:
            return await _stock_answer(_with_text(request, asked, listing or text))
        try:
            effects = [] if self.account.administered(session, text) else demanded(self.account, session, text)
            text = listing or prepared(self.account, session, text)
        except RefusedError as error:
            return _refused(Refusal(error.errno, str(error)))
        except Exception as error:  # noqa: BLE001 - a 500 would be retried for minutes
            return _refused(Refusal(9999, f"[emulator] {error!r}"))
        answer = await _stock_answer(_with_text(request, asked, text))
        if json.loads(bytes(answer.body)).get("success"):
            for effect in effects:
                effect.apply(self.account, session)
        return answer

    async def _session(self, request: Request) -> Response:
        if request.query_params.get("delete") and _token(request) in self._sessions:
            self._lose(_token(request))
        return JSONResponse({"data": None, "code": None, "message": None, "success": True})

    def _lose(self, token: str) -> None:
        """End a session as Snowflake does when its client is gone: its transaction is undone, its locks are free."""
        session = self._sessions.pop(token)
        _close(session._duck_conn)
        self.locks.release(session)


def _close(connection: duckdb.DuckDBPyConnection) -> None:
    """Close a connection; a statement that another thread still runs in it is interrupted first."""
    while True:
        try:
            return connection.close()
        except duckdb.ResourceInUseException:
            connection.interrupt()
            time.sleep(0.01)


async def _body(request: Request) -> Any:
    body = await request.body()
    return json.loads(gzip.decompress(body) if request.headers.get("Content-Encoding") == "gzip" else body)


async def _stock_answer(request: Request) -> Response:
    try:
        return await fakesnow.server.query_request(request)
    except Exception as error:  # noqa: BLE001 - a 500 would be retried for minutes
        return _refused(Refusal(9999, f"[emulator] {error!r}"))


def _with_text(request: Request, asked: dict[str, Any], text: str) -> Request:
    changed = json.dumps({**asked, "sqlText": text}).encode()
    request._body = gzip.compress(changed) if request.headers.get("Content-Encoding") == "gzip" else changed
    return request


def _token(request: Request) -> str:
    return request.headers.get("Authorization", "")[17:-1]


def _refused(refusal: Refusal) -> JSONResponse:
    data = {"errorCode": f"{refusal.errno:06d}", "sqlState": "57014"}
    return JSONResponse({"data": data, "code": data["errorCode"], "message": refusal.message, "success": False})


def _stage_filesystem(endpoint: str) -> Any:
    """Return the real gcsfs, for the addresses of stages: those begin with gcs://."""
    os.environ.setdefault("GCSFS_EXPERIMENTAL_ZB_HNS_SUPPORT", "false")
    import gcsfs

    class StageFileSystem(gcsfs.GCSFileSystem):
        protocol = ("gcs", "gs")

        def _open(self, path: str, mode: str = "rb", **options: Any) -> Any:
            self.invalidate_cache()
            return super()._open(path, mode, **{"cache_type": "readahead", **options})

    return StageFileSystem(token="anon", project="emulator", endpoint_url=endpoint, skip_instance_cache=True)


def _native_merge(expression: exp.Expression) -> list[exp.Expression]:
    """Leave MERGE to DuckDB, which supports it, and let it report what it did with each row."""
    if isinstance(expression, exp.Merge):
        expression.set("returning", exp.Returning(expressions=[exp.column("merge_action")]))
    return [expression]


def _merge_counts(expression: exp.Merge, actions: list[str]) -> str:
    """The SELECT that gives a MERGE's result, as Snowflake's: a column for each kind of clause."""
    thens = [when.args["then"] for when in expression.args["whens"].expressions]
    kinds = {"inserted": exp.Insert, "updated": exp.Update, "deleted": exp.Var}
    present = [name for name, kind in kinds.items() if any(isinstance(then, kind) for then in thens)]
    done = {"inserted": "INSERT", "updated": "UPDATE", "deleted": "DELETE"}
    return "SELECT " + ", ".join(f'{actions.count(done[name])} AS "number of rows {name}"' for name in present)


_one_at_a_time = threading.RLock()
_stock_execute = fakesnow.cursor.FakeSnowflakeCursor._execute
_stock_transform = fakesnow.cursor.FakeSnowflakeCursor._transform
_stock_timestamps = fakesnow.arrow.timestamp_to_sf_struct


def _execute(cursor: Any, transformed: Any, params: Any = None) -> None:
    """Run one statement: begin late, so that a transaction sees all that was committed before it got its lock."""
    session, locks = cursor._conn, fakesnow.server.shared_fs.locks
    if isinstance(transformed, exp.Transaction):
        session.begins, transformed = True, fakesnow.transforms.SUCCESS_NOP
    ends = isinstance(transformed, exp.Commit | exp.Rollback)
    if isinstance(transformed, exp.Merge | exp.Update | exp.Delete):
        locks.acquire(transformed.this.name, session)
    try:
        with _one_at_a_time:
            if getattr(session, "begins", False) and transformed is not fakesnow.transforms.SUCCESS_NOP:
                session.begins, session.within = False, True
                session._duck_conn.begin()
            _run(cursor, transformed, params)
    finally:
        if ends or not getattr(session, "within", False):
            locks.release(session)
            session.within = False


def _run(cursor: Any, transformed: Any, params: Any) -> None:
    warnings.filterwarnings("ignore", message="Arrow output on a DB-API result")  # the stock's own way with DuckDB
    if isinstance(transformed, exp.Create) and transformed.args.get("exists") and _is_there(cursor, transformed):
        transformed.set("text_lengths", None)  # the stock would note the lengths of a table that is not made
    try:
        _stock_execute(cursor, transformed, params)
    except duckdb.InvalidInputException as error:
        if "cannot affect the same target row" in str(error):
            raise ProgrammingError(f"Duplicate row detected: {error}", errno=100090, sqlstate="42P18") from error
        raise ProgrammingError(f"Error parsing the parquet file: {error}", errno=100152, sqlstate="22000") from error
    except (duckdb.IOException, duckdb.HTTPException, OSError) as error:
        raise ProgrammingError(f"Remote file was not found: {error}", errno=91016, sqlstate="22000") from error
    except (duckdb.Error, AssertionError, ValueError) as error:
        raise ProgrammingError(f"[emulator] {error!r}", errno=9999, sqlstate="99999") from error
    if isinstance(transformed, exp.Merge):
        actions = cursor._arrow_table.column(0).to_pylist()
        counts = _merge_counts(transformed, actions)
        cursor._arrow_table = cursor._duck_conn.execute(counts).to_arrow_table()
        cursor._rowcount, cursor._last_sql, cursor._last_params = len(actions), counts, None


def _is_there(cursor: Any, create: exp.Create) -> bool:
    table = create.find(exp.Table)
    where = "table_catalog = ? AND table_schema = ? AND table_name = ?"
    named = [table.catalog or cursor._conn.database, table.db or cursor._conn.schema, table.name] if table else []
    found = f"SELECT 1 FROM system.information_schema.tables WHERE {where}"
    return bool(named) and cursor._duck_conn.execute(found, named).fetchone() is not None


def _timestamps(timestamps: pa.ChunkedArray | pa.Array) -> pa.Array:
    """Encode timestamps for the client, with the nulls, which the stock sends as 1970-01-01."""
    whole = timestamps.combine_chunks() if isinstance(timestamps, pa.ChunkedArray) else timestamps
    if isinstance(whole, pa.ChunkedArray):
        whole = pa.concat_arrays(whole.chunks) if whole.num_chunks else pa.array([], whole.type)
    if pa.types.is_timestamp(whole.type) and whole.type.tz:
        whole = whole.cast(pa.timestamp(whole.type.unit, tz="UTC"))  # the stock encodes no other zone
    encoded = _stock_timestamps(pc.fill_null(whole, pa.scalar(0, whole.type)))
    children = [encoded.field(place) for place in range(encoded.type.num_fields)]
    return pa.StructArray.from_arrays(children, fields=list(encoded.type), mask=whole.is_null())


def _transform(cursor: Any, expression: exp.Expression, params: Any = None) -> Any:
    """Make a temporary table with a schema in its name, as dbt does, a plain one: DuckDB has a catalog for its own."""
    if isinstance(expression, exp.Create) and (table := expression.find(exp.Table)) is not None and table.db:
        for temporary in expression.find_all(exp.TemporaryProperty):
            temporary.pop()
    parameters = getattr(cursor._conn, "parameters", None)
    return _stock_transform(cursor, formatted(expression, parameters) if parameters else expression, params)


@cache
def _extend_the_stock() -> None:
    for name in ("fakesnow.server", "sqlglot"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    fakesnow.transforms.merge = _native_merge
    fakesnow.cursor.FakeSnowflakeCursor._execute = _execute
    fakesnow.cursor.FakeSnowflakeCursor._transform = _transform
    fakesnow.arrow.timestamp_to_sf_struct = _timestamps
    stock_urls = fakesnow.copy_into._source_urls
    fakesnow.copy_into._source_urls = lambda *given: [re.sub("^gs://", "gcs://", url) for url in stock_urls(*given)]


if __name__ == "__main__":
    port = int(os.environ.get("PORT", "0"))
    with SnowflakeEmulator(gcs=sys.argv[1] if len(sys.argv) > 1 else None, port=port) as emulator:
        sys.stdout.write(f"http://127.0.0.1:{emulator.port}\n")
        sys.stdout.flush()
        threading.Event().wait()
