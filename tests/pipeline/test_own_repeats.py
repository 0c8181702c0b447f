"""A list in which the source itself has a row twice is complete; one whose row changed meanwhile is not."""

from __future__ import annotations

from aviastack.pipeline.run import Pipeline
from tests.pipeline.conftest import DAY, Staged, flights


def test_a_row_that_the_list_has_twice_leaves_the_run_complete_and_is_named_in_the_proof(staged: Staged) -> None:
    records = flights(150)
    manifest = staged([*records, records[40]], {"flight_date": DAY})
    assert manifest.complete
    assert (manifest.rows, manifest.total, manifest.repeated) == (150, 151, 1)
    assert "has 1 of them twice, byte for byte" in manifest.proof


def test_a_row_that_comes_again_with_other_content_leaves_the_run_incomplete(staged: Staged) -> None:
    records = flights(150)
    manifest = staged([*records, records[40] | {"flight_status": "active"}], {"flight_date": DAY})
    assert not manifest.complete
    assert "150 records of different keys came, and the total is 151" in manifest.proof


def test_a_live_list_that_has_a_row_twice_with_other_content_is_incomplete(staged: Staged) -> None:
    records = flights(40)
    assert staged([*records, records[7]], {"dep_iata": "SFO"}, settled=False).complete
    changed = records[7] | {"flight_status": "active"}
    manifest = staged([*records, changed], {"dep_iata": "SFO"}, hours=1, settled=False)
    assert not manifest.complete
    assert "keys that a page has twice, with different values: 1" in manifest.proof


def test_two_flights_of_one_number_are_numbered_across_a_run(staged: Staged, pipeline: Pipeline) -> None:
    morning, evening = (
        flights(1, departure__scheduled=f"{DAY}T{hour}:00:00+00:00", departure__actual=f"{DAY}T{hour}:20:00+00:00")
        for hour in ("06", "18")
    )
    assert pipeline.load(staged([*evening, *morning], {"flight_date": DAY})).inserted == 2
    manifest = staged(evening, {"flight_date": DAY, "flight_status": "landed"}, hours=1)
    assert pipeline.load(manifest).updated == 0, "a run that has the second flight alone renames nothing"
