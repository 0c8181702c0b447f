"""Finds the grants that a Snowflake sign-in lacks by trying what loads and dbt do, and undoing it."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from aviastack.errors import WarehouseUnavailable
from aviastack.settings import Settings
from aviastack.warehouse.evolution import missing_tables
from aviastack.warehouse.open_warehouse import open_warehouse
from aviastack.warehouse.snowflake import DIALECT, stage_name
from aviastack.warehouse.statements import Statement
from aviastack.warehouse.tables import SCHEMA

if TYPE_CHECKING:
    from aviastack.warehouse.protocol import Warehouse

DBT_SCHEMAS = ("STAGING", "INTERMEDIATE", "REFERENCE", "SNAPSHOTS", "MARTS")
CREDITS_VIEW = ("snowflake.account_usage", "query_attribution_history")
"""The schema and the name of the view that `aviastack status --cost` reads."""


def missing_grants(settings: Settings) -> list[str]:
    """Return the grants that the roles of the loader and of dbt lack, as an administrator would write them.

    Creates and drops a table or view in each schema, looks at a new table of the loader's as dbt, and lists the stage,
    which also checks its integration and the bucket's IAM. Raises :class:`WarehouseUnavailable` if a sign-in fails.
    """
    with open_warehouse(settings) as loader, open_warehouse(settings, as_dbt=True) as dbt:
        return [*_of_the_loader(loader, settings), *_of_dbt(dbt, loader)]


def credits_grant(warehouse: Warehouse) -> str | None:
    """Return the grant that the role lacks to read the credits of statements; None if it may."""
    if warehouse.columns_of(*CREDITS_VIEW):
        return None
    [[role, _]] = _session(warehouse)
    return f"GRANT DATABASE ROLE SNOWFLAKE.USAGE_VIEWER TO ROLE {role};"


def _of_the_loader(warehouse: Warehouse, settings: Settings) -> Iterator[str]:
    [[role, active]] = _session(warehouse)
    if active is None:
        yield f"GRANT USAGE ON WAREHOUSE AVIASTACK_LOAD TO ROLE {role};"
    if not _creates(warehouse, SCHEMA, "TABLE"):
        yield f"GRANT USAGE, CREATE TABLE ON SCHEMA {DIALECT.cased(SCHEMA)} TO ROLE {role};"
    stage = stage_name(settings.stage)
    if not _runs(warehouse, f"LIST @{stage} PATTERN = '.*/none-of-this-name'"):
        yield f"GRANT USAGE ON STAGE {stage} TO ROLE {role}; -- or the bucket's roles: see the gcloud commands"


def _of_dbt(warehouse: Warehouse, loader: Warehouse) -> Iterator[str]:
    [[role, active]] = _session(warehouse)
    schema = DIALECT.cased(SCHEMA)
    if active is None:
        yield f"GRANT USAGE ON WAREHOUSE AVIASTACK_TRANSFORM TO ROLE {role};"
    with _probe(loader, SCHEMA, "TABLE") as probe:
        if probe is not None and not warehouse.columns_of(SCHEMA, probe):
            yield f"GRANT USAGE ON SCHEMA {schema} TO ROLE {role};"
            yield f"GRANT SELECT ON FUTURE TABLES IN SCHEMA {schema} TO ROLE {role};"
    if set(missing_tables(warehouse)) - set(missing_tables(loader)):
        yield f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO ROLE {role};"
    for place in DBT_SCHEMAS:
        if not (_creates(warehouse, place, "TABLE") and _creates(warehouse, place, "VIEW")):
            yield f"GRANT USAGE, CREATE TABLE, CREATE VIEW ON SCHEMA {place} TO ROLE {role};"


def _session(warehouse: Warehouse) -> list[tuple[str, str | None]]:
    return warehouse.run(Statement("session", "SELECT current_role(), current_warehouse()"))


def _creates(warehouse: Warehouse, schema: str, kind: str) -> bool:
    with _probe(warehouse, schema, kind) as probe:
        return probe is not None


@contextmanager
def _probe(warehouse: Warehouse, schema: str, kind: str) -> Iterator[str | None]:
    """Create a table or view with a unique name, and drop it afterwards; None if the role may not."""
    probe = f"_probe_{secrets.token_hex(4)}"
    name = DIALECT.quoted(f"{schema}.{probe}")
    made = "(x INT)" if kind == "TABLE" else "AS SELECT 1 AS x"
    transient = "TRANSIENT " if kind == "TABLE" else ""
    if not _runs(warehouse, f"CREATE {transient}{kind} {name} {made}"):
        yield None
        return
    try:
        yield probe
    finally:
        warehouse.run(Statement("probe", f"DROP {kind} {name}"))


def _runs(warehouse: Warehouse, sql: str) -> bool:
    try:
        warehouse.run(Statement("probe", sql))
    except WarehouseUnavailable:
        return False
    return True
