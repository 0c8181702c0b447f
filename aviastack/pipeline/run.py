"""The run of a slice: extract, stage and load.

::

    AviationStack --page bytes--> journal --decode, check--> typed Parquet + manifest --COPY, MERGE--> warehouse
                      extract                  stage                              load

A page costs a call, so it is journalled as received first, and everything after the journal can be repeated without a
call. A run continues what an earlier attempt left: see :mod:`aviastack.pipeline.resume`. Methods raise an
:class:`AviastackError`.
"""

from __future__ import annotations

import logging
from asyncio import to_thread
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import TYPE_CHECKING, cast

from aviastack.errors import DamagedFile, StagingUnavailable
from aviastack.manifest import Coverage, Manifest
from aviastack.pipeline.events import QUIET, Listener
from aviastack.pipeline.extract import fetch_first, fetch_rest
from aviastack.pipeline.load import LoadSession
from aviastack.pipeline.load_queue import LoadQueue
from aviastack.pipeline.metrics import record_run
from aviastack.pipeline.outcome import Outcome
from aviastack.pipeline.preflight import check_request
from aviastack.pipeline.resume import awaiting_load, claim_journal, ended_runs, on_record
from aviastack.settings import Settings
from aviastack.slices import Slice
from aviastack.staging import manifest_log
from aviastack.staging.journal import Journal
from aviastack.staging.parquet import check_files
from aviastack.staging.store import Store

if TYPE_CHECKING:
    from aviastack.api.session import Api
    from aviastack.paging.cost import Cost
    from aviastack.pipeline.stream import OnRows
    from aviastack.warehouse.loading import Loaded

log = logging.getLogger(__name__)


class Pipeline:
    """Runs slices with one set of settings, store and session; ``stage``, ``load`` and ``replay`` need no session."""

    def __init__(self, settings: Settings, store: Store, api: Api | None = None, listener: Listener = QUIET) -> None:
        self.settings, self.store, self.listener = settings, store, listener
        self.api = cast("Api", api)  # None in a pipeline whose steps make no calls

    async def run(self, slice_: Slice, *, max_age: timedelta | None = None, final: bool = False) -> Outcome:
        """Extract, stage and load a slice; for ``max_age`` and ``final`` see :meth:`extract_and_stage`."""
        async with (
            LoadQueue(self.store, self.settings) as loads,
            self.ready_to_load(slice_, loads, max_age=max_age, final=final) as outcome,
        ):
            return await self.load_in_turn(outcome, loads)

    @asynccontextmanager
    async def ready_to_load(
        self, slice_: Slice, loads: LoadQueue, *, max_age: timedelta | None = None, final: bool = False
    ) -> AsyncIterator[Outcome]:
        """Extract and stage a slice, unless an earlier run awaits its load, for the ``with`` to load it.

        Within the ``with``, identical runs wait for it. A warehouse that can't be opened raises before a call.
        """
        check_request(slice_, self.settings)
        before = await to_thread(ended_runs, self.store, slice_)
        left = await awaiting_load(self.store, slice_, loads)
        if left and (undamaged := await to_thread(self._undamaged, left)):
            yield undamaged
            return
        async with self._staged(slice_, before, max_age=max_age, final=final) as outcome:
            yield outcome

    async def load_in_turn(self, outcome: Outcome, loads: LoadQueue) -> Outcome:
        """Load a staged slice when its turn comes, and return its outcome with what that changed."""
        began = monotonic()
        loaded = await loads.load(outcome.manifest, new=outcome.calls > 0)
        self.listener.loaded(outcome.slice, loaded)
        outcome = replace(outcome, loaded=loaded, seconds={**outcome.seconds, "load": monotonic() - began})
        record_run(outcome.manifest, calls=outcome.calls, seconds=outcome.seconds, quota=await self.api.quota())
        return outcome

    async def extract_and_stage(
        self, slice_: Slice, *, max_age: timedelta | None = None, final: bool = False, on_rows: OnRows | None = None
    ) -> Outcome:
        """Extract and stage a slice. ``on_rows`` is awaited with each block of rows staged while pages still arrive.

        A complete run of at most ``max_age`` is returned instead, as is a final one if ``final`` is true, and one that
        another process finished meanwhile.
        """
        check_request(slice_, self.settings)
        before = await to_thread(ended_runs, self.store, slice_)
        async with self._staged(slice_, before, max_age=max_age, final=final, on_rows=on_rows) as outcome:
            return outcome

    async def extract(self, slice_: Slice) -> tuple[str, Coverage]:
        """Fetch a slice into the journal, decoding nothing, as a triggerer may; return the run's id and coverage."""
        with await self._journal(slice_) as journal:
            return journal.run_id, await fetch_rest(journal, slice_, self.api, self.listener)

    async def estimate(self, slice_: Slice) -> Cost:
        """Fetch page 0 into the journal of the run that will follow, and return what the rest costs."""
        with await self._journal(slice_) as journal:
            return await fetch_first(journal, slice_, self.api)

    def stage(self, slice_: Slice, run_id: str) -> Manifest:
        """Turn the journal of an extraction into typed Parquet and a manifest. A staged run is returned as it is."""
        from aviastack.pipeline.stage import stage_journal

        staged = manifest_log.of_run(self.store, slice_, run_id)
        return staged or stage_journal(self.store, slice_, Journal.read(self.store, slice_, run_id), run_id=run_id)

    def load(self, manifest: Manifest) -> Loaded:
        """Load staged Parquet into the warehouse: transient table, audit, MERGE. Loading twice changes nothing."""
        with LoadSession(self.store, self.settings) as session:
            return session.load(manifest)

    def replay(self, slice_: Slice) -> Manifest:
        """Stage a slice's newest extraction again without a call, under a new run id and with the pages' as-of time."""
        from aviastack.pipeline.stage import stage_journal

        journal = Journal.newest(self.store, slice_)
        run_id = Journal.next_run_id(self.store, slice_, datetime.now(UTC))
        return stage_journal(self.store, slice_, journal, run_id=run_id)

    async def _journal(self, slice_: Slice) -> Journal:
        before = await to_thread(ended_runs, self.store, slice_)
        return await claim_journal(self.store, slice_, self.settings, self.listener, before=before)

    def _undamaged(self, left: Outcome) -> Outcome | None:
        """Return a run that awaits its load, staged again if its files are damaged; None if its journal is gone too."""
        try:
            check_files(self.store, left.manifest)
        except StagingUnavailable as error:
            log.warning("%s The run is staged again from its journal.", error.message)
        else:
            return left
        try:
            return replace(left, manifest=self.replay(left.slice))
        except DamagedFile as error:
            log.warning("%s The slice is fetched again.", error.message)
        return None

    @asynccontextmanager
    async def _staged(
        self,
        slice_: Slice,
        before: frozenset[str],
        *,
        max_age: timedelta | None,
        final: bool,
        on_rows: OnRows | None = None,
    ) -> AsyncIterator[Outcome]:
        """Extract and stage a slice. Its journal stays claimed within the ``with``, so that identical runs wait."""
        from aviastack.pipeline.stream import Stream

        if known := await to_thread(on_record, self.store, slice_, max_age, final=final):
            yield Outcome(slice_, known, calls=0)
            return
        self.listener.started(slice_)
        calls = self.api.calls_of(slice_)
        with await claim_journal(self.store, slice_, self.settings, self.listener, before=before) as journal:
            if staged := await to_thread(manifest_log.of_run, self.store, slice_, journal.run_id):
                yield Outcome(slice_, staged, calls=0)
                return
            async with Stream(self.store, slice_, journal, on_rows) as stream:
                coverage = await fetch_rest(journal, slice_, self.api, self.listener, use=stream.take)
                manifest = await stream.commit(coverage)
            self.listener.staged(slice_, manifest)
            calls = self.api.calls_of(slice_) - calls
            yield Outcome(slice_, manifest, calls, streamed=stream.streams, seconds=stream.seconds)
