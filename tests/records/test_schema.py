from __future__ import annotations

import pyarrow as pa
import pytest

from aviastack.endpoints import ENDPOINTS, FLIGHTS, Kind
from aviastack.records.schema import arrow_schema

CLOCKS = ("scheduled", "estimated", "actual", "estimated_runway", "actual_runway")
LOCAL, UTC = pa.timestamp("us"), pa.timestamp("us", "UTC")


def test_flights_have_the_columns_of_the_contract_in_its_order():
    end = ("airport", "timezone", "iata", "icao", "terminal", "gate")
    assert arrow_schema(FLIGHTS).names == [
        *("flight_key", "flight_leg_id", "flight_date", "flight_status"),
        *(f"departure_{name}" for name in (*end, "delay")),
        *(f"arrival_{name}" for name in (*end, "baggage", "delay")),
        *(f"{end}_{clock}_{time}" for time in ("local", "utc") for end in ("departure", "arrival") for clock in CLOCKS),
        *(f"airline_{name}" for name in ("name", "iata", "icao")),
        *(f"flight_{name}" for name in ("number", "iata", "icao")),
        *(f"codeshared_{name}" for name in ("airline_name", "airline_iata", "airline_icao")),
        *(f"codeshared_{name}" for name in ("flight_number", "flight_iata", "flight_icao")),
        *(f"aircraft_{name}" for name in ("registration", "iata", "icao", "icao24")),
        *(f"live_{name}" for name in ("updated_utc", "latitude", "longitude", "altitude", "direction")),
        *(f"live_{name}" for name in ("speed_horizontal", "speed_vertical", "is_ground")),
        *("_extracted_at", "_run_id", "_slice", "_unmapped"),
    ]


def test_a_clock_is_two_columns_one_without_a_zone_and_one_in_utc():
    schema = arrow_schema(FLIGHTS)
    assert {schema.field(name).type for name in schema.names if name.endswith("_local")} == {LOCAL}
    assert {schema.field(name).type for name in schema.names if name.endswith("_utc")} == {UTC}


@pytest.mark.parametrize("endpoint", ENDPOINTS.values(), ids=ENDPOINTS)
def test_every_endpoint_begins_with_its_key_and_its_date_and_ends_with_the_extraction(endpoint):
    names = arrow_schema(endpoint).names
    leg = [endpoint.leg_key.column] if endpoint.leg_key else []
    date = ["flight_date"] if endpoint.dates_flights else []
    assert names[: 1 + len(leg) + len(date)] == [endpoint.key.column, *leg, *date]
    assert names[-4:] == ["_extracted_at", "_run_id", "_slice", "_unmapped"]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("endpoint", ENDPOINTS.values(), ids=ENDPOINTS)
def test_every_declared_field_has_its_column(endpoint):
    names = set(arrow_schema(endpoint).names)
    for field in endpoint.fields:
        wanted = {f"{field.column}_local", f"{field.column}_utc"} if field.kind is Kind.CLOCK else {field.column}
        assert wanted <= names
