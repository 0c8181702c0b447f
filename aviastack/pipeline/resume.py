"""What earlier attempts at a slice left behind, and which of it a run may use instead of asking the API again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from aviastack.endpoints import Listing
from aviastack.manifest import new_run_id
from aviastack.staging import manifest_log
from aviastack.staging.journal import Journal
from aviastack.staging.open_store import open_store
from aviastack.staging.store import Store

if TYPE_CHECKING:
    from aviastack.manifest import Manifest
    from aviastack.settings import Settings
    from aviastack.slices import Slice

MOVING_RESUMES_WITHIN = timedelta(
    hours=1
)  # after that a fresh run of a moving list is better news than the rest of an old one
STILL_RESUMES_WITHIN = timedelta(days=1)  # the reference tables are reloaded now and then, with other identifiers


def journal_of(store: Store, slice_: Slice, settings: Settings) -> Journal:
    """Return the journal of the slice's unfinished run where it may be resumed, else that of a new run."""
    now = datetime.now(UTC)
    run_id = Journal.unfinished(store, slice_, since=_resumable_since(slice_, now))
    if run_id is not None:
        return Journal.resume(store, slice_, run_id)
    return Journal.begin(store, slice_, new_run_id(now), now, rows_per_page=settings.plan.rows_per_page)


def awaiting_load(slice_: Slice, settings: Settings) -> Manifest | None:
    """Return the slice's newest manifest where the warehouse has not loaded it and it is still news, or None.

    Opening the warehouse first also means that one which can't be opened costs no call.
    """
    from aviastack.warehouse.loads import is_loaded
    from aviastack.warehouse.open_warehouse import open_warehouse

    store = open_store(settings.staging)
    manifest = manifest_log.latest(store, slice_)
    with open_warehouse(settings) as opened:
        if manifest is None or is_loaded(opened, manifest.run_id):
            return None
    return manifest if manifest.complete and _is_news(slice_, manifest, datetime.now(UTC)) else None


def on_record(store: Store, slice_: Slice, max_age: timedelta | None, *, final: bool = False) -> Manifest | None:
    """Return the slice's newest complete manifest where it is no older than ``max_age``, or final if that will do."""
    manifest = manifest_log.latest(store, slice_) if final or max_age is not None else None
    if manifest is None or not manifest.complete:
        return None
    young = max_age is not None and datetime.now(UTC) - manifest.as_of <= max_age
    return manifest if young or (final and is_final(slice_, manifest)) else None


def is_final(slice_: Slice, manifest: Manifest) -> bool:
    """Whether asking again can bring nothing new: the run is complete and was made after its date had settled."""
    return manifest.complete and slice_.settles_at is not None and manifest.as_of >= slice_.settles_at


def _is_news(slice_: Slice, manifest: Manifest, now: datetime) -> bool:
    return is_final(slice_, manifest) or manifest.as_of >= now - MOVING_RESUMES_WITHIN


def _resumable_since(slice_: Slice, now: datetime) -> datetime:
    """Runs begun earlier are not resumed: their pages show another state of the list than the pages to come."""
    if slice_.endpoint.listing is not Listing.BY_DATE:
        return now - STILL_RESUMES_WITHIN
    recently = now - MOVING_RESUMES_WITHIN
    return min(recently, slice_.settles_at) if slice_.settles_at else recently
