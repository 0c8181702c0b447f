"""What a manifest counts: nulls of every column, and unknown fields without end."""

from __future__ import annotations

import json
from pathlib import Path

from aviastack.endpoints import FLIGHTS
from aviastack.pipeline.resume import is_final
from aviastack.pipeline.run import Pipeline
from aviastack.pipeline.stage import MAX_UNMAPPED, OTHER_FIELDS
from aviastack.records.schema import arrow_schema
from aviastack.slices import Slice
from tests.pipeline.conftest import DAY, Staged, flights

QUERY: dict[str, object] = {"flight_date": DAY}


def test_a_column_without_nulls_is_counted_too(staged: Staged) -> None:
    nulls = staged(flights(3), QUERY).nulls
    assert set(nulls) == set(arrow_schema(FLIGHTS).names)
    assert (nulls["flight_status"], nulls["departure_gate"]) == (0, 3)


def test_the_names_of_unknown_fields_are_bounded(pipeline: Pipeline, staged: Staged) -> None:
    records = flights(300)
    for n, record in enumerate(records):
        record["x" * 5_000 + str(n)] = 1
        record[f"field_{n}"] = 1
    manifest = staged(records, QUERY)
    assert len(manifest.unmapped) <= MAX_UNMAPPED + 1
    assert sum(manifest.unmapped.values()) == 600
    assert manifest.unmapped[OTHER_FIELDS] > 0
    assert len(manifest.to_json()) < 40_000
    assert pipeline.load(manifest).inserted == 300


def test_a_run_that_quarantined_too_much_is_not_final(staged: Staged) -> None:
    good = staged(flights(300), QUERY)
    untyped = [{**record, "flight_date": f"day {n}"} for n, record in enumerate(flights(5))]
    bad = staged([*flights(295), *untyped], QUERY, hours=1)
    assert is_final(Slice.of("flights", QUERY), good)
    assert (bad.complete, bad.quarantined) == (True, 5)
    assert not is_final(Slice.of("flights", QUERY), bad)


def test_a_manifest_names_its_source_and_its_time_zone_data(simulated, cli) -> None:
    with simulated(flights_per_day=2_000):
        answer = cli("extract", "countries", "--json")
    manifest = json.loads(Path("data/staging", answer.slice["manifest"]).read_text())
    assert manifest["source"] == "simulated"
    assert manifest["timezone_data"].startswith("20")
    assert manifest["clock_skew_pages"] == 0
    assert len(manifest["staged"][0]["sha256"]) == 64
    assert manifest["staged"][0]["crc32c"]
