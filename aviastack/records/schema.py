"""The columns of every endpoint's table, derived from its declaration.

An endpoint's columns stand in one order, which is a contract: its keys, ``flight_date`` where it has one, its fields
with the clocks of both ends together (all ``*_local``, then all ``*_utc``), and what the extraction adds.
"""

from __future__ import annotations

from functools import lru_cache

import pyarrow as pa

from aviastack.endpoints import Endpoint, Field, Kind, Motion

TEXT = pa.string()
LOCAL = pa.timestamp("us")
UTC = pa.timestamp("us", "UTC")
TYPES = {
    Kind.TEXT: TEXT,
    Kind.CODE: TEXT,
    Kind.INT: pa.int64(),
    Kind.FLOAT: pa.float64(),
    Kind.BOOL: pa.bool_(),
    Kind.DATE: pa.date32(),
    Kind.TIME: pa.time64("us"),
    Kind.INSTANT: UTC,
}


@lru_cache
def arrow_schema(endpoint: Endpoint) -> pa.Schema:
    """Return the columns of the endpoint's table, in the order of the contract.

    ``*_local`` is a timestamp without a zone (the airport's clock), every other timestamp is in UTC.
    """
    columns = _leading(endpoint)
    columns |= {name: kind for name, kind in _middle(endpoint.fields) if name not in columns}
    columns |= {"_extracted_at": UTC, "_run_id": TEXT, "_slice": TEXT, "_unmapped": TEXT}
    return pa.schema(list(columns.items()))


def sent_type(endpoint: Endpoint, field: Field) -> pa.DataType:
    """Return the type in which a value is read from JSON, before it is made what its column holds.

    Only the lists that come by the million rows have their times read by Arrow's own parser.
    """
    if field.number:
        return TYPES[field.kind]
    if field.kind in (Kind.CLOCK, Kind.INSTANT) and endpoint.motion is Motion.BY_DATE:
        return UTC
    return TEXT


def _leading(endpoint: Endpoint) -> dict[str, pa.DataType]:
    own = {field.column: TYPES[field.kind] for field in endpoint.fields if field.column == endpoint.key.column}
    columns = own or {endpoint.key.column: TEXT}
    if endpoint.leg_key is not None:
        columns[endpoint.leg_key.column] = TEXT
    if endpoint.dates_flights:
        columns["flight_date"] = pa.date32()
    return columns


def _middle(fields: tuple[Field, ...]) -> list[tuple[str, pa.DataType]]:
    clocks = [field for field in fields if field.kind is Kind.CLOCK]
    last = max((place for place, field in enumerate(fields) if field.kind is Kind.CLOCK), default=-1)
    return [
        *((field.column, TYPES[field.kind]) for field in fields[: last + 1] if field.kind is not Kind.CLOCK),
        *((f"{field.column}_local", LOCAL) for field in clocks),
        *((f"{field.column}_utc", UTC) for field in clocks),
        *((field.column, TYPES[field.kind]) for field in fields[last + 1 :]),
    ]
