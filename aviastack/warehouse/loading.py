"""A load: audits the files named in a manifest and merges them into the warehouse, all of them or none.

::

    own table <- COPY of the named files     no other session sees it
    audit                                    counts, keys, dates; a superseded object ends the load here
    BEGIN
      _loads <- MERGE on run_id              first: loads queue here, and each sees all earlier ones
      times corrected                        what a wrong clock dated later than now, or out of the order of runs
      target <- removals                     only by a complete run of a dated slice: rows it covers but lacks
      own table -> yields                    drops the rows that a newer complete load covers
      target <- MERGE                        changes, sightings, new rows; never over a newer sighting
    COMMIT
    own table dropped                        a crash leaves at most this table, which is dropped a day later

Loads may run in any order and be repeated; the rows end the same. Each row is its newest sighting, removed if a newer
complete load covers it but lacks it. Newer means by (time, run id): a row's time is the arrival of its page, a load's
time that of its first page; no time makes a run newer than a later run of its slice. One assumption: rows with the same
key have the same values in the columns that slices filter by, because the key is made of them.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec
import stamina

from aviastack.columns import Column, staged_columns
from aviastack.endpoints import ENDPOINTS, Endpoint
from aviastack.errors import LockRefused
from aviastack.manifest import Manifest
from aviastack.warehouse.audit import Audit, audited
from aviastack.warehouse.evolution import Policy, prepare
from aviastack.warehouse.protocol import Source, Warehouse
from aviastack.warehouse.script import Script
from aviastack.warehouse.tables import LOADS
from aviastack.warehouse.transaction import transaction, undo_with
from aviastack.warehouse.wrong_clocks import COLUMN_RESOLUTION, DATE_RESOLUTION, MAX_SKEW, corrected

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Loaded:
    """The rows that a load changed. ``updated`` counts changes of content; a superseded load changes nothing."""

    inserted: int
    updated: int
    removed: int
    superseded: bool = False


class Loader:
    """Loads manifests in one session of the warehouse, each in its own transaction, which a failure of one leaves open.

    Tables are prepared once per endpoint, and rows that a wrong clock dated into the future are looked for once.
    """

    def __init__(self, warehouse: Warehouse, policy: Policy = "evolve") -> None:
        self.warehouse = warehouse
        self._policy = policy
        self._prepared: dict[str, tuple[Column, ...]] = {}
        self._unfrozen: dict[str, datetime] = {}  # endpoint -> our clock when that was last done
        self.has_loaded = False

    def load(self, manifest: Manifest, addresses: Sequence[str]) -> Loaded:
        """Load the files named in the manifest; ``addresses`` has theirs, in the order of ``manifest.staged``.

        Loading a manifest again changes nothing. Raises :class:`AuditFailed`, :class:`StagingUnavailable` for a missing
        file, and :class:`WarehouseUnavailable`; the target is then unchanged.
        """
        warehouse = self.warehouse
        self.has_loaded = True
        warehouse.label(manifest.run_id, manifest.slice)
        script = self._script(ENDPOINTS[manifest.endpoint])
        with _own_table(warehouse, script):
            if manifest.staged:
                columns = [column.name for column in staged_columns(script.endpoint)]
                files = [Source(file.path, found) for file, found in zip(manifest.staged, addresses, strict=True)]
                warehouse.copy(script.staged, columns, files)
            audit = audited(warehouse, script, manifest)
            if audit.superseded:
                _log.warning(
                    "Run %s was superseded: another run replaced its staged files, so nothing is loaded.",
                    manifest.run_id,
                )
                return Loaded(0, 0, 0, superseded=True)
            return self._committed(script, manifest, audit)

    def _script(self, endpoint: Endpoint) -> Script:
        if endpoint.name not in self._prepared:
            self._prepared[endpoint.name] = prepare(self.warehouse, endpoint, self._policy)
        return Script(
            self.warehouse.dialect,
            endpoint,
            target=self.warehouse.table(endpoint.table),
            loads=self.warehouse.table(LOADS),
            staged=self.warehouse.own_table(endpoint.table),
            usable=self._prepared[endpoint.name],
        )

    def _committed(self, script: Script, manifest: Manifest, audit: Audit) -> Loaded:
        """Run the transaction, and retry it if a lock was refused: it is rolled back as a whole, so a retry is safe."""
        now = datetime.now(UTC)
        done = self._unfrozen.get(manifest.endpoint)
        unfreeze = done is None or now + MAX_SKEW < done  # our clock was wrong itself, and was set back since
        for attempt in stamina.retry_context(on=LockRefused, attempts=8, timeout=600, wait_initial=0.5, wait_max=60):
            with attempt:
                with transaction(self.warehouse):
                    loaded = _merged(self.warehouse, script, manifest, audit, unfreeze=unfreeze)
                self._unfrozen[manifest.endpoint] = now
                return loaded
        raise AssertionError("retry_context returns or raises")


def load(warehouse: Warehouse, manifest: Manifest, addresses: Sequence[str], *, policy: Policy = "evolve") -> Loaded:
    """Load one manifest as :meth:`Loader.load` does, and drop what crashed loads left."""
    loaded = Loader(warehouse, policy).load(manifest, addresses)
    warehouse.sweep()
    return loaded


def _merged(warehouse: Warehouse, script: Script, manifest: Manifest, audit: Audit, *, unfreeze: bool) -> Loaded:
    covers = _covers(manifest)
    values = _values(manifest, covers, audit)
    warehouse.run(script.register(values))
    values = corrected(warehouse, script, values, first=unfreeze)
    removed = warehouse.run(script.remove(covers, values))[0][0] if covers else 0
    yielded = script.yield_covered(values)
    if yielded is not None:
        warehouse.run(yielded)
    for statement in script.legs(values):
        warehouse.run(statement)
    inserted, updated = warehouse.merge(script, values)
    counts = {"inserted": inserted, "updated": updated, "removed": removed}
    [[recorded, *_]] = warehouse.run(script.record({**values, **counts, "changed": any(counts.values())}))
    if recorded != 1:  # another load of this run was committed between the statement's snapshot and its lock
        raise LockRefused(f"Run {manifest.run_id} was loaded by another load at the same time.", remedy="Load again.")
    return Loaded(inserted, updated, removed)


def _covers(manifest: Manifest) -> dict[str, str] | None:
    """Return the column values of which the run has every row; None if that is not known.

    A run with quarantined records does not know which rows they would have been, so it removes none.
    """
    whole = manifest.complete and manifest.rows > 0 and manifest.quarantined == 0
    return manifest.predicate.covers if whole else None


def _values(manifest: Manifest, covers: dict[str, str] | None, audit: Audit) -> dict[str, Any]:
    """Return the values that the transaction's statements bind; times are UTC without a zone, as the columns are.

    The as-of time is never later than the oldest row, even after a change of clock: otherwise the load would treat its
    own rows as outdated.
    """
    as_of, now = min(filter(None, (_utc(manifest.as_of), audit.oldest))), datetime.now(UTC)
    began_at = min(_utc(manifest.started_at), as_of + DATE_RESOLUTION)
    return {
        "run_id": manifest.run_id,
        "slice": manifest.slice,
        "endpoint": manifest.endpoint,
        "predicate": msgspec.json.encode({"asked": manifest.predicate.asked, "covers": covers}).decode(),
        "as_of": as_of,
        "before": min(as_of, _utc(now)) - COLUMN_RESOLUTION,
        "fetched_by": manifest.fetched_by,
        "began_at": began_at,
        "began_after": began_at - DATE_RESOLUTION,
        "complete": manifest.complete,
        "proof": manifest.proof,
        "rows": manifest.rows,
        "inserted": 0,
        "updated": 0,
        "removed": 0,
        "pages": manifest.pages,
        "calls": manifest.calls,
        "started_at": _utc(manifest.started_at),
        "loaded_at": _utc(now),
        "manifest": manifest.path,
        "source": manifest.source or None,
        "latest": _utc(now + MAX_SKEW),
        "first_date": audit.first_date,
        "last_date": audit.last_date,
    }


def _utc(time: datetime) -> datetime:
    return time.astimezone(UTC).replace(tzinfo=None)


@contextmanager
def _own_table(warehouse: Warehouse, script: Script) -> Iterator[None]:
    warehouse.run(script.create_staged())
    with undo_with(warehouse, script.drop_staged()):
        yield
    warehouse.run(script.drop_staged())
