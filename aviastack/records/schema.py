"""The Arrow schema of every endpoint's table, and the types in which values are read from JSON."""

from __future__ import annotations

from functools import lru_cache

import pyarrow as pa

from aviastack.columns import TYPES, Type, staged_columns
from aviastack.endpoints import Endpoint, Field, Kind, Listing

TEXT = pa.string()
LOCAL = pa.timestamp("us")
UTC = pa.timestamp("us", "UTC")
ARROW_TYPES = {
    Type.TEXT: TEXT,
    Type.INTEGER: pa.int64(),
    Type.FLOAT: pa.float64(),
    Type.BOOLEAN: pa.bool_(),
    Type.DATE: pa.date32(),
    Type.TIME: pa.time64("us"),
    Type.CLOCK: LOCAL,
    Type.INSTANT: UTC,
}


@lru_cache
def arrow_schema(endpoint: Endpoint) -> pa.Schema:
    """Return the columns of the endpoint's table, in the order of the contract.

    ``*_local`` is a timestamp without a zone (the airport's clock); every other timestamp is in UTC.
    """
    return pa.schema([(column.name, ARROW_TYPES[column.type]) for column in staged_columns(endpoint)])


def type_of(field: Field) -> pa.DataType:
    """Return the Arrow type of a field that is one column."""
    return ARROW_TYPES[TYPES[field.kind]]


def sent_type(endpoint: Endpoint, field: Field) -> pa.DataType:
    """Return the type in which Arrow's JSON reader reads a field, before it is converted to its column's type.

    Only the lists that have millions of rows have their times read by Arrow's own parser.
    """
    if field.number:
        return type_of(field)
    if field.kind in (Kind.CLOCK, Kind.INSTANT) and endpoint.listing is Listing.BY_DATE:
        return UTC
    return TEXT
