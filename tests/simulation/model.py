"""A model of the warehouse: the rules of a load in plain Python, for the thousands of seeds.

One seed in fifty runs on DuckDB instead, which also checks the model.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pyarrow.parquet as pq
import pytest

from aviastack.errors import AuditFailed, WarehouseUnavailable
from aviastack.manifest import Manifest
from aviastack.warehouse.loading import Loaded, Loader
from tests.simulation.storage import Trouble

COLUMN = {"flight_date": "flight_date", "airline_iata": "airline_iata"}


@dataclass
class Held:
    """A row as the warehouse has it: its content, the time of its newest sighting, and whether it is removed."""

    content: dict[str, Any]
    seen: datetime
    removed: bool = False


@dataclass
class ModelWarehouse:
    """Tables as dictionaries. ``loads`` maps a run's id to its manifest."""

    trouble: Trouble
    rows: dict[str, Held] = field(default_factory=dict)
    loads: dict[str, Manifest] = field(default_factory=dict)
    exclusive = True

    def __enter__(self) -> ModelWarehouse:
        self.trouble.strike(WarehouseUnavailable("simulated: the warehouse does not answer"))
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is to be closed."""

    def load(self, manifest: Manifest, addresses: Sequence[str]) -> Loaded:
        """Load as :func:`aviastack.warehouse.loading.load` does: audit, then everything or nothing."""
        staged = [row for address in addresses for row in pq.read_table(address).to_pylist()]
        if any(row["_run_id"] != manifest.run_id for row in staged):
            return Loaded(0, 0, 0, superseded=True)
        if len(staged) != manifest.rows or len({row["flight_key"] for row in staged}) != len(staged):
            raise AuditFailed(f"{len(staged)} rows were staged, and the manifest has {manifest.rows}")
        self.trouble.strike(WarehouseUnavailable("simulated: the session was lost before COMMIT"))
        counts = self._commit(manifest, staged)
        self.trouble.strike(WarehouseUnavailable("simulated: the session was lost after COMMIT"))
        return counts

    def _commit(self, manifest: Manifest, staged: list[dict[str, Any]]) -> Loaded:
        if manifest.run_id in self.loads:
            return Loaded(0, 0, 0)
        self.loads[manifest.run_id] = manifest
        inserted = updated = removed = 0
        for row in staged:
            key, seen = row["flight_key"], row["_extracted_at"].astimezone(UTC)
            held = self.rows.get(key)
            if held is None:
                self.rows[key] = Held(row, seen)
                inserted += 1
            elif seen >= held.seen:
                updated += _content(held.content) != _content(row) or held.removed
                self.rows[key] = Held(row, seen)
        if manifest.complete and manifest.rows and not manifest.quarantined and manifest.predicate.covers:
            keys = {row["flight_key"] for row in staged}
            for key, held in self.rows.items():
                covered = all(str(held.content[name]) == value for name, value in manifest.predicate.covers.items())
                if covered and key not in keys and not held.removed and held.seen <= manifest.as_of:
                    held.removed = True
                    removed += 1
        return Loaded(inserted, updated, removed)


def _content(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if not name.startswith("_")}


@contextmanager
def model_in_place(model: ModelWarehouse, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the pipeline load into the model."""

    def load(loader: Loader, manifest: Manifest, addresses: Sequence[str]) -> Loaded:
        return model.load(manifest, addresses)

    monkeypatch.setattr("aviastack.warehouse.open_warehouse.open_warehouse", lambda *_, **__: model)
    monkeypatch.setattr(Loader, "load", load)
    monkeypatch.setattr("aviastack.warehouse.loads.loaded_runs", lambda *_: set(model.loads))
    yield
