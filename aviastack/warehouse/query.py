"""Runs a read-only query and returns an Arrow table."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aviastack.endpoints import ENDPOINTS
from aviastack.errors import BadRequest
from aviastack.warehouse.open_warehouse import open_reader
from aviastack.warehouse.statements import Statement
from aviastack.warehouse.tables import SCHEMA

if TYPE_CHECKING:
    import pyarrow as pa

    from aviastack.settings import Settings

READS = ("SELECT", "WITH", "FROM", "VALUES", "TABLE", "SHOW", "DESCRIBE", "DESC", "EXPLAIN", "SUMMARIZE", "PIVOT")
_COMMENTS = re.compile(r"(?:\s|--[^\n]*(?:\n|$)|/\*.*?\*/)*", re.DOTALL)
_PROCEDURE = re.compile(r"\bAS\s+PROCEDURE\b", re.IGNORECASE)  # Snowflake can run these in a WITH
MARTS = "marts"


def query(settings: Settings, sql: str) -> pa.Table:
    """Run one statement that only reads, and return its rows.

    Raises :class:`BadRequest` for any other statement or invalid SQL, :class:`WarehouseUnavailable`.
    """
    check_read_only(sql)
    try:
        with open_reader(settings) as warehouse:
            return warehouse.query(Statement("query", sql))
    except BadRequest as error:
        if (remedy := _what_to_load(sql, error.message)) is None:
            raise
        raise BadRequest(error.message, remedy=remedy) from error


def _what_to_load(sql: str, message: str) -> str | None:
    """Return the remedy if a query reads a table that is not there because nothing was loaded or built yet."""
    if "does not exist" not in message:
        return None
    if f"{MARTS}." in message.lower():
        return "The marts are built by dbt: aviastack report builds them, and aviastack schema lists them."
    named = re.findall(rf"\b{SCHEMA}\.(\w+)", sql, re.IGNORECASE)
    endpoint = next((e for e in ENDPOINTS.values() for name in named if e.table == name.lower()), None)
    if endpoint is None:
        return None
    return f"Load rows first: aviastack run {endpoint.name}. aviastack schema lists the tables."


def tables(settings: Settings) -> pa.Table:
    """Return the tables of the schemas ``aviationstack`` and ``marts``: schema, table, columns, comment."""
    with open_reader(settings) as warehouse:
        return warehouse.described_tables((SCHEMA, MARTS))


def columns(settings: Settings) -> pa.Table:
    """Return the columns of these tables: schema, table, column, type, comment."""
    with open_reader(settings) as warehouse:
        return warehouse.described_columns((SCHEMA, MARTS))


def check_read_only(sql: str) -> None:
    """Raise :class:`BadRequest` unless the statement begins with a keyword that only reads."""
    start = _COMMENTS.match(sql)
    text = sql[start.end() if start else 0 :]
    if not text:
        raise BadRequest("The query is empty.", remedy="Begin it with SELECT or WITH.")
    word = re.match(r"[A-Za-z]+", text.lstrip("("))
    first = word[0].upper() if word else ""
    if first not in READS or (first == "WITH" and _PROCEDURE.search(sql)):
        raise BadRequest(
            f"The query begins with '{first or text[:20]}'; only read-only statements are allowed.",
            remedy="Begin it with SELECT or WITH.",
        )
