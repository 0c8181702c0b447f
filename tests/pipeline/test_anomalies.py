from __future__ import annotations

import logging
from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest

from aviastack.errors import AuditFailed
from aviastack.manifest import Manifest, Predicate, new_run_id
from aviastack.pipeline.anomalies import anomalies_of, check_anomalies
from aviastack.slices import Slice
from aviastack.staging import manifest_log
from aviastack.staging.open_store import open_store
from aviastack.staging.store import Store

DAY = date(2026, 11, 14)


def manifest_of(day: date, *, rows: int, nulls: dict[str, int] | None = None, after: int = 3) -> Manifest:
    as_of = datetime(day.year, day.month, day.day, 6, tzinfo=UTC) + timedelta(days=after)
    slice_ = Slice.of("flights", {"flight_date": day, "airline_iata": "AA"})
    return Manifest(
        run_id=new_run_id(as_of), endpoint="flights", slice=slice_.name, predicate=Predicate({}, None), as_of=as_of,
        started_at=as_of, finished_at=as_of, complete=True, proof="", total=rows, pages=1, calls=1, rows=rows,
        quarantined=0, repeated=0, warnings={}, unmapped={}, nulls=nulls or {}, staged=[], quarantine=[], journal="",
    )  # fmt: skip


@pytest.fixture
def store() -> Store:
    """Four weeks of the same weekday, 2,000 rows each, a tenth of the gates null."""
    store = open_store("staging")
    for weeks in range(1, 5):
        manifest_log.save(store, manifest_of(DAY - timedelta(weeks=weeks), rows=2_000, nulls={"departure_gate": 200}))
    return store


def test_a_usual_day_is_not_remarked_on(store: Store) -> None:
    assert anomalies_of(store, manifest_of(DAY, rows=1_900, nulls={"departure_gate": 250})) == []


def test_half_a_day_is(store: Store) -> None:
    assert anomalies_of(store, manifest_of(DAY, rows=900, nulls={"departure_gate": 90})) == [
        "900 rows, but the same weekday of the 4 weeks before had 2,000"
    ]


def test_a_column_that_is_no_longer_filled_is(store: Store) -> None:
    found = anomalies_of(
        store, manifest_of(DAY, rows=2_000, nulls={"departure_gate": 200, "arrival_actual_utc": 1_990})
    )
    assert found == ["arrival_actual_utc is null in 100% of the rows instead of the usual 0%"]


def test_a_day_is_held_against_days_seen_as_late(store: Store) -> None:
    assert anomalies_of(store, manifest_of(DAY, rows=100, after=1)) == []


def test_one_week_is_too_little_to_go_by() -> None:
    store = open_store("other")
    manifest_log.save(store, manifest_of(DAY - timedelta(weeks=1), rows=2_000))
    assert anomalies_of(store, manifest_of(DAY, rows=10)) == []


def test_policy_decides_whether_it_warns_or_stops(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    half = manifest_of(DAY, rows=900, nulls={"departure_gate": 90})
    check_anomalies(store, half, "off")
    assert caplog.text == ""
    with caplog.at_level(logging.WARNING):
        check_anomalies(store, half, "warn")
    assert "is unlike the trailing weeks: 900 rows" in caplog.text
    with pytest.raises(AuditFailed, match=r"unlike the trailing weeks.*AVIASTACK_VOLUME_POLICY=warn"):
        check_anomalies(store, half, "stop")


def test_a_stopped_load_loads_nothing(simulated, cli, query, monkeypatch: pytest.MonkeyPatch) -> None:
    day = datetime.now(UTC).date() - timedelta(days=4)
    with simulated(flights_per_day=2_000):
        staged = cli("extract", "flights", "--date", day.isoformat(), "--json")
        store = open_store("data/staging")
        found = manifest_log.read(store, staged.slice["manifest"])
        for weeks in (1, 2, 3):
            as_of = found.as_of - timedelta(weeks=weeks)
            then = Slice.of("flights", {"flight_date": day - timedelta(weeks=weeks)}).name
            many = msgspec.structs.replace(
                found, slice=then, rows=5 * found.rows, as_of=as_of, run_id=new_run_id(as_of)
            )
            manifest_log.save(store, many)
        monkeypatch.setenv("AVIASTACK_VOLUME_POLICY", "stop")
        answer = cli("run", "flights", "--date", day.isoformat(), "--json")
        assert (answer.code, answer.object["error"]["type"]) == (3, "AuditFailed")
        monkeypatch.setenv("AVIASTACK_VOLUME_POLICY", "warn")
        assert cli("run", "flights", "--date", day.isoformat(), "--json").code == 0
    assert query("select count(*) from aviationstack._loads") == [(1,)]
