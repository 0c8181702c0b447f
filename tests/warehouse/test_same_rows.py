"""Both warehouses hold the same values, cell by cell, for every endpoint and every type of column."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

import pyarrow as pa
import pytest

from aviastack.endpoints import ENDPOINTS, Endpoint
from aviastack.records.schema import arrow_schema
from tests.warehouse.places import DAY, NOON, Place, Row

pytestmark = pytest.mark.emulators


def _value(field: pa.Field, place: int) -> Any:
    """A value that is easy to get wrong: an odd microsecond, a letter beyond ASCII, a number beyond 32 bits."""
    if pa.types.is_timestamp(field.type):
        moment = datetime(2026, 3, 29, 2, 30, 0, place + 1)
        return moment.replace(tzinfo=UTC) if field.type.tz else moment
    values: dict[Any, Any] = {
        pa.string(): f"São Tomé '{place}' \\ \"x\"",
        pa.int64(): 2**40 + place,
        pa.float64(): 0.1 + place,
        pa.bool_(): place % 2 == 0,
        pa.date32(): date(1970, 1, 1 + place % 28),
        pa.time64("us"): time(23, 59, place % 60),
    }
    return values[field.type]


def _rows(endpoint: Endpoint) -> list[Row]:
    """A row with a value in every column, and one with as few as a row may have."""
    schema = arrow_schema(endpoint)
    key = schema.field(endpoint.key.column)
    said = {"_extracted_at": NOON, "_run_id": "r1", "_slice": "s"}
    dated = {"flight_date": DAY} if endpoint.dates_flights else {}
    full = {field.name: _value(field, place) for place, field in enumerate(schema)}
    return [{**full, **said, **dated}, {key.name: _value(key, 999), **said, **dated}]


@pytest.mark.parametrize("endpoint", ENDPOINTS.values(), ids=lambda endpoint: endpoint.name)
def test_both_warehouses_hold_the_same_values(
    endpoint: Endpoint, duckdb_place: Place, snowflake_place: Place, declared_tables: set[str]
) -> None:
    declared_tables.add(endpoint.table)
    tables = []
    for place in (duckdb_place, snowflake_place):
        place.load(place.stage(_rows(endpoint), run_id="r1", slice_="s", covers=None, endpoint=endpoint))
        tables.append(place.rows(endpoint))
    for table in tables:
        for row in table.values():
            row.pop("_loaded_at")

    assert tables[0] == tables[1]
    full = _rows(endpoint)[0]
    for column, value in full.items():
        held = tables[0][str(full[endpoint.key.column])][column]
        assert held == (value.replace(tzinfo=None) if isinstance(value, datetime) else value), column
