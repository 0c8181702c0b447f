"""Rows outside the query disprove a run's coverage: it is not complete, and it removes nothing."""

from __future__ import annotations

import pytest

from aviastack.pipeline.run import Pipeline
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
        {"flight_date": DAY, "min_delay_dep": 5},
        {"flight_date": DAY},
    ],
)
def test_rows_that_match_leave_the_run_complete(staged: Staged, query: dict[str, object]) -> None:
    assert staged(flights(3), query).complete
