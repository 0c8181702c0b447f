"""Whether an empty slice is believed: the API also returns an empty list for an unknown code and during an outage.

An empty run is never complete. It is believed if other slices had rows on that day, unless its airline or airport has
rows on every date nearby. A believed run passes its quality check with a warning and is not fetched again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from aviastack.errors import DamagedFile
from aviastack.manifest import is_run_id, started_on
from aviastack.staging import manifest_log

if TYPE_CHECKING:
    from aviastack.manifest import Manifest
    from aviastack.staging.store import Store

NEARBY = timedelta(days=14)  # between two flight dates
BELIEVED = "it is empty: the API lists no flights, and other slices had rows. If there are flights, check its filters"


def is_empty(manifest: Manifest) -> bool:
    """Whether a run received no record."""
    return manifest.rows + manifest.quarantined == 0


def runs_of_flights(store: Store) -> list[str]:
    """Return the paths of the manifests of ``flights``, for :func:`doubt`."""
    found = store.list(f"{manifest_log.ROOT}/flights")
    return [path for path in found if is_run_id(PurePosixPath(path).stem)]


def doubt(store: Store, manifest: Manifest, runs: Sequence[str]) -> str | None:
    """Return why an empty run is not believed, as a clause; None if it is. ``runs`` are those of ``flights``."""
    day, filters = _date_and_filters(manifest.slice)
    if manifest.endpoint != "flights" or day is None or not filters:
        return "it is empty, which the API also returned during outages of several days"
    nearby = list(_rows_nearby(store, day, filters, runs))
    if nearby and all(nearby):
        return f"it is empty, but {filters} has rows on each of {len(nearby)} other dates within {NEARBY.days} days"
    if not _others_had_rows(store, manifest, runs):
        return "it is empty, and no other slice had rows on that day: an outage of the API looks the same"
    return None


def _rows_nearby(store: Store, day: date, filters: str, runs: Sequence[str]) -> Iterator[int]:
    """Yield the rows of the newest run of each other date nearby with the same filters."""
    for name in sorted({_slice_of(path) for path in runs}):
        its_day, its_filters = _date_and_filters(name)
        if its_day is None or its_day == day or its_filters != filters or abs(its_day - day) > NEARBY:
            continue
        newest = next(manifest_log.newest_first(store, f"flights/{name}"), None)
        if newest is not None:
            yield newest.rows


def _others_had_rows(store: Store, manifest: Manifest, runs: Sequence[str]) -> bool:
    """Whether a run of another slice had rows on this run's day (UTC), or the day before if there was none that day."""
    day = started_on(manifest.run_id)
    others = [path for path in runs if _slice_of(path) != manifest.slice]
    for near in (day, day - timedelta(days=1)):
        if of_the_day := [path for path in others if started_on(PurePosixPath(path).stem) == near]:
            return any(_rows(store, path) for path in of_the_day)
    return False


def _rows(store: Store, path: str) -> int:
    try:
        return manifest_log.read(store, path).rows
    except DamagedFile:  # proves nothing
        return 0


def _slice_of(path: str) -> str:
    return PurePosixPath(path).parent.name


def _date_and_filters(name: str) -> tuple[date | None, str]:
    """Return the parts of a slice's name; no date for a live slice and for a foreign folder."""
    head, _, filters = name.partition(".")
    try:
        return date.fromisoformat(head), filters
    except ValueError:
        return None, filters
