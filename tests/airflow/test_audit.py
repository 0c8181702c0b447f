"""The check after a load, on a slice that was really loaded and on altered manifests of it."""

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


def landed(name, endpoint="flights"):
    """Extract, stage and load a slice; return its manifest."""
    run_id = asyncio.run(steps.extract(endpoint, name))
    path = steps.load(steps.stage(endpoint, name, run_id))["manifest"]
    return manifest_log.read(open_store(Connections().settings().staging), path)


@pytest.fixture
def loaded(simulated):
    """Land a slice; return its manifest and the settings."""
    with simulated():
        yield landed(DAY), Connections().settings()


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
    [warning] = check_quality(moving, settings)
    assert warning == (
        "it is incomplete (seam 3 is broken). The run that fetches this date after it has settled decides"
    )


def test_an_airline_without_flights_passes_with_a_warning_once_another_slice_had_rows(simulated):
    with simulated():
        silent = landed("2026-03-02.airline_iata=F9")
        assert (silent.rows, silent.complete) == (0, False)
        with pytest.raises(AuditFailed, match="empty, and no other slice had rows on that day: an outage of the API"):
            check_quality(silent, Connections().settings())
        landed(DAY)
        [warning] = check_quality(silent, Connections().settings())
    assert warning.startswith("it is empty: the API lists no flights, and other slices had rows")


def test_an_empty_date_of_an_airline_that_flies_every_day_fails(simulated):
    with simulated(faults="empty@0=1"):
        empty = landed("2026-03-03.airline_iata=AA")
        landed(DAY)
        landed("2026-03-02.airline_iata=DL")
        with pytest.raises(AuditFailed, match="empty, but airline_iata=AA has rows on each of 1 other dates within 14"):
            check_quality(empty, Connections().settings())


def test_an_empty_reference_table_fails(simulated):
    with simulated(faults="empty@0=1"):
        empty = landed("all", "taxes")
        landed(DAY)
        with pytest.raises(AuditFailed, match="it is empty, which the API also returned during outages"):
            check_quality(empty, Connections().settings())


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
    with pytest.raises(AuditFailed, match=r"not marked as removed, though the API no longer lists them: 1 row\b"):
        check_quality(manifest, settings)


def test_a_run_that_a_newer_one_replaced_passes(loaded, simulated):
    manifest, settings = loaded
    run_id = asyncio.run(steps.extract("flights", DAY))
    steps.load(steps.stage("flights", DAY, run_id))
    assert check_quality(manifest, settings) == []
