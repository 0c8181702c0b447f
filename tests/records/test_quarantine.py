from __future__ import annotations

import json

from aviastack.records.decode import decode
from aviastack.records.quarantine import quarantine_table
from tests.support.sample_records import ARRIVED, LIVE, body_of, decoded, flight, page_of


def test_a_refused_record_is_kept_whole_with_its_reasons_and_where_it_stood():
    bad = flight({"departure.delay": "late", "arrival.gate": {}})
    page = page_of(body_of([flight(), bad]), number=3)
    (kept,) = quarantine_table(LIVE, "run", decode(LIVE, "run", [page]).quarantined).to_pylist()
    assert json.loads(kept.pop("record")) == bad
    assert len(kept.pop("reasons")) == 2
    assert kept == {
        "endpoint": "flights",
        "page_offset": 300,
        "position": 1,
        "_extracted_at": ARRIVED,
        "_run_id": "run",
        "_slice": "live",
    }


def test_bytes_that_are_no_text_are_kept_escaped():
    batch = decode(LIVE, "run", [page_of(b'\xff"')])
    assert quarantine_table(LIVE, "run", batch.quarantined)["record"].to_pylist() == ['\\xff"']


def test_nothing_refused_is_an_empty_table_of_the_same_columns():
    empty = quarantine_table(LIVE, "run", [])
    assert empty.num_rows == 0
    assert empty.schema == quarantine_table(LIVE, "run", decoded(b"1").quarantined).schema
