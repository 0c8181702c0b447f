"""Stores of both kinds, pages, and a run to stage."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from aviastack.manifest import Coverage, Manifest, Predicate, new_run_id
from aviastack.page import Page, Pagination
from aviastack.slices import Slice
from aviastack.staging.open_store import open_store
from aviastack.staging.store import Store
from tests.support.gcs_emulator import GcsEmulator

NOW = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Store:
    return open_store(str(tmp_path / "staging"))


@pytest.fixture
def gcs(monkeypatch: pytest.MonkeyPatch) -> Iterator[GcsEmulator]:
    with GcsEmulator("lake") as emulator:
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", emulator.url)
        yield emulator


@pytest.fixture
def bucket(gcs: GcsEmulator, hearts: None) -> Store:
    return open_store("gs://lake/staging")


@pytest.fixture
def hearts(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Stop the heartbeats of holders that a test left as dead: later they would go to Google, not to the emulator."""
    from aviastack.staging.bucket import Heartbeat

    beating: list[Heartbeat] = []
    begin = Heartbeat.__init__

    def recorded(self: Heartbeat, *arguments: Any) -> None:
        beating.append(self)
        begin(self, *arguments)

    monkeypatch.setattr(Heartbeat, "__init__", recorded)
    yield
    for heart in beating:
        heart._released.set()


@pytest.fixture(params=["folder", pytest.param("bucket", marks=pytest.mark.emulators)])
def store(request: pytest.FixtureRequest) -> Store:
    return request.getfixturevalue(request.param)


@pytest.fixture
def slice_() -> Slice:
    return Slice.of("flights", {"flight_date": "2026-11-20", "airline_iata": "AA"})


@pytest.fixture
def run_id() -> str:
    return new_run_id(NOW)


def a_run(hours: float = 0, *, days: float = 0) -> str:
    """Return the id of a run begun so long after ``NOW``."""
    return new_run_id(NOW + timedelta(days=days, hours=hours))


def a_page(number: int, *, rows: int = 100, packed: bytes | None = None, body: bytes | None = None) -> Page:
    body = body if body is not None else b'{"data": [%d]}' % number
    pagination = Pagination(limit=rows, offset=number * rows, count=rows, total=10_000)
    return Page(number * rows, rows, body, pagination, NOW + timedelta(seconds=number), number, packed)


def a_coverage(proof: str = "settled") -> Coverage:
    return Coverage(proven=True, proof=proof, settled=True, total=100, pages=1, calls=1, as_of=NOW, rows_expected=100)


def a_manifest(slice_: Slice, run_id: str, *, complete: bool = True) -> Manifest:
    return Manifest(
        run_id=run_id,
        endpoint=slice_.endpoint.name,
        slice=slice_.name,
        predicate=Predicate(dict(slice_.query), slice_.covers),
        as_of=NOW,
        started_at=NOW,
        finished_at=NOW,
        complete=complete,
        proof="settled",
        total=0,
        pages=0,
        calls=0,
        rows=0,
        quarantined=0,
        repeated=0,
        warnings={},
        unmapped={},
        nulls={},
        staged=[],
        quarantine=[],
        journal=f"journal/{slice_.endpoint.table}/{slice_.name}/{run_id}",
    )
