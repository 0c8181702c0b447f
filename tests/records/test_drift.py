"""Fields that come and go: what the declaration doesn't know is kept, what it misses is counted."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from aviastack.records.decode import decode
from tests.support.sample_records import LIVE, body_of, decoded, flight, page_of, slice_of


def test_an_unknown_field_is_kept_as_json_and_counted_by_its_path():
    new = flight({"departure.pier": {"name": "B", "open": True}, "co2": 12.5})
    batch = decoded(flight(), new, new)
    assert batch.unmapped == {"departure.pier": 2, "co2": 2}
    unmapped = batch.table["_unmapped"].to_pylist()
    assert unmapped[0] is None
    assert json.loads(unmapped[1]) == {"departure.pier": {"name": "B", "open": True}, "co2": 12.5}


def test_nothing_unknown_leaves_unmapped_null():
    batch = decoded(flight())
    assert batch.unmapped == {}
    assert batch.table["_unmapped"].to_pylist() == [None]


def test_a_missing_field_is_null_and_counted():
    short = flight()
    del short["departure"]["gate"], short["aircraft"]
    batch = decoded(short, flight())
    assert batch.warnings == {"missing field departure.gate": 1, "missing field aircraft": 1}
    assert batch.table["departure_gate"].to_pylist() == [None, None]
    assert batch.quarantined == []


def test_a_renamed_field_is_seen_from_both_sides():
    renamed = flight()
    renamed["departure"]["gate_no"] = renamed["departure"].pop("gate")
    batch = decoded(renamed)
    assert batch.unmapped == {"departure.gate_no": 1}
    assert batch.warnings == {"missing field departure.gate": 1}


def test_identifiers_that_change_at_every_reload_are_known_and_no_columns():
    batch = decoded(
        {"id": "586395", "tax_id": "1", "tax_name": "Government Tax", "iata_code": "AB"}, slice_=slice_of("taxes")
    )
    assert batch.unmapped == {}
    assert "id" not in batch.table.column_names


@settings(max_examples=60)
@given(
    gone=st.lists(st.sampled_from(["gate", "delay", "terminal", "airport"]), unique=True),
    rows=st.integers(1, 4),
    at=st.integers(0, 3),
)
def test_not_one_missing_field_goes_uncounted(gone: list[str], rows: int, at: int):
    records = [flight() for _ in range(rows)]
    for name in gone:
        del records[at % rows]["arrival"][name]
    batch = decode(LIVE, "run", [page_of(body_of(records))])
    assert batch.warnings == {f"missing field arrival.{name}": 1 for name in gone}
