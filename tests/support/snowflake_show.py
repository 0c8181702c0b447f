"""SHOW and DESCRIBE of tables and columns as Snowflake answers them: only what a role may see, and no warehouse needed.

Columns are those of Snowflake's documentation (*SHOW COLUMNS*, *SHOW OBJECTS*, *SHOW TABLES*, *DESCRIBE TABLE*); the
stock's views have them. A schema or table that is missing or invisible is refused, as Snowflake refuses it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from string import Template

from fakesnow.transforms.transforms import SQL_DESCRIBE_TABLE

from tests.support.snowflake_account import Account, RefusedError, Session, normal, unauthorized

Ask = Callable[[str], list[tuple[str, ...]]]

MOST = 10_000
"""SHOW returns no more rows than these."""
_VIEWS = "_fs_global._fs_information_schema._fs_show_"
_DESCRIBED = Template(SQL_DESCRIBE_TABLE.template.replace("FROM _fs_inf", "FROM _fs_global._fs_inf"))
"""The stock describes tables of the current database only."""
_IN_SCHEMA = re.compile(
    r"SHOW (?P<terse>TERSE )?(?P<what>COLUMNS|OBJECTS|TABLES) IN SCHEMA (?P<schema>\S+)"
    r"(?: STARTS WITH '(?P<prefix>[^']*)')?",
    re.IGNORECASE,
)
_DESCRIBE = re.compile(r"DESC(?:RIBE)? (?:TABLE|VIEW) (?P<name>\S+)", re.IGNORECASE)


def shown(sql: str, ask: Ask, database: str, account: Account | None, session: Session | None) -> str | None:
    """Return the query that answers a SHOW or DESCRIBE of this kind, None for any other statement.

    Raises :class:`RefusedError` for what is missing or invisible.
    """
    text = " ".join(re.sub(r"--[^\n]*", "", sql).split()).rstrip("; ")
    if found := _IN_SCHEMA.fullmatch(text):
        schema = _whole(found["schema"], database, 2)
        _check_schema(schema, ask, account, session)
        return _listing(found, schema, account, session)
    if found := _DESCRIBE.fullmatch(text):
        name = _whole(found["name"], database, 3)
        _check_relation(name, ask, account, session)
        catalog, schema, relation = name.split(".")
        return _DESCRIBED.substitute(catalog=catalog, schema=schema, table=relation)
    return None


def _whole(name: str, database: str, parts: int) -> str:
    given = normal(name)
    return given if given.count(".") == parts - 1 else f"{database}.{given}"


def _check_schema(schema: str, ask: Ask, account: Account | None, session: Session | None) -> None:
    catalog, _, name = schema.partition(".")
    there = ask(f"SELECT 1 FROM duckdb_schemas() WHERE database_name = '{catalog}' AND schema_name = '{name}'")
    if there and (account is None or session is None or account.sees(account.active(session), "SCHEMA", schema)):
        return
    raise RefusedError(2043, "SQL compilation error:\nObject does not exist, or operation cannot be performed.")


def _check_relation(name: str, ask: Ask, account: Account | None, session: Session | None) -> None:
    """Refuse a table that does not exist; what the role may see of an account's is checked with all other rights."""
    if account is not None and session is not None:
        return
    catalog, schema, relation = name.split(".")
    where = f"table_catalog = '{catalog}' AND table_schema = '{schema}' AND table_name = '{relation}'"
    if not ask(f"SELECT 1 FROM information_schema.tables WHERE {where}"):
        raise unauthorized("TABLE", name)


def _listing(found: re.Match[str], schema: str, account: Account | None, session: Session | None) -> str:
    what, (catalog, _, name) = found["what"].lower(), schema.partition(".")
    named = "table_name" if what == "columns" else "name"
    conditions = [f"\"database_name\" = '{catalog}'", f"\"schema_name\" = '{name}'"]
    if found["prefix"]:
        conditions.append(f"starts_with(\"{named}\", '{found['prefix']}')")
    columns = "created_on, name, kind, database_name, schema_name" if found["terse"] else "*"
    if account is not None and session is not None:
        owners = _owners_of_visible(account, session, schema)
        listed = ", ".join(f"'{relation}'" for relation in owners) or "''"
        conditions.append(f'"{named}" IN ({listed})')
        if columns == "*" and what != "columns":
            cases = " ".join(f"WHEN '{relation}' THEN '{owner}'" for relation, owner in owners.items())
            columns = f'* REPLACE (CASE name {cases or "WHEN NULL THEN NULL"} END AS "owner")'
    where = " AND ".join(conditions)
    query = f'SELECT {columns} FROM {_VIEWS}{what} WHERE {where} ORDER BY "{named}" LIMIT {MOST}'
    if session is not None:
        session.shown = query
    return query


def _owners_of_visible(account: Account, session: Session, schema: str) -> dict[str, str]:
    """Return the tables and views of the schema that the session sees, with their owners."""
    roles = account.active(session)
    here = ((k, n, o) for (k, n), o in account.owners.items() if k in ("TABLE", "VIEW"))
    return {
        n.rpartition(".")[2]: owner
        for kind, n, owner in here
        if n.rpartition(".")[0] == schema and account.sees(roles, kind, n)
    }
