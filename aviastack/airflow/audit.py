"""The quality check after a load: a slice is complete, plausible, and in the warehouse as it was staged.

The load itself has audited keys, dates and counts before its MERGE. This check asks what is known only afterwards:
whether the slice is complete by now, how many records are quarantined or anomalous, and whether the table holds it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from aviastack.airflow.empty import BELIEVED, doubt, is_empty, runs_of_flights
from aviastack.errors import AuditFailed, counted
from aviastack.slices import Slice

if TYPE_CHECKING:
    from aviastack.manifest import Manifest
    from aviastack.settings import Settings

WARNED_AT_MOST = 0.05  # of the records, by any single rule
REASONS_SHOWN = 3


def check_quality(manifest: Manifest, settings: Settings) -> list[str]:
    """Return the warnings of a loaded slice. Raises :class:`AuditFailed` for a broken rule.

    A date that still changes may be incomplete, and a slice may be empty if :mod:`aviastack.airflow.empty` believes it.
    """
    faults, warnings = _coverage(manifest, settings)
    faults += [*_in_itself(manifest, settings), *_in_the_warehouse(manifest, settings)]
    if faults:
        raise AuditFailed(
            f"{manifest.endpoint} {manifest.slice} (run {manifest.run_id}) fails its quality check: "
            f"{'; '.join(faults)}.",
            remedy="Its rows are loaded. Fix the cause, then trigger the DAG for this date and airline with the Param "
            "'again', which fetches the slice again; if the rows are right, mark this task as success.",
        )
    return warnings


def _coverage(manifest: Manifest, settings: Settings) -> tuple[list[str], list[str]]:
    """Return what is wrong with the slice's coverage: the faults and the warnings."""
    if is_empty(manifest):
        doubtful = _doubt(manifest, settings)
        return ([doubtful], []) if doubtful else ([], [BELIEVED])
    if manifest.complete:
        return [], []
    incomplete = f"it is incomplete ({manifest.proof})"
    if Slice.parse(manifest.endpoint, manifest.slice).is_settled(manifest.started_at):
        return [incomplete], []
    return [], [f"{incomplete}. The run that fetches this date after it has settled decides"]


def _doubt(manifest: Manifest, settings: Settings) -> str | None:
    from aviastack.staging.open_store import open_store

    store = open_store(settings.staging)
    return doubt(store, manifest, runs_of_flights(store))


def _in_itself(manifest: Manifest, settings: Settings) -> Iterator[str]:
    records = manifest.rows + manifest.quarantined
    if not manifest.within_quarantine_limit:
        yield (
            f"{manifest.quarantined} of {records} records are quarantined (at most {manifest.quarantine_limit:.0%}), "
            f"{_quarantine(manifest, settings)}"
        )
    for rule, count in manifest.warnings.items():
        if count > WARNED_AT_MOST * records:
            yield f"{count} of {records} records break '{rule}' (at most {WARNED_AT_MOST:.0%})"


def _quarantine(manifest: Manifest, settings: Settings) -> str:
    """Return the most frequent reasons and the files of the quarantined records."""
    import pyarrow.parquet as pq

    from aviastack.staging.open_store import open_store

    store = open_store(settings.staging)
    reasons: Counter[str] = Counter()
    for file in manifest.quarantine:
        with store.reader(file.path) as opened:
            for row in pq.read_table(opened, columns=["reasons"])["reasons"].to_pylist():
                reasons.update(row)
    most = [f"{reason} ({count})" for reason, count in reasons.most_common(REASONS_SHOWN)]
    return f"most often because {', '.join(most)}; see {', '.join(store.address(f.path) for f in manifest.quarantine)}"


def _in_the_warehouse(manifest: Manifest, settings: Settings) -> Iterator[str]:
    from aviastack.warehouse.open_warehouse import open_warehouse
    from aviastack.warehouse.presence import is_known, presence

    with open_warehouse(settings) as opened:
        if not is_known(opened, manifest):
            yield f"{settings.warehouse} has no load of it"
            return
        found = presence(opened, manifest)
    if found is None:
        return
    if found.held < manifest.rows:
        yield f"the warehouse holds {found.held} of its {manifest.rows} staged rows"
    if found.left_over and manifest.complete and not manifest.quarantined:
        yield f"not marked as removed, though the API no longer lists them: {counted(found.left_over, 'row')}"
