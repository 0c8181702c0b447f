"""Anomalies: a run unlike the trailing weeks of its slice in its number of rows or in a column's share of nulls.

An API that returns half a day, or stops filling a column, returns no error. A run is compared with the same weekday of
the four weeks before, each fetched equally long after its date; fewer than two of them are too few to compare with.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import timedelta
from statistics import median
from typing import Literal

from aviastack.errors import AuditFailed
from aviastack.manifest import Manifest
from aviastack.pipeline.metrics import record_anomalies
from aviastack.slices import SETTLES_AFTER, Slice
from aviastack.staging import manifest_log
from aviastack.staging.store import Store

WEEKS = 4
MIN_WEEKS = 2
LOW, HIGH = 0.5, 2.0  # times the usual number of rows
JUMP = 0.2  # of a column's rows: null, though they used to be filled, or the reverse

log = logging.getLogger(__name__)


def check_anomalies(store: Store, manifest: Manifest, policy: Literal["warn", "stop", "off"]) -> None:
    """Log what is unusual about a run or, with ``stop``, raise :class:`AuditFailed` before anything is loaded."""
    found = anomalies_of(store, manifest) if policy != "off" else []
    if not found:
        return
    record_anomalies(manifest, len(found))
    message = f"{manifest.endpoint} {manifest.slice} is unlike the trailing weeks: {'; '.join(found)}."
    if policy == "stop":
        raise AuditFailed(
            message, remedy="Inspect the staged rows; if they are right, load them with AVIASTACK_VOLUME_POLICY=warn."
        )
    log.warning(message)


def anomalies_of(store: Store, manifest: Manifest) -> list[str]:
    """Return what is unusual about a run, one clause each; empty if there is too little to compare with."""
    slice_ = Slice.parse(manifest.endpoint, manifest.slice)
    usual = [week for week in _weeks_before(store, slice_) if _age(week) == _age(manifest) and week.rows]
    if len(usual) < MIN_WEEKS or not manifest.rows:
        return []
    return [*_volume(manifest, usual), *_nulls(manifest, usual)]


def _volume(manifest: Manifest, usual: Sequence[Manifest]) -> list[str]:
    rows = median(week.rows for week in usual)
    if LOW * rows <= manifest.rows <= HIGH * rows:
        return []
    return [f"{manifest.rows:,} rows, but the same weekday of the {len(usual)} weeks before had {rows:,.0f}"]


def _nulls(manifest: Manifest, usual: Sequence[Manifest]) -> list[str]:
    found = []
    for column in sorted({*manifest.nulls, *(name for week in usual for name in week.nulls)}):
        share = manifest.nulls.get(column, 0) / manifest.rows
        before = median(week.nulls.get(column, 0) / week.rows for week in usual)
        if abs(share - before) > JUMP:
            found.append(f"{column} is null in {share:.0%} of the rows instead of the usual {before:.0%}")
    return found


def _weeks_before(store: Store, slice_: Slice) -> list[Manifest]:
    """Return the newest complete run of the same filters for each of the weeks before."""
    date_parameter = slice_.endpoint.date_parameter
    if slice_.date is None or date_parameter is None:
        return []
    days = [slice_.date - timedelta(weeks=weeks) for weeks in range(1, WEEKS + 1)]
    before = [Slice.of(slice_.endpoint, {**dict(slice_.query), date_parameter: day}) for day in days]
    found = [manifest_log.latest(store, week, complete=True) for week in before]
    return [manifest for manifest in found if manifest is not None]


def _age(manifest: Manifest) -> timedelta:
    """Return how long after its date a run was made, in days: statuses and times are filled in as days pass."""
    date = Slice.parse(manifest.endpoint, manifest.slice).date
    return min(manifest.as_of.date() - date, SETTLES_AFTER) if date else timedelta()
