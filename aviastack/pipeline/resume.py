"""What earlier attempts at a slice left behind, and which of it a run may use instead of calling the API again."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from aviastack.endpoints import Listing
from aviastack.errors import DamagedFile, StagingUnavailable
from aviastack.manifest import Manifest
from aviastack.pipeline.events import Listener
from aviastack.pipeline.load_queue import LoadQueue
from aviastack.pipeline.preflight import check_request
from aviastack.staging import manifest_log
from aviastack.staging.journal import Journal, folder_of
from aviastack.staging.parquet import check_files
from aviastack.staging.store import Store

if TYPE_CHECKING:
    from aviastack.settings import Settings
    from aviastack.slices import Slice

CHANGING_RESUMES_WITHIN = timedelta(hours=1)  # after that, a new run of a changing list is worth more than an old rest
POLL_SECONDS = 0.5
TURN = ".turn"  # held while a process looks for a run of the slice and begins one, so that two do not begin at once
MAX_SKEW = timedelta(minutes=5)
TABLE_RESUMES_WITHIN = timedelta(days=1)  # reference tables are reloaded now and then, with other identifiers

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Reuse:
    """Which complete runs serve instead of a new one: those of up to ``max_age``, and with ``final`` the final ones."""

    max_age: timedelta | None = None
    final: bool = False


NEVER = Reuse()
IF_FINAL = Reuse(final=True)


def ended_runs(store: Store, slice_: Slice) -> frozenset[str]:
    """Return the runs of the slice that are over. A command that asks at its start knows which were under way then."""
    return frozenset(Journal.ended(store, slice_))


async def claim_journal(
    store: Store, slice_: Slice, settings: Settings, listener: Listener, *, before: frozenset[str] | None = None
) -> Journal:
    """Return the journal of the slice's unfinished run if it may be resumed, else that of a new run.

    ``before`` are the runs that were over when the command began, by default now. A run that has been committed since
    was under way meanwhile: its journal is returned, for reading only, and no page is paid for twice. While another
    process extracts the slice, this one waits. Raises what :func:`check_request` raises.
    """
    check_request(slice_, settings)
    if before is None:
        before = await asyncio.to_thread(ended_runs, store, slice_)
    waited = False
    while (journal := await asyncio.to_thread(_claimed, store, slice_, settings, before)) is None:
        if not waited:
            log.info("Another process extracts %s: waiting for its result.", slice_)
            listener.waiting(slice_)
        waited = True
        await asyncio.sleep(POLL_SECONDS)
    return journal


def _claimed(store: Store, slice_: Slice, settings: Settings, before: frozenset[str]) -> Journal | None:
    """Return the journal to use, or None while another process extracts the slice or is about to.

    Runs begin and are resumed only in turn, so what is read here stays true until the turn is released: a run that is
    not in progress any more has either its manifest or no process.
    """
    turn = store.hold(f"{folder_of(slice_)}/{TURN}")
    if turn is None:
        return None
    try:
        running = Journal.in_progress(store, slice_)
        if running is not None:
            committed = manifest_log.of_run(store, slice_, running) is not None
            return Journal.read(store, slice_, running) if committed else None
        now = datetime.now(UTC)
        unfinished = Journal.unfinished(store, slice_, since=_resumable_since(slice_, now))
        # Second, because an extracted run may be staged at any time, and it must be in one of the two.
        if meanwhile := Journal.ended(store, slice_) - before:
            return Journal.read(store, slice_, max(meanwhile))
        if unfinished is not None:
            return Journal.resume(store, slice_, unfinished)
        run_id = Journal.next_run_id(store, slice_, now)
        return Journal.begin(store, slice_, run_id, now, rows_per_page=settings.plan.rows_per_page)
    finally:
        turn.release()


async def usable_run(store: Store, slice_: Slice, reuse: Reuse, loads: LoadQueue | None) -> Manifest | None:
    """Return the slice's newest run if it serves instead of a new one: ``reuse`` allows it, or it awaits its load.

    A run that awaits its load serves if it is up to date and undamaged. A warehouse that cannot be opened raises here,
    before a call is spent.
    """
    if loads is None and reuse == NEVER:
        return None
    manifest = await asyncio.to_thread(manifest_log.latest, store, slice_)
    awaits_load = loads is not None and not await loads.is_loaded(manifest)
    if manifest is None or not manifest.complete:
        return None
    if not awaits_load:
        return manifest if _serves(slice_, manifest, reuse) else None
    usable = _is_up_to_date(slice_, manifest, datetime.now(UTC)) or _serves(slice_, manifest, reuse)
    return await asyncio.to_thread(_undamaged, store, slice_, manifest) if usable else None


def _undamaged(store: Store, slice_: Slice, manifest: Manifest) -> Manifest | None:
    """Return the run, staged again if its files are damaged, or None if its journal is damaged too."""
    from aviastack.pipeline.stage_journal import stage_again

    try:
        check_files(store, manifest)
    except StagingUnavailable as error:
        log.warning("%s The run is staged again from its journal.", error.message)
    else:
        return manifest
    try:
        return stage_again(store, slice_)
    except DamagedFile as error:
        log.warning("%s The slice is fetched again.", error.message)
    return None


def on_record(store: Store, slice_: Slice, reuse: Reuse) -> Manifest | None:
    """Return the slice's newest manifest if ``reuse`` lets it serve instead of a new run."""
    manifest = manifest_log.latest(store, slice_) if reuse != NEVER else None
    return manifest if manifest is not None and _serves(slice_, manifest, reuse) else None


def _serves(slice_: Slice, manifest: Manifest, reuse: Reuse) -> bool:
    if reuse.final and is_final(slice_, manifest):
        return True
    age = datetime.now(UTC) - manifest.as_of
    young = reuse.max_age is not None and age <= reuse.max_age
    return young and manifest.complete and _is_credible(manifest)


def is_final(slice_: Slice, manifest: Manifest) -> bool:
    """Whether fetching again brings nothing new.

    That is so if the run is complete, was fetched after its date had settled, and quarantined few enough records.
    """
    settled = slice_.settles_at is not None and manifest.as_of >= slice_.settles_at
    return manifest.complete and settled and manifest.within_quarantine_limit and _is_credible(manifest)


def _is_credible(manifest: Manifest) -> bool:
    """Whether the as-of time is not after the run by our clock; an API with a wrong clock once set it."""
    return manifest.as_of <= manifest.finished_at + MAX_SKEW


def _is_up_to_date(slice_: Slice, manifest: Manifest, now: datetime) -> bool:
    recent = manifest.as_of >= now - CHANGING_RESUMES_WITHIN
    return is_final(slice_, manifest) or (recent and _is_credible(manifest))


def _resumable_since(slice_: Slice, now: datetime) -> datetime:
    """Runs begun earlier are not resumed: their pages show another state of the list than the pages to come."""
    if slice_.endpoint.listing is not Listing.BY_DATE:
        return now - TABLE_RESUMES_WITHIN
    recently = now - CHANGING_RESUMES_WITHIN
    return min(recently, slice_.settles_at) if slice_.settles_at else recently
