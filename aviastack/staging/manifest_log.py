"""Where manifests lie: ``manifests/<table>/<slice>/<run_id>.json``, written last, create-only."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import PurePosixPath

import msgspec

from aviastack.endpoints import ENDPOINTS, Endpoint
from aviastack.errors import StagingUnavailable
from aviastack.manifest import Manifest, started_on
from aviastack.slices import Slice
from aviastack.staging.store import Store

ROOT = "manifests"
AT_ONCE = 64  # manifests fetched together


def save(store: Store, manifest: Manifest) -> None:
    """Commit the run. Raises :class:`StagingUnavailable` where it is committed already."""
    try:
        store.create(manifest.path, manifest.to_json())
    except FileExistsError:
        raise StagingUnavailable(
            f"Run {manifest.run_id} is committed already: {store.address(manifest.path)} exists.",
            remedy="Load that manifest, or run the slice again under a new run id.",
        ) from None


def read(store: Store, path: str) -> Manifest:
    """Return the manifest at ``path``, which may be relative to the root or an address within it.

    Raises :class:`StagingUnavailable` where there is none, or a file that is no manifest of ours.
    """
    path = store.relative(path)
    return _decoded(store, path, store.read(path))


def of_run(store: Store, slice_: Slice, run_id: str) -> Manifest | None:
    """Return the manifest of a run, or None while it is not committed."""
    path = f"{_folder(slice_)}/{run_id}.json"
    return read(store, path) if store.exists(path) else None


def latest(store: Store, slice_: Slice, *, complete: bool = False) -> Manifest | None:
    """Return the slice's newest manifest, of a complete run where that is asked; None where there is none."""
    found = newest_first(store, f"{slice_.endpoint.table}/{slice_.name}")
    return next((manifest for manifest in found if manifest.complete or not complete), None)


def newest_first(store: Store, slice_: str) -> Iterator[Manifest]:
    """Return the manifests of the slice ``<table>/<slice>``, read as they are asked for."""
    return (read(store, path) for path in reversed(store.list(f"{ROOT}/{slice_}")))


def every(
    store: Store, endpoint: Endpoint | str | None = None, *, since: date | None = None, until: date | None = None
) -> Iterator[Manifest]:
    """Return manifests, oldest run first within each slice, of one endpoint or of all.

    ``since`` and ``until``, both included, bound the slice's date, or the day of the run (UTC) for a slice without one.
    """
    declared = ENDPOINTS[endpoint] if isinstance(endpoint, str) else endpoint
    paths = store.list(f"{ROOT}/{declared.table}" if declared else ROOT)
    wanted = [path for path in paths if (since or date.min) <= _day(path) <= (until or date.max)]
    for start in range(0, len(wanted), AT_ONCE):
        texts = store.read_all(wanted[start : start + AT_ONCE])
        yield from (_decoded(store, path, text) for path, text in texts.items())


def _folder(slice_: Slice) -> str:
    return f"{ROOT}/{slice_.endpoint.table}/{slice_.name}"


def _day(path: str) -> date:
    """The slice's date, as its name begins with it, or the day of the run, as its run id does."""
    place = PurePosixPath(path)
    head = place.parent.name.partition(".")[0]
    try:
        return date.fromisoformat(head)
    except ValueError:
        return started_on(place.stem)


def _decoded(store: Store, path: str, text: bytes) -> Manifest:
    try:
        return Manifest.from_json(text)
    except msgspec.MsgspecError as error:
        raise StagingUnavailable(
            f"{store.address(path)} is no manifest of aviastack: {error}.",
            remedy="Give the path of a manifest, as 'aviastack run' prints it; move what is none out of the folder.",
        ) from error
