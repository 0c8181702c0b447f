"""The story of a run: extract, stage and load one slice.

::

    AviationStack --page bytes--> journal --decode, check--> typed Parquet + manifest --COPY, MERGE--> warehouse
                      extract                  stage                              load

One direction, no way back. A call can't be had again for free, so a page is journalled as received before anything is
made of it; everything after the journal can be done again from it with no call. Whatever an earlier attempt left
behind, the next one picks up (:mod:`aviastack.pipeline.resume`): pages of an unfinished run, a manifest that was never
loaded.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import TYPE_CHECKING

import msgspec

from aviastack.manifest import Manifest, new_run_id
from aviastack.page import Page
from aviastack.pipeline.anomalies import heed_deviations
from aviastack.pipeline.events import QUIET, Listener
from aviastack.pipeline.journal_writer import Keeper
from aviastack.pipeline.metrics import record_run
from aviastack.pipeline.preflight import check, permit
from aviastack.pipeline.resume import awaiting_load, journal_of, on_record
from aviastack.settings import Settings
from aviastack.slices import Slice
from aviastack.staging import manifest_log
from aviastack.staging.journal import Journal
from aviastack.staging.open_store import open_store

if TYPE_CHECKING:
    from aviastack.api.session import Api
    from aviastack.manifest import Coverage
    from aviastack.paging.cost import Cost
    from aviastack.paging.fetch import Fetch
    from aviastack.pipeline.stream import Give
    from aviastack.warehouse.loading import Loaded

Use = Callable[[Page], Awaitable[None]]


@dataclass(frozen=True)
class Outcome:
    """What became of a slice.

    ``calls`` are those that this run spent, ``seconds`` its stages' times, ``loaded`` stands where loading was part of
    the command, ``streamed`` tells whether rows were staged on their way.
    """

    slice: Slice
    manifest: Manifest
    calls: int
    loaded: Loaded | None = None
    streamed: bool = False
    seconds: Mapping[str, float] = field(default_factory=dict)


async def run(
    slice_: Slice,
    settings: Settings,
    api: Api,
    *,
    max_age: timedelta | None = None,
    final: bool = False,
    listener: Listener = QUIET,
) -> Outcome:
    """Extract, stage and load one slice. Raises an :class:`AviastackError`; what was done until then is kept.

    ``max_age`` lets a complete run of that age answer; ``final`` lets any that was made after its date had settled.
    """
    check(slice_, settings)
    manifest = await asyncio.to_thread(awaiting_load, slice_, settings)
    outcome = (
        Outcome(slice_, manifest, calls=0)
        if manifest is not None
        else await extract_and_stage(slice_, settings, api, max_age=max_age, final=final, listener=listener)
    )
    began = monotonic()
    loaded = await asyncio.to_thread(load, outcome.manifest, settings)
    listener.loaded(slice_, loaded)
    outcome = replace(outcome, loaded=loaded, seconds={**outcome.seconds, "load": monotonic() - began})
    record_run(outcome.manifest, calls=outcome.calls, seconds=outcome.seconds, quota=await api.quota())
    return outcome


async def extract_and_stage(
    slice_: Slice,
    settings: Settings,
    api: Api,
    *,
    max_age: timedelta | None = None,
    final: bool = False,
    listener: Listener = QUIET,
    give: Give | None = None,
) -> Outcome:
    """API -> journal -> Parquet, the pages of a settled slice being staged while others are still on their way.

    ``give`` is handed each block of rows that is staged on the way; the outcome says whether that was so.
    """
    from aviastack.pipeline.stream import Feed
    from aviastack.records.checks import prepare

    check(slice_, settings)
    store = open_store(settings.staging)
    known = await asyncio.to_thread(on_record, store, slice_, max_age, final=final)
    if known is not None:
        return Outcome(slice_, known, calls=0)
    prepare()  # seconds of imports: now, for later they would stall the loop and spoil the pace
    before, began = api.calls_of(slice_), monotonic()
    with await asyncio.to_thread(journal_of, store, slice_, settings) as journal:
        async with Feed(store, slice_, journal, give) as feed:
            coverage = await fill(journal, slice_, settings, api, listener=listener, use=feed.take)
            fetched = monotonic()
            manifest = await feed.commit(coverage)
    listener.staged(slice_, manifest)
    seconds = {"extract": fetched - began, "stage": monotonic() - fetched}
    return Outcome(slice_, manifest, api.calls_of(slice_) - before, streamed=feed.streams, seconds=seconds)


async def probe(slice_: Slice, settings: Settings, api: Api) -> Cost:
    """Fetch page 0 into the journal of the run that will follow, and return the cost of the rest."""
    check(slice_, settings)
    store = open_store(settings.staging)
    with await asyncio.to_thread(journal_of, store, slice_, settings) as journal:
        async with Keeper(journal) as keeper:
            fetch = await _begin(journal, slice_, settings, api, keeper.keep)
    return fetch.cost


async def extract(slice_: Slice, settings: Settings, api: Api, *, listener: Listener = QUIET) -> tuple[str, Coverage]:
    """API -> journal alone, and the run's id: bytes are kept, nothing is decoded, so that a triggerer may wait here."""
    check(slice_, settings)
    store = open_store(settings.staging)
    with await asyncio.to_thread(journal_of, store, slice_, settings) as journal:
        return journal.record.run_id, await fill(journal, slice_, settings, api, listener=listener)


def stage(slice_: Slice, run_id: str, settings: Settings) -> Manifest:
    """Journal -> Parquet and manifest, of a run whose extraction has ended. Staged before, it says so without work."""
    from aviastack.pipeline.stage import stage_journal

    store = open_store(settings.staging)
    done = manifest_log.of_run(store, slice_, run_id)
    return done or stage_journal(store, slice_, Journal.read(store, slice_, run_id), run_id=run_id)


def load(manifest: Manifest, settings: Settings) -> Loaded:
    """Parquet -> warehouse: transient table, audit, MERGE. A manifest that was loaded before changes nothing."""
    from aviastack.warehouse.loading import load as load_files
    from aviastack.warehouse.open_warehouse import open_warehouse

    store = open_store(settings.staging)
    heed_deviations(store, manifest, settings.volume_policy)
    addresses = [store.address(file.path) for file in manifest.staged]
    with open_warehouse(settings, filesystem=store.fs) as opened:
        return load_files(opened, manifest, addresses, policy=settings.schema_policy)


def replay(slice_: Slice, settings: Settings) -> Manifest:
    """Stage the slice's newest extraction again from its journal, with no call: for a new schema, or a mended bug.

    The new run has an id of its own and the as-of time of the pages, so it wins over the run that fetched them and over
    nothing newer. Raises :class:`StagingUnavailable` where the journal is gone.
    """
    from aviastack.pipeline.stage import stage_journal

    store = open_store(settings.staging)
    return stage_journal(store, slice_, Journal.newest(store, slice_), run_id=new_run_id(datetime.now(UTC)))


async def fill(
    journal: Journal,
    slice_: Slice,
    settings: Settings,
    api: Api,
    *,
    listener: Listener = QUIET,
    use: Use | None = None,
) -> Coverage:
    """Fetch what the journal of a slice still lacks, page by page, and seal it with what paging proved.

    Each page is in the journal before ``use`` or anything else sees it. A journal that is sealed costs nothing.
    """
    from aviastack.manifest import Coverage

    sealed = await asyncio.to_thread(journal.sealed)
    if sealed is not None:
        return msgspec.json.decode(sealed, type=Coverage)
    if journal.inherited:
        listener.resumed(slice_, journal.inherited)
    async with Keeper(journal) as keeper:

        async def keep(page: Page) -> None:
            await keeper.keep(page)
            listener.fetched(slice_, page)
            if use is not None:
                await use(page)

        fetch = await _begin(journal, slice_, settings, api, keep)
        listener.planned(slice_, fetch.cost)
        permit(slice_, fetch.cost, settings, await api.quota(), spent=api.calls)
        coverage = await fetch.finish()
    await asyncio.to_thread(journal.seal, msgspec.json.encode(coverage))
    return coverage


async def _begin(journal: Journal, slice_: Slice, settings: Settings, api: Api, keep: Use) -> Fetch:
    """Fetch page 0 unless the journal has it."""
    from aviastack.paging.fetch import begin
    from aviastack.records.duplicates import edge_keys

    async def keys(page: Page) -> Sequence[int]:
        hashes: list[int] = (await asyncio.to_thread(edge_keys, slice_.endpoint, page.body)).tolist()
        return hashes

    return await begin(
        api,
        slice_,
        keep=keep,
        edge_keys=keys,
        have=journal.pages(),
        rows_per_page=journal.record.rows_per_page or settings.plan.rows_per_page,
        settled=slice_.is_settled(journal.record.started_at),
        concurrency=settings.concurrency,
    )
