"""The load history: reads ``_loads`` for status and report. Nothing here writes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aviastack.warehouse.evolution import existing
from aviastack.warehouse.protocol import Warehouse
from aviastack.warehouse.tables import LOADS, LOADS_COLUMNS


@dataclass(frozen=True, slots=True)
class LoadRow:
    """A row of ``_loads``; times are UTC, ``predicate`` is JSON text, ``manifest`` a path below the staging root.

    ``source`` is the API's host, ``simulated`` or ``recorded``. ``fetched_by`` is the run that fetched the pages: for a
    replay, another one. Both are None for loads that did not record them.
    """

    run_id: str
    slice: str
    endpoint: str
    predicate: str
    as_of: datetime
    complete: bool
    proof: str
    rows: int
    inserted: int
    updated: int
    removed: int
    pages: int
    calls: int
    started_at: datetime
    loaded_at: datetime
    manifest: str
    source: str | None = None
    fetched_by: str | None = None


def loads(
    warehouse: Warehouse,
    *,
    endpoint: str | None = None,
    slice_name: str | None = None,
    limit: int = 1_000,
) -> list[LoadRow]:
    """Return the last ``limit`` loads, of one endpoint or slice or of all, newest first; empty if there are none."""
    rules = {"endpoint": "endpoint = :endpoint", "slice": "slice = :slice"}
    values = {"endpoint": endpoint, "slice": slice_name}
    wanted = [rule for name, rule in rules.items() if values[name] is not None]
    return _read(warehouse, " AND ".join(wanted) or "TRUE", values, limit)


def known(warehouse: Warehouse, run_id: str) -> LoadRow | None:
    """Return the load of that run, or None if the warehouse does not have it."""
    found = _read(warehouse, "run_id = :run_id", {"run_id": run_id}, 1)
    return found[0] if found else None


def loaded_runs(warehouse: Warehouse, endpoint: str) -> set[str]:
    """Return the ids of all the endpoint's runs that the warehouse has."""
    if not existing(warehouse, LOADS, LOADS_COLUMNS):
        return set()
    statement = warehouse.dialect.statement("loaded_runs", {"endpoint": endpoint}, loads=warehouse.table(LOADS))
    return {run_id for (run_id,) in warehouse.run(statement)}


def is_loaded(warehouse: Warehouse, run_id: str) -> bool:
    """Whether the warehouse has that run."""
    return known(warehouse, run_id) is not None


def _read(warehouse: Warehouse, filters: str, values: dict[str, Any], limit: int) -> list[LoadRow]:
    """Read rows of ``_loads``. The limit is a literal, because Snowflake rejects a bound one."""
    columns = existing(warehouse, LOADS, LOADS_COLUMNS)
    if not columns:
        return []
    listed = warehouse.dialect.listed(columns)
    statement = warehouse.dialect.statement(
        "history", values, columns=listed, loads=warehouse.table(LOADS), filters=filters, most=str(int(limit))
    )
    rows = warehouse.run(statement)
    return [LoadRow(**dict(zip(columns, map(_aware, row), strict=True))) for row in rows]


def _aware(value: Any) -> Any:
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) else value
