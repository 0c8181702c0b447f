"""The check after a load: whether a slice is whole, plausible, and in the warehouse as it was staged.

The load itself has audited keys, dates and counts before it let anything in. This asks what only hindsight can: whether
the slice is complete by now, how much of it was refused or is odd, and whether the table holds it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from aviastack.errors import AuditFailed
from aviastack.slices import Slice

if TYPE_CHECKING:
    from aviastack.manifest import Manifest
    from aviastack.settings import Settings

QUARANTINED_AT_MOST = 0.01  # of the records
ODD_AT_MOST = 0.05  # of the records, by any single rule


def judge(manifest: Manifest, settings: Settings) -> list[str]:
    """Return what is odd about a loaded slice but tolerable. Raises :class:`AuditFailed` for what is not.

    The list of a date that still moved may stay unproven: the run that fetches it again when it has settled decides.
    """
    unproven = [] if manifest.complete else [f"it is incomplete ({manifest.proof})"]
    moved = not Slice.parse(manifest.endpoint, manifest.slice).is_settled(manifest.started_at)
    faults = [*_in_itself(manifest), *_in_the_warehouse(manifest, settings), *([] if moved else unproven)]
    if faults:
        raise AuditFailed(
            f"{manifest.endpoint} {manifest.slice} (run {manifest.run_id}) fails its check: {'; '.join(faults)}.",
            remedy="Its rows are loaded as they came, and the marts wait; see its manifest, or fetch the slice again.",
        )
    return unproven


def _in_itself(manifest: Manifest) -> Iterator[str]:
    seen = manifest.rows + manifest.quarantined
    if seen == 0:
        yield "it came empty, as the API answered in outages of days"
    if manifest.quarantined > QUARANTINED_AT_MOST * seen:
        yield f"{manifest.quarantined} of {seen} records are in quarantine (at most {QUARANTINED_AT_MOST:.0%})"
    for rule, count in manifest.warnings.items():
        if count > ODD_AT_MOST * seen:
            yield f"{count} of {seen} records break '{rule}' (at most {ODD_AT_MOST:.0%})"


def _in_the_warehouse(manifest: Manifest, settings: Settings) -> Iterator[str]:
    from aviastack.warehouse.open_warehouse import open_warehouse
    from aviastack.warehouse.presence import is_known, presence

    with open_warehouse(settings) as opened:
        if not is_known(opened, manifest):
            yield "the warehouse has no load of it"
            return
        found = presence(opened, manifest)
    if found is None:
        return
    if found.held < manifest.rows:
        yield f"the warehouse holds {found.held} rows of it where {manifest.rows} were staged"
    if found.left_over and manifest.complete and not manifest.quarantined:
        yield f"{found.left_over} rows that the API no longer lists are not marked as removed"
