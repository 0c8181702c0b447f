"""A run held against the trailing weeks of its slice, for jumps of its volume or of a column's share of nulls.

An API that answers half a day, or stops filling a column, answers without an error. The same weekday of the four weeks
before is the measure, as seen equally long after its date; with fewer than two of them there is nothing to say.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import timedelta
from statistics import median
from typing import Literal

from aviastack.errors import AuditFailed
from aviastack.manifest import Manifest
from aviastack.pipeline.metrics import record_deviations
from aviastack.slices import SETTLES_AFTER, Slice
from aviastack.staging import manifest_log
from aviastack.staging.store import Store

WEEKS = 4
LEAST = 2
LOW, HIGH = 0.5, 2.0  # times the usual number of rows
JUMP = 0.2  # of a column's rows, null where they used to be filled or the other way round

log = logging.getLogger(__name__)


def heed_deviations(store: Store, manifest: Manifest, policy: Literal["warn", "stop", "off"]) -> None:
    """Warn of what is unusual about a run, or raise :class:`AuditFailed` before anything is loaded, by policy."""
    found = deviations(store, manifest) if policy != "off" else []
    if not found:
        return
    record_deviations(manifest, len(found))
    told = f"{manifest.endpoint} {manifest.slice} is unlike the trailing weeks: {'; '.join(found)}."
    if policy == "stop":
        raise AuditFailed(
            told, remedy="Look at the staged rows; load them with AVIASTACK_VOLUME_POLICY=warn if they are right."
        )
    log.warning(told)


def deviations(store: Store, manifest: Manifest) -> list[str]:
    """Return what is unusual about a run, a sentence each; nothing where there is too little to go by."""
    slice_ = Slice.parse(manifest.endpoint, manifest.slice)
    usual = [week for week in _weeks_before(store, slice_) if _age(week) == _age(manifest) and week.rows]
    if len(usual) < LEAST or not manifest.rows:
        return []
    return [*_volume(manifest, usual), *_nulls(manifest, usual)]


def _volume(manifest: Manifest, usual: Sequence[Manifest]) -> list[str]:
    rows = median(week.rows for week in usual)
    if LOW * rows <= manifest.rows <= HIGH * rows:
        return []
    return [f"{manifest.rows:,} rows where the same weekday of {len(usual)} weeks before had {rows:,.0f}"]


def _nulls(manifest: Manifest, usual: Sequence[Manifest]) -> list[str]:
    found = []
    for column in sorted({*manifest.nulls, *(name for week in usual for name in week.nulls)}):
        share = manifest.nulls.get(column, 0) / manifest.rows
        before = median(week.nulls.get(column, 0) / week.rows for week in usual)
        if abs(share - before) > JUMP:
            found.append(f"{column} is null in {share:.0%} of rows where {before:.0%} were usual")
    return found


def _weeks_before(store: Store, slice_: Slice) -> list[Manifest]:
    """The newest complete run of the same filters, one and more weeks before."""
    date_parameter = slice_.endpoint.date_parameter
    if slice_.date is None or date_parameter is None:
        return []
    days = [slice_.date - timedelta(weeks=weeks) for weeks in range(1, WEEKS + 1)]
    before = [Slice.of(slice_.endpoint, {**dict(slice_.query), date_parameter: day}) for day in days]
    found = [manifest_log.latest(store, week, complete=True) for week in before]
    return [manifest for manifest in found if manifest is not None]


def _age(manifest: Manifest) -> timedelta:
    """How long after its date a run was made, in whole days: statuses and times are filled in as days pass."""
    date = Slice.parse(manifest.endpoint, manifest.slice).date
    return min(manifest.as_of.date() - date, SETTLES_AFTER) if date else timedelta()
