"""Keeps tables as declared: creates them, adds columns by policy, and rejects tables of other types."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from typing import Literal

from aviastack.columns import EXTRACTION, Column
from aviastack.endpoints import ENDPOINTS, Endpoint
from aviastack.errors import WarehouseUnavailable
from aviastack.warehouse.protocol import Warehouse
from aviastack.warehouse.statements import Dialect, Statement, literal
from aviastack.warehouse.tables import LOADS, LOADS_ADDED, LOADS_COLUMNS, SCHEMA, STAMPS, target_columns
from aviastack.warehouse.transaction import transaction

Policy = Literal["evolve", "freeze", "fail"]


def prepare(warehouse: Warehouse, endpoint: Endpoint, policy: Policy) -> tuple[Column, ...]:
    """Create missing tables, evolve the endpoint's table, and return the target columns that a load may fill.

    ``evolve`` adds declared columns that the table lacks (nullable, so that old rows stay valid); ``freeze`` loads
    without them; ``fail`` raises. ``_loads`` is the loader's own table and always evolves. Runs before the load's
    transaction, because DDL commits. Raises :class:`WarehouseUnavailable` if a column has another type, or if the
    table lacks columns that every load needs.
    """
    needed = {endpoint.key.column, *(column.name for column in (*EXTRACTION, *STAMPS))}
    shapes = create_missing(warehouse)
    own = {column.name for column in LOADS_COLUMNS} - LOADS_ADDED
    _evolve(warehouse, LOADS, LOADS_COLUMNS, shapes, policy="evolve", needed=own)
    return _evolve(warehouse, endpoint.table, target_columns(endpoint), shapes, policy=policy, needed=needed)


def create_missing(warehouse: Warehouse) -> dict[str, dict[str, str]]:
    """Create the tables that the schema lacks and return its tables: table -> column -> type.

    The first load creates the table of every endpoint, because dbt's models read them all. ``_loads`` is created last:
    if it exists, the others do.
    """
    shapes = warehouse.shapes()
    missing = _missing(warehouse, shapes)
    if not missing:
        return shapes
    with transaction(warehouse) if warehouse.dialect.transactional_ddl else nullcontext():
        for table in missing:
            _create(warehouse, table, _declared()[table])
    return warehouse.shapes()


def missing_tables(warehouse: Warehouse) -> list[str]:
    """Return the tables that :func:`create_missing` would create."""
    return _missing(warehouse, warehouse.shapes())


def _declared() -> dict[str, Sequence[Column]]:
    tables: dict[str, Sequence[Column]] = {e.table: target_columns(e) for e in ENDPOINTS.values()}
    return tables | {LOADS: LOADS_COLUMNS}


def _missing(warehouse: Warehouse, shapes: dict[str, dict[str, str]]) -> list[str]:
    return [table for table in _declared() if warehouse.dialect.cased(table) not in shapes]


def exists(warehouse: Warehouse, table: str) -> bool:
    """Whether the schema has that table."""
    return bool(warehouse.columns_of(SCHEMA, table))


def existing(warehouse: Warehouse, table: str, columns: Sequence[Column]) -> list[str]:
    """Return the names of those columns that the table has; none if there is no such table."""
    found = set(warehouse.columns_of(SCHEMA, table))
    return [column.name for column in columns if column.name in found]


def _create(warehouse: Warehouse, table: str, columns: Sequence[Column]) -> None:
    dialect, about = warehouse.dialect, _about(table)
    text = dialect.text(
        "create_table",
        table=warehouse.table(table),
        declared=dialect.documented(columns),
        key=dialect.quoted(_key(table)),
        about=literal(about),
    )
    warehouse.run(Statement("create_table", text))
    if not dialect.comments_inline:
        _comment(warehouse, table, columns, about)


def _comment(warehouse: Warehouse, table: str, columns: Sequence[Column], about: str = "") -> None:
    """Describe a table and its columns in one request."""
    dialect, name = warehouse.dialect, warehouse.table(table)
    texts = [dialect.text("comment_table", table=name, about=literal(about))] if about else []
    for column in columns:
        quoted, meaning = dialect.quoted(column.name), literal(column.description)
        texts.append(dialect.text("comment_column", table=name, column=quoted, about=meaning))
    warehouse.run(Statement("comment_column", ";\n".join(texts)))


def _about(table: str) -> str:
    about = {endpoint.table: endpoint.about for endpoint in ENDPOINTS.values()}
    return about.get(table, "One row per load: its slice, as-of time, proof of completeness, and counts.")


def _key(table: str) -> str:
    keys = {endpoint.table: endpoint.key.column for endpoint in ENDPOINTS.values()}
    return keys.get(table, "run_id")


def _evolve(
    warehouse: Warehouse,
    table: str,
    columns: Sequence[Column],
    shapes: dict[str, dict[str, str]],
    *,
    policy: Policy,
    needed: set[str],
) -> tuple[Column, ...]:
    dialect = warehouse.dialect
    shape = shapes[dialect.cased(table)]
    missing = [column for column in columns if dialect.cased(column.name) not in shape]
    _check_types(dialect, table, columns, shape)
    if missing and (policy == "fail" or needed & {column.name for column in missing}):
        names = ", ".join(column.name for column in missing)
        raise WarehouseUnavailable(
            f"Table {table} lacks the column(s) {names}, which this version of aviastack loads.",
            remedy="Add them, set AVIASTACK_SCHEMA_POLICY=evolve, or rename a table that aviastack did not create.",
        )
    if policy == "freeze":
        return tuple(column for column in columns if column not in missing)
    for column in missing:
        declared = dialect.documented([column])
        text = dialect.text("add_column", table=warehouse.table(table), declared=declared)
        warehouse.run(Statement("add_column", text))
    if missing and not dialect.comments_inline:
        _comment(warehouse, table, missing)
    return tuple(columns)


def _check_types(dialect: Dialect, table: str, columns: Sequence[Column], shape: dict[str, str]) -> None:
    for column in columns:
        shown, wanted = shape.get(dialect.cased(column.name)), dialect.shown[column.type]
        if shown not in (None, wanted):
            raise WarehouseUnavailable(
                f"Column {column.name} of table {table} is {shown}, but a load needs {wanted}. "
                "Values would be truncated or cast, so nothing was loaded.",
                remedy=f"Alter the column to {dialect.types[column.type]}, or rename the table and load again.",
            )
