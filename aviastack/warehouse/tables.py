"""The tables: the columns of every endpoint and of ``_loads``, with types that each warehouse has a name for."""

from __future__ import annotations

from aviastack.columns import Column, Type, staged_columns
from aviastack.endpoints import Endpoint

SCHEMA = "aviationstack"
LOADS = "_loads"

STAMPS = (
    Column("_removed_at", Type.INSTANT, "When a complete run no longer had this row, UTC; null while it is present."),
    Column("_loaded_at", Type.INSTANT, "When the content of this row last changed in this table, UTC."),
)
"""The columns that the loader writes."""

LOADS_COLUMNS = (
    Column("run_id", Type.TEXT),
    Column("slice", Type.TEXT),
    Column("endpoint", Type.TEXT),
    Column("predicate", Type.TEXT),
    Column("as_of", Type.INSTANT),
    Column("complete", Type.BOOLEAN),
    Column("proof", Type.TEXT),
    Column("rows", Type.INTEGER),
    Column("inserted", Type.INTEGER),
    Column("updated", Type.INTEGER),
    Column("removed", Type.INTEGER),
    Column("pages", Type.INTEGER),
    Column("calls", Type.INTEGER),
    Column("started_at", Type.INSTANT),
    Column("loaded_at", Type.INSTANT),
    Column("manifest", Type.TEXT),
)


def target_columns(endpoint: Endpoint) -> tuple[Column, ...]:
    """Return what the endpoint's table holds."""
    return (*staged_columns(endpoint), *STAMPS)


def covering_columns(endpoint: Endpoint) -> tuple[str, ...]:
    """Return the columns by which a complete run of a dated slice can say which rows it has all of."""
    if not endpoint.dates_flights:
        return ()
    filtered = [parameter.column for parameter in endpoint.parameters if parameter.column is not None]
    boards = ["departure_iata", "arrival_iata"] if endpoint.parameter("iataCode") else []
    return tuple(dict.fromkeys(["flight_date", *boards, *filtered]))
