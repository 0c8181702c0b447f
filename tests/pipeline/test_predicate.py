"""Rows outside the query disprove a run's coverage: it is not complete, and it removes nothing."""

from __future__ import annotations

import pyarrow as pa
import pytest

from aviastack.endpoints import ANY_TEXT, ENDPOINTS
from aviastack.pipeline.run import Pipeline
from aviastack.records.applied_filters import outside
from aviastack.records.schema import arrow_schema
from aviastack.slices import Slice
from tests.pipeline.conftest import DAY, Staged, flights

AA = {"airline__iata": "AA", "airline__icao": "AAL"}


def test_another_airlines_rows_remove_nothing(pipeline: Pipeline, staged: Staged) -> None:
    query = {"flight_date": DAY, "airline_iata": "AA"}
    assert pipeline.load(staged(flights(30, **AA), query)).inserted == 30
    ignored = staged(flights(20), query, hours=1)
    assert not ignored.complete
    assert "20 of 20 rows do not match the query (flight_date=2026-10-01, airline_iata=AA)" in ignored.proof
    assert [file.path.partition("/")[0] for file in ignored.staged] == ["partial"]
    loaded = pipeline.load(ignored)
    assert (loaded.inserted, loaded.removed) == (20, 0)


def test_one_row_outside_is_enough(staged: Staged) -> None:
    mixed = [*flights(30, **AA), *flights(1)]
    manifest = staged(mixed, {"flight_date": DAY, "airline_iata": "AA"})
    assert not manifest.complete
    assert "1 of 31 rows" in manifest.proof


@pytest.mark.parametrize(
    ("query", "records"),
    [
        ({"flight_date": DAY, "dep_iata": "SEA"}, flights(3)),
        ({"flight_date": DAY, "arr_icao": "KSEA"}, flights(3)),
        ({"flight_date": DAY, "flight_number": "7"}, flights(3)),
        ({"flight_date": DAY, "flight_iata": "DL7"}, flights(3)),
        ({"flight_date": "2026-10-02"}, flights(3)),
        ({"flight_date": DAY, "flight_status": "cancelled"}, flights(3)),
        ({"flight_status": "cancelled"}, flights(3)),
        ({"flight_date": DAY, "dep_iata": "SFO"}, flights(3, departure__iata=None)),
        ({"flight_date": DAY, "flight_status": "landed"}, flights(3, flight_status=None)),
        ({"flight_date": DAY, "min_delay_dep": 30}, flights(3, departure__delay=29)),
        ({"flight_date": DAY, "max_delay_arr": 30}, flights(3, arrival__delay=31)),
        ({"dep_scheduled_time_dep": "2026-10-04"}, flights(3, departure__scheduled=f"{DAY}T23:59:00+00:00")),
    ],
)
def test_every_filter_is_checked(
    pipeline: Pipeline, staged: Staged, query: dict[str, object], records: list[dict[str, object]]
) -> None:
    manifest = staged(records, query)
    assert not manifest.complete
    assert "3 of 3 rows do not match the query" in manifest.proof
    assert pipeline.load(manifest).inserted == 3, "the rows are valid, and are loaded"


@pytest.mark.parametrize(
    "query",
    [
        {"flight_date": DAY, "dep_iata": "sfo", "arr_icao": "KJFK", "airline_icao": "DAL"},
        {"flight_date": DAY, "flight_status": "landed"},
        {"flight_date": DAY, "airline_name": "delta"},
        {"flight_date": DAY, "airline_name": "DELTA AIRLINES, Inc."},
        {"flight_date": DAY, "airline_name": "..."},
        {"flight_date": DAY, "min_delay_dep": 5},
        {"flight_date": DAY, "max_delay_dep": 5, "max_delay_arr": -10},
        {"dep_scheduled_time_dep": flights(1)[0]["departure"]["scheduled"][:10]},
        {"flight_date": DAY},
    ],
)
def test_rows_that_match_leave_the_run_complete(staged: Staged, query: dict[str, object]) -> None:
    assert staged(flights(3), query).complete


@pytest.mark.parametrize(
    ("value", "min_delay", "complete"), [(30, 30, True), (None, 30, True), (45, 30, True), (29, 30, False)]
)
def test_a_delay_that_the_filter_excludes_disproves_it_and_an_unknown_one_does_not(
    staged: Staged, value: int | None, min_delay: int, complete: bool
) -> None:
    records = flights(1, departure__delay=value)
    assert staged(records, {"flight_date": DAY, "min_delay_dep": min_delay}).complete is complete


def test_a_text_filter_is_disproved_only_by_most_rows_and_the_others_are_counted(staged: Staged) -> None:
    query = {"flight_date": DAY, "airline_name": "United Airlines"}
    united, other = flights(2, airline__name="UNITED"), flights(5, airline__name="Delta")
    some = staged([*united, other[-1]], query)
    assert (some.complete, some.warnings["row without a word of a text filter"]) == (True, 1)
    most = staged([*united, *other[2:]], query, hours=1)
    assert not most.complete
    assert "3 of 5 rows have no word of the query (flight_date=2026-10-01, airline_name=United Airlines)" in most.proof


def test_a_search_is_shown_by_any_text_of_a_row() -> None:
    slice_ = Slice.of("airports", {"search": "francisco"})
    table = arrow_schema(slice_.endpoint).empty_table()
    rows = pa.Table.from_pylist(
        [{"airport_name": "San Francisco", "iata_code": "SFO"}, {"airport_name": "Oakland", "iata_code": "OAK"}, {}],
        schema=table.schema,
    )
    assert outside(slice_, rows) == {"row without a word of a text filter": 2}
    assert outside(slice_, table) == {}


def test_the_proof_names_the_filters_that_no_row_shows() -> None:
    board = {"iataCode": "SFO", "type": "arrival", "lang": "en", "status": "landed", "dep_terminal": "2"}
    assert Slice.of("timetable", board).unshown == ["dep_terminal"]
    for endpoint in ENDPOINTS.values():
        shown_in = {each.shown_in for each in endpoint.parameters} - {None, ANY_TEXT}
        assert shown_in <= set(arrow_schema(endpoint).names)
