"""Every column says what it holds, in which unit and time zone."""

from __future__ import annotations

import re

import pytest

from aviastack.columns import Type, staged_columns
from aviastack.endpoints import ENDPOINTS, FLIGHTS, Endpoint
from aviastack.warehouse.tables import LOADS_COLUMNS, target_columns

UNITS = {
    "delay": "minutes",
    "latitude": "degrees",
    "longitude": "degrees",
    "direction": "degrees",
    "altitude": "metres",
    "horizontal": "km/h",
    "vertical": "km/h",
    "age": "years",
}


@pytest.mark.parametrize("endpoint", ENDPOINTS.values(), ids=ENDPOINTS)
def test_every_column_has_a_description(endpoint: Endpoint) -> None:
    missing = [column.name for column in target_columns(endpoint) if not column.description.endswith(".")]
    assert missing == []


@pytest.mark.parametrize("endpoint", ENDPOINTS.values(), ids=ENDPOINTS)
def test_a_number_with_a_unit_names_it_and_a_time_names_its_zone(endpoint: Endpoint) -> None:
    for column in target_columns(endpoint):
        unit = UNITS.get(column.name.rpartition("_")[2])
        if unit and column.type in (Type.INTEGER, Type.FLOAT):
            assert unit in column.description, column.name
        if column.type is Type.INSTANT:
            assert "UTC" in column.description, column.name
        if column.type in (Type.CLOCK, Type.TIME):
            assert re.search(r"[Ll]ocal", column.description), column.name


def test_the_two_ends_of_a_flight_are_not_confused() -> None:
    for column in staged_columns(FLIGHTS):
        end, _, _ = column.name.partition("_")
        if end in ("departure", "arrival"):
            other = {"departure": "arrival", "arrival": "departure"}[end]
            assert end in column.description.lower(), column.name
            assert other not in column.description.lower(), column.name


def test_every_column_of_the_loads_has_a_description() -> None:
    missing = [column.name for column in LOADS_COLUMNS if not column.description.endswith(".")]
    assert missing == []
