"""Keys: the text that names a row, readable so that a person can see why two rows are one."""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache

import pyarrow as pa
import pyarrow.compute as pc

from aviastack.endpoints import Endpoint, Key
from aviastack.records.clocks import EPOCH
from aviastack.records.distinct import by_distinct
from aviastack.records.schema import TEXT

NULL = "~"


def row_key(endpoint: Endpoint, columns: dict[str, pa.Array]) -> pa.Array:
    """Return the key of each row; null where a part is null that a row can't be named without."""
    return _joined(endpoint.key, columns) if endpoint.key.parts else columns[endpoint.key.column]


def leg_key(leg: Key, columns: dict[str, pa.Array], row_keys: pa.Array) -> pa.Array:
    """Return the key without the clock, which a retimed flight keeps.

    It falls back to the row's key where the flight's number is null: the unnumbered flights of a day and route would
    all share it.
    """
    return pc.if_else(columns[leg.parts[-1][0]].is_valid(), _joined(leg, columns), row_keys)


def why_unnamed(endpoint: Endpoint, columns: dict[str, pa.Array], row: int) -> str:
    """Say which part of its key the row lacks."""
    key = endpoint.key
    parts = key.parts[: key.needed] or ((key.column,),)
    lacking = [" or ".join(part) for part in parts if not any(columns[column][row].is_valid for column in part)]
    return f"the record can't be keyed: it has no {', no '.join(lacking)}"


def _joined(key: Key, columns: dict[str, pa.Array]) -> pa.Array:
    parts = [_first_of(part, columns) for part in key.parts]
    joined = pc.binary_join_element_wise(*parts, "|", null_handling="replace", null_replacement=NULL)
    named = None
    for part in parts[: key.needed]:
        if part.null_count:
            named = part.is_valid() if named is None else pc.and_(named, part.is_valid())
    return joined if named is None else pc.if_else(named, joined, pa.scalar(None, TEXT))


def as_text(column: pa.Array) -> pa.Array:
    """Return a column as the text of a key: dates and times as ISO 8601 has them, to the second."""
    if pa.types.is_string(column.type):
        return column
    if pa.types.is_timestamp(column.type):
        return by_distinct(column.view(pa.int64()), _moment, TEXT)
    return by_distinct(column, str, TEXT)


@lru_cache(maxsize=65_536)
def _moment(micros: int) -> str:
    return (EPOCH + timedelta(microseconds=micros)).isoformat(timespec="seconds")


def _first_of(part: tuple[str, ...], columns: dict[str, pa.Array]) -> pa.Array:
    first, *others = (as_text(columns[name]) for name in part)
    return pc.coalesce(first, *others) if others and first.null_count else first
