"""The columns of every endpoint's table, derived from its declaration.

Their order is a contract: the keys, ``flight_date`` if the endpoint has one, the fields with the clocks of both
airports together (all ``*_local``, then all ``*_utc``), and what the extraction adds. The Arrow schema, the pandera
models, the warehouse's tables and the documentation follow from it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache

from aviastack.endpoints import Endpoint, Field, Kind


class Type(StrEnum):
    """The type of a column. An INSTANT is a UTC time and a CLOCK an airport's local time; neither carries a zone."""

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
    """A column of a table; ``description`` gives its meaning, unit and time zone."""

    name: str
    type: Type
    description: str = field(default="", compare=False)


TYPES = {
    Kind.TEXT: Type.TEXT,
    Kind.CODE: Type.TEXT,
    Kind.INT: Type.INTEGER,
    Kind.FLOAT: Type.FLOAT,
    Kind.BOOL: Type.BOOLEAN,
    Kind.DATE: Type.DATE,
    Kind.TIME: Type.TIME,
    Kind.INSTANT: Type.INSTANT,
}
"""The type of each kind of field that is one column; a CLOCK is two."""

EXTRACTION = (
    Column("_extracted_at", Type.INSTANT, "When the page with this row arrived, UTC."),
    Column("_run_id", Type.TEXT, "The run that fetched this row."),
    Column("_slice", Type.TEXT, "The slice that the run fetched, such as 2026-11-21.airline_iata=AA."),
)
"""Which run saw the row last."""

UNMAPPED = Column("_unmapped", Type.TEXT, "JSON text of the fields that the declaration does not know; null if none.")


@lru_cache
def content_columns(endpoint: Endpoint) -> tuple[Column, ...]:
    """Return the columns that hold what the API says: keys, then fields in the order of the contract."""
    columns = {column.name: column for column in _leading(endpoint)}
    for each in endpoint.fields:
        if each.kind is not Kind.CLOCK:
            columns.setdefault(each.column, Column(each.column, TYPES[each.kind], each.description))
        elif each is _clocks(endpoint)[-1]:
            columns |= {column.name: column for column in _clock_columns(endpoint)}
    return tuple(columns.values())


@lru_cache
def staged_columns(endpoint: Endpoint) -> tuple[Column, ...]:
    """Return the columns of the endpoint's Parquet files: the content, and what the extraction adds."""
    return (*content_columns(endpoint), *EXTRACTION, UNMAPPED)


def required_columns(endpoint: Endpoint) -> tuple[str, ...]:
    """Return the names of the columns that may not be null: the keys and the flight's date."""
    leg = (endpoint.leg_key.column,) if endpoint.leg_key is not None else ()
    date = ("flight_date",) if endpoint.dates_flights else ()
    return (endpoint.key.column, *leg, *date)


def _leading(endpoint: Endpoint) -> list[Column]:
    declared = {each.column: each for each in endpoint.fields}
    return [
        Column(name, TYPES[declared[name].kind], declared[name].description)
        if name in declared
        else _derived(endpoint, name)
        for name in required_columns(endpoint)
    ]


def _derived(endpoint: Endpoint, name: str) -> Column:
    if name == "flight_date":
        return Column(name, Type.DATE, "The flight's date: the local date of its scheduled departure.")
    key = endpoint.key if name == endpoint.key.column else endpoint.leg_key
    parts = ", ".join(" or ".join(part) for part in key.parts) if key is not None else ""
    if key is endpoint.key:
        return Column(name, Type.TEXT, f"Identifies the row: {parts}, joined by | with ~ for null.")
    return Column(
        name,
        Type.TEXT,
        f"Identifies the flight through retimes: {parts}, joined by |; |2 is added for a second flight of one number, "
        "date and route. The row's key if the number is null.",
    )


def _clocks(endpoint: Endpoint) -> list[Field]:
    return [each for each in endpoint.fields if each.kind is Kind.CLOCK]


def _clock_columns(endpoint: Endpoint) -> list[Column]:
    clocks = _clocks(endpoint)
    local = "Local time of the {zone} airport, without a zone."
    utc = "UTC; null if the airport's zone is unknown."
    return [
        *(
            Column(f"{each.column}_local", Type.CLOCK, f"{each.description} {local.format(zone=each.zone)}".strip())
            for each in clocks
        ),
        *(Column(f"{each.column}_utc", Type.INSTANT, f"{each.description} {utc}".strip()) for each in clocks),
    ]
