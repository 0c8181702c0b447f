"""The log of manifests: ``manifests/<table>/<slice>/<run_id>.json``, each written last and create-only.

A file there that is not a manifest of this version is skipped with a warning; only :func:`read`, which is given a path,
raises for it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import date
from pathlib import PurePosixPath

import msgspec

from aviastack.endpoints import ENDPOINTS, Endpoint
from aviastack.errors import DamagedFile, StagingUnavailable
from aviastack.manifest import Manifest, is_run_id, started_on
from aviastack.slices import Slice
from aviastack.staging.store import Store

ROOT = "manifests"
AT_ONCE = 64  # manifests fetched together

log = logging.getLogger(__name__)


def save(store: Store, manifest: Manifest) -> Manifest:
    """Commit the run, and return its manifest: another process may have staged the same journal to the same bytes.

    Raises :class:`StagingUnavailable` if the run is committed with another result.
    """
    try:
        store.create(manifest.path, manifest.to_json())
    except FileExistsError:
        committed = read(store, manifest.path)
        if msgspec.structs.replace(committed, finished_at=manifest.finished_at) == manifest:
            return committed
        raise StagingUnavailable(
            f"Run {manifest.run_id} is committed already: {store.address(manifest.path)} exists.",
            remedy="Load that manifest, or run the slice again under a new run id.",
        ) from None
    return manifest


def read(store: Store, path: str) -> Manifest:
    """Return the manifest at ``path``, which may be relative to the root or an address within it.

    Raises :class:`StagingUnavailable` if there is none, and :class:`DamagedFile` for a file that is not a manifest.
    """
    path = store.relative(path)
    try:
        return Manifest.from_json(store.read(path))
    except ValueError as error:
        raise DamagedFile(
            f"{store.address(path)} cannot be read as a manifest: {error}.",
            remedy="Give the path of a manifest, as 'aviastack run' prints it, or replay the slice of a damaged one.",
        ) from error


def of_run(store: Store, slice_: Slice, run_id: str) -> Manifest | None:
    """Return the manifest of a run, or None while it is not committed."""
    path = f"{ROOT}/{slice_.endpoint.table}/{slice_.name}/{run_id}.json"
    return read(store, path) if store.exists(path) else None


def latest(store: Store, slice_: Slice, *, complete: bool = False) -> Manifest | None:
    """Return the slice's newest manifest, or with ``complete`` the newest of a complete run; None if there is none."""
    found = newest_first(store, f"{slice_.endpoint.table}/{slice_.name}")
    return next((manifest for manifest in found if manifest.complete or not complete), None)


def newest_first(store: Store, slice_: str) -> Iterator[Manifest]:
    """Yield the manifests of the slice ``<table>/<slice>``, read one at a time: the newest extraction first.

    A replay is as new as the run whose pages it staged, and newer than that run itself.
    """
    waiting: list[Manifest] = []
    for path in reversed(_paths(store, f"{ROOT}/{slice_}")):
        while waiting and _age(newest := max(waiting, key=_age)) > (PurePosixPath(path).stem, ""):
            waiting.remove(newest)
            yield newest
        manifest = _decoded(store, path, store.read(path))
        if manifest is not None:
            waiting.append(manifest)
    yield from sorted(waiting, key=_age, reverse=True)


def _age(manifest: Manifest) -> tuple[str, str]:
    """Return the run that fetched the pages, and the run that staged them: run ids sort by time."""
    return manifest.fetched_by, manifest.run_id


def every(
    store: Store, endpoint: Endpoint | str | None = None, *, since: date | None = None, until: date | None = None
) -> Iterator[Manifest]:
    """Yield manifests, oldest run first within each slice, of one endpoint or of all.

    ``since`` and ``until``, both included, bound the slice's date, or the day of the run (UTC) for a slice without one.
    """
    declared = ENDPOINTS[endpoint] if isinstance(endpoint, str) else endpoint
    paths = _paths(store, f"{ROOT}/{declared.table}" if declared else ROOT)
    wanted = [path for path in paths if (since or date.min) <= _day(path) <= (until or date.max)]
    for start in range(0, len(wanted), AT_ONCE):
        texts = store.read_all(wanted[start : start + AT_ONCE])
        decoded = (_decoded(store, path, text) for path, text in texts.items())
        yield from (manifest for manifest in decoded if manifest is not None)


def _paths(store: Store, folder: str) -> list[str]:
    """Return the paths of manifests below a folder, sorted; other files are named in a warning."""
    paths = []
    for path in store.list(folder):
        place = PurePosixPath(path)
        if is_run_id(place.stem) and place.suffix == ".json":
            paths.append(path)
        else:
            log.warning("%r is not a manifest; it is skipped", store.address(path))
    return paths


def _day(path: str) -> date:
    """Return the slice's date, with which its name begins, or the day of the run, with which its run id begins."""
    place = PurePosixPath(path)
    head = place.parent.name.partition(".")[0]
    try:
        return date.fromisoformat(head)
    except ValueError:
        return started_on(place.stem)


def _decoded(store: Store, path: str, text: bytes) -> Manifest | None:
    try:
        return Manifest.from_json(text)
    except ValueError as error:
        log.warning("%r cannot be read as a manifest and is skipped: %s", store.address(path), error)
        return None
