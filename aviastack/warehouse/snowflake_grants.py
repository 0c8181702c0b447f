"""Finds the grants that a Snowflake sign-in lacks by trying what loads and dbt do, and undoing it."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import TYPE_CHECKING

from aviastack.errors import WarehouseUnavailable
from aviastack.settings import Settings
from aviastack.warehouse.open_warehouse import open_warehouse
from aviastack.warehouse.snowflake import DIALECT, stage_name
from aviastack.warehouse.statements import Statement
from aviastack.warehouse.tables import LOADS, SCHEMA

if TYPE_CHECKING:
    from aviastack.warehouse.protocol import Warehouse

DBT_SCHEMAS = ("STAGING", "INTERMEDIATE", "REFERENCE", "SNAPSHOTS", "MARTS")


def loader_grants(settings: Settings) -> list[str]:
    """Return the grants that the loader's role lacks, as an administrator would write them.

    Creates and drops a table in the schema of the loads, and lists the stage, which also checks its integration and the
    bucket's IAM. Raises :class:`WarehouseUnavailable` if the sign-in fails.
    """
    with open_warehouse(settings) as warehouse:
        return list(_of_the_loader(warehouse, settings))


def dbt_grants(settings: Settings) -> list[str]:
    """Return the grants that dbt's role lacks: reading the loaded tables, creating tables and views."""
    with open_warehouse(settings, as_dbt=True) as warehouse:
        return list(_of_dbt(warehouse))


def _of_the_loader(warehouse: Warehouse, settings: Settings) -> Iterator[str]:
    [[role, active]] = warehouse.run(Statement("session", "SELECT current_role(), current_warehouse()"))
    if active is None:
        yield f"GRANT USAGE ON WAREHOUSE AVIASTACK_LOAD TO ROLE {role};"
    if not _creates(warehouse, DIALECT.cased(SCHEMA), "TABLE"):
        yield f"GRANT USAGE, CREATE TABLE ON SCHEMA {DIALECT.cased(SCHEMA)} TO ROLE {role};"
    stage = stage_name(settings.stage)
    if not _runs(warehouse, f"LIST @{stage} PATTERN = '.*/none-of-this-name'"):
        yield f"GRANT USAGE ON STAGE {stage} TO ROLE {role}; -- or the bucket's roles: see the gcloud commands"


def _of_dbt(warehouse: Warehouse) -> Iterator[str]:
    [[role, active]] = warehouse.run(Statement("session", "SELECT current_role(), current_warehouse()"))
    if active is None:
        yield f"GRANT USAGE ON WAREHOUSE AVIASTACK_TRANSFORM TO ROLE {role};"
    schema = DIALECT.cased(SCHEMA)
    if not _runs(warehouse, f"DESCRIBE TABLE {warehouse.table(LOADS)}"):  # the first load creates it
        yield f"GRANT USAGE ON SCHEMA {schema} TO ROLE {role};"
        yield f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO ROLE {role};"
    for place in DBT_SCHEMAS:
        if not (_creates(warehouse, place, "TABLE") and _creates(warehouse, place, "VIEW")):
            yield f"GRANT USAGE, CREATE TABLE, CREATE VIEW ON SCHEMA {place} TO ROLE {role};"


def _creates(warehouse: Warehouse, schema: str, kind: str) -> bool:
    """Whether the role can create, and then drop, an object with a unique name."""
    name = DIALECT.quoted(f"{schema}._probe_{secrets.token_hex(4)}")
    made = "(x INT)" if kind == "TABLE" else "AS SELECT 1 AS x"
    transient = "TRANSIENT " if kind == "TABLE" else ""
    return _runs(warehouse, f"CREATE {transient}{kind} {name} {made}") and _runs(warehouse, f"DROP {kind} {name}")


def _runs(warehouse: Warehouse, sql: str) -> bool:
    try:
        warehouse.run(Statement("probe", sql))
    except WarehouseUnavailable:
        return False
    return True
