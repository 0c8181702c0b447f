from __future__ import annotations

import subprocess
import sys

import polars as pl
import pyarrow as pa
import pytest

from aviastack.columns import required_columns
from aviastack.endpoints import ENDPOINTS
from aviastack.records.checks import check
from aviastack.records.pandera_models import violations
from aviastack.records.schema import arrow_schema
from tests.conftest import REPOSITORY
from tests.support.sample_records import AIRBORNE, LIVE, decoded, flight, slice_of


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"arrival.scheduled": "2024-04-16T20:00:00+00:00"}, "arrival before departure"),
        ({"arrival.scheduled": "2024-04-16T22:12:00+00:00"}, "duration under 15 minutes or over 19 hours"),
        ({"arrival.scheduled": "2024-04-17T18:00:00+00:00"}, "duration under 15 minutes or over 19 hours"),
        ({"arrival.delay": 1440}, "arrival_delay not in 0..1439"),
        ({"departure.delay": -5}, "departure_delay not in 0..1439"),
        ({"flight_status": "levitating"}, "unknown flight_status"),
        ({"live": AIRBORNE | {"latitude": 90.5}}, "live_latitude not in -90..90"),
        ({"live": AIRBORNE | {"longitude": -181}}, "live_longitude not in -180..180"),
        ({"arrival.iata": "JF"}, "arrival_iata not of 3 characters"),
        ({"flight_date": "2024-04-15"}, "flight_date is not the date of departure"),
    ],
)
def test_an_implausible_row_is_loaded_and_counted_by_its_rule(changes, rule):
    checked = check(LIVE, decoded(flight(), flight(changes)).table)
    assert checked.warnings == {rule: 1}
    assert checked.table.num_rows == 2
    assert checked.quarantined == []


@pytest.mark.parametrize(
    "changes",
    [
        {"arrival.scheduled": "2024-04-16T22:15:00+00:00"},  # 15 minutes after the departure
        {"arrival.scheduled": "2024-04-17T17:00:00+00:00"},  # 19 hours
        {"arrival.delay": 1439, "departure.delay": 0},
        {"live": AIRBORNE | {"latitude": 90, "longitude": -180, "direction": 360, "altitude": -500}},
        {"departure.scheduled": "2024-04-16T00:00:00+00:00", "arrival.scheduled": None},
        {"departure.scheduled": "2024-04-16T23:59:59+00:00"},
    ],
)
def test_a_value_at_the_bound_of_a_rule_is_plausible(changes):
    assert check(LIVE, decoded(flight(changes)).table).warnings == {}


def test_nulls_are_not_implausible():
    bare = flight({"flight_status": None, "arrival.scheduled": None, "departure.scheduled": None, "arrival.iata": None})
    assert check(LIVE, decoded(bare).table).warnings == {}


def test_a_row_outside_its_slice_is_counted():
    asked = slice_of("flights", flight_date="2024-04-16", airline_iata="DL", flight_number="1004")
    rows = decoded(flight(), flight({"airline.iata": "AA"}), flight({"flight.number": None}), slice_=asked).table
    assert check(asked, rows).warnings == {"row outside its slice": 2}


def test_an_answer_without_rows_is_checked_like_any_other():
    requested = slice_of("flights", flight_date="2024-04-16", airline_iata="DL")
    checked = check(requested, decoded(slice_=requested).table)
    assert (len(checked.table), checked.warnings, checked.quarantined) == (0, {}, [])


def test_a_row_without_its_key_is_quarantined_with_panderas_reason():
    table = decoded(flight(), flight({"flight.number": "7"})).table
    broken = table.set_column(0, "flight_key", pa.array([None, "kept"], pa.string()))
    checked = check(LIVE, broken)
    assert checked.table["flight_key"].to_pylist() == ["kept"]
    (quarantined,) = checked.quarantined
    assert quarantined.reasons == ("flight_key: not_nullable",)
    assert b'"flight_number":"1004"' in quarantined.raw


def test_a_table_with_other_columns_is_an_error():
    with pytest.raises(TypeError, match="flights must have the columns of arrow_schema"):
        check(LIVE, decoded(flight()).table.drop_columns(["flight_date"]))


@pytest.mark.parametrize("endpoint", ENDPOINTS.values(), ids=ENDPOINTS)
def test_every_endpoint_has_a_contract_that_forbids_nulls_in_its_required_columns(endpoint):
    names = list(required_columns(endpoint))
    empty = pl.DataFrame(pl.from_arrow(arrow_schema(endpoint).empty_table().select(names)))
    assert violations(endpoint, empty) == {}
    nulls = pl.DataFrame({name: [None] for name in names}, schema=empty.schema)
    assert violations(endpoint, nulls) == {0: [f"{name}: not_nullable" for name in names]}


def test_polars_and_pandera_are_imported_only_for_a_table_that_breaks_the_contract():
    code = "import sys; from tests.support.sample_records import LIVE, decoded, flight; "
    code += "from aviastack.records.checks import check, prepare; prepare(); check(LIVE, decoded(flight()).table); "
    code += "print({'polars', 'pandera'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True, cwd=REPOSITORY)
    assert done.stdout.strip() == "set()"
