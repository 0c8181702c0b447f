"""The tables: the columns of every endpoint and of ``_loads``, in words that each warehouse has types for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from aviastack.endpoints import Endpoint, Kind

SCHEMA = "aviationstack"
LOADS = "_loads"


class Type(StrEnum):
    """What a column holds. An INSTANT is a UTC time and a CLOCK an airport's local one; neither carries a zone."""

    TEXT = "text"
    INTEGER = "integer"
    FLOAT = "float"
    BOOLEAN = "boolean"
    DATE = "date"
    TIME = "time"
    CLOCK = "clock"
    INSTANT = "instant"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table."""

    name: str
    type: Type


_TYPES = {
    Kind.TEXT: Type.TEXT,
    Kind.CODE: Type.TEXT,
    Kind.INT: Type.INTEGER,
    Kind.FLOAT: Type.FLOAT,
    Kind.BOOL: Type.BOOLEAN,
    Kind.DATE: Type.DATE,
    Kind.TIME: Type.TIME,
    Kind.INSTANT: Type.INSTANT,
}

SIGHTING = (Column("_extracted_at", Type.INSTANT), Column("_run_id", Type.TEXT), Column("_slice", Type.TEXT))
"""Who saw the row last; they advance silently."""

STAMPS = (Column("_removed_at", Type.INSTANT), Column("_loaded_at", Type.INSTANT))
"""What the loader writes: since when the row is gone, and when its content last changed here (UTC)."""

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


def content_columns(endpoint: Endpoint) -> tuple[Column, ...]:
    """Return what the API says of a row: its keys, then its fields in the contract's order.

    Every CLOCK becomes two columns; a table's clocks stand together, all ``_local`` before all ``_utc``.
    """
    keys = [key.column for key in (endpoint.key, endpoint.leg_key) if key is not None and key.parts]
    names = {field.column for field in endpoint.fields}
    columns = [Column(key, Type.TEXT) for key in keys]
    if endpoint.dates_flights and "flight_date" not in names:
        columns.append(Column("flight_date", Type.DATE))
    clocks = [field.column for field in endpoint.fields if field.kind is Kind.CLOCK]
    for field in endpoint.fields:
        if field.kind is not Kind.CLOCK:
            columns.append(Column(field.column, _TYPES[field.kind]))
        elif field.column == clocks[-1]:
            columns += [Column(f"{clock}_local", Type.CLOCK) for clock in clocks]
            columns += [Column(f"{clock}_utc", Type.INSTANT) for clock in clocks]
    return tuple(columns)


def staged_columns(endpoint: Endpoint) -> tuple[Column, ...]:
    """Return what a staged file holds."""
    return (*content_columns(endpoint), *SIGHTING, Column("_unmapped", Type.TEXT))


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
