"""The check after a load, on a slice that was really loaded, and on the same told otherwise."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import duckdb
import msgspec
import pytest

from aviastack.airflow import steps
from aviastack.airflow.audit import check_quality
from aviastack.airflow.connections import Connections
from aviastack.errors import AuditFailed
from aviastack.staging import manifest_log
from aviastack.staging.open_store import open_store

DAY = "2026-03-02.airline_iata=AA"


@pytest.fixture
def loaded(simulated):
    """Land a slice; return its manifest and the settings."""
    with simulated():
        run_id = asyncio.run(steps.extract("flights", DAY))
        path = steps.load(steps.stage("flights", DAY, run_id))["manifest"]
        settings = Connections().settings()
        yield manifest_log.read(open_store(settings.staging), path), settings


def test_a_slice_that_is_whole_and_held_passes_without_a_word(loaded):
    manifest, settings = loaded
    assert check_quality(manifest, settings) == []


def test_a_settled_day_that_is_incomplete_fails_with_its_proof(loaded):
    manifest, settings = loaded
    with pytest.raises(AuditFailed, match="it is incomplete \\(offset 300 never came\\)"):
        check_quality(msgspec.structs.replace(manifest, complete=False, proof="offset 300 never came"), settings)


def test_a_day_that_still_moved_may_be_incomplete_for_it_is_fetched_again(loaded):
    manifest, settings = loaded
    moving = msgspec.structs.replace(
        manifest, complete=False, proof="seam 3 is broken", started_at=datetime(2026, 3, 3, tzinfo=UTC)
    )
    assert check_quality(moving, settings) == ["it is incomplete (seam 3 is broken)"]


def test_a_day_that_came_empty_fails_even_while_it_moves(loaded):
    manifest, settings = loaded
    empty = msgspec.structs.replace(manifest, rows=0, complete=False, started_at=datetime(2026, 3, 3, tzinfo=UTC))
    with pytest.raises(AuditFailed, match="it is empty"):
        check_quality(empty, settings)


def test_too_many_records_in_quarantine_fail(loaded):
    manifest, settings = loaded
    check_quality(msgspec.structs.replace(manifest, quarantined=manifest.rows // 200), settings)
    with pytest.raises(AuditFailed, match="records are quarantined"):
        check_quality(msgspec.structs.replace(manifest, quarantined=manifest.rows // 10), settings)


def test_an_oddity_in_too_many_rows_fails_by_its_name(loaded):
    manifest, settings = loaded
    check_quality(
        msgspec.structs.replace(manifest, warnings={"arrival before departure": manifest.rows // 50}), settings
    )
    with pytest.raises(AuditFailed, match="break 'arrival before departure'"):
        check_quality(
            msgspec.structs.replace(manifest, warnings={"arrival before departure": manifest.rows // 10}), settings
        )


def test_rows_left_over_from_an_earlier_run_fail(loaded):
    manifest, settings = loaded
    with duckdb.connect(settings.warehouse.removeprefix("duckdb:///")) as connection:
        connection.execute(
            "UPDATE aviationstack.flights SET _run_id = 'earlier', _extracted_at = ? "
            "WHERE flight_key = (SELECT min(flight_key) FROM aviationstack.flights)",
            [manifest.as_of.replace(tzinfo=None) - timedelta(days=1)],
        )
    with pytest.raises(AuditFailed, match="1 rows that the API no longer lists are not marked as removed"):
        check_quality(manifest, settings)


def test_a_run_that_a_newer_one_replaced_passes(loaded, simulated):
    manifest, settings = loaded
    run_id = asyncio.run(steps.extract("flights", DAY))
    steps.load(steps.stage("flights", DAY, run_id))
    assert check_quality(manifest, settings) == []
