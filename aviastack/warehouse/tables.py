"""The tables: the columns of every endpoint and of ``_loads``, with types common to all warehouses."""

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
    Column("run_id", Type.TEXT, "The run that was loaded."),
    Column("slice", Type.TEXT, "The slice that the run fetched."),
    Column("endpoint", Type.TEXT, "The endpoint of the API."),
    Column(
        "predicate",
        Type.TEXT,
        "JSON: the filters (asked) and the values that a complete run covers (covers).",
    ),
    Column("as_of", Type.INSTANT, "The time of the run's oldest row, UTC: rows seen later are newer."),
    Column("complete", Type.BOOLEAN, "Whether the run proved that no row is missing."),
    Column("proof", Type.TEXT, "Why the run is complete, or why it is not."),
    Column("rows", Type.INTEGER, "Rows staged."),
    Column("inserted", Type.INTEGER, "Rows that the load inserted."),
    Column("updated", Type.INTEGER, "Rows whose content the load changed."),
    Column("removed", Type.INTEGER, "Rows that the load marked as removed."),
    Column("pages", Type.INTEGER, "Pages fetched."),
    Column("calls", Type.INTEGER, "Calls of the API that the run spent."),
    Column("started_at", Type.INSTANT, "When the run started, UTC."),
    Column("loaded_at", Type.INSTANT, "When the load last changed a row, UTC."),
    Column("manifest", Type.TEXT, "Path of the manifest below the staging root."),
    Column("source", Type.TEXT, "Host of the API, or simulated or recorded; null if the run did not record it."),
    Column("fetched_by", Type.TEXT, "The run that fetched the pages: not run_id for a replay; null if not recorded."),
)
LOADS_ADDED = frozenset({"source", "fetched_by"})
"""The columns of ``_loads`` that a table of an earlier version may lack."""


def target_columns(endpoint: Endpoint) -> tuple[Column, ...]:
    """Return the columns of the endpoint's table."""
    return (*staged_columns(endpoint), *STAMPS)


def covering_columns(endpoint: Endpoint) -> tuple[str, ...]:
    """Return the columns that can identify the rows of which a complete run of a dated slice has all."""
    if not endpoint.dates_flights:
        return ()
    filtered = [parameter.column for parameter in endpoint.parameters if parameter.column is not None]
    boards = ["departure_iata", "arrival_iata"] if endpoint.parameter("iataCode") else []
    return tuple(dict.fromkeys(["flight_date", *boards, *filtered]))
