"""The run of a slice: extract, stage and load.

A page costs a call, so it is journalled as received first; what follows can be repeated without a call. A run continues
what an earlier attempt left: see :mod:`aviastack.pipeline.resume`. Methods raise an :class:`AviastackError`. ::

    AviationStack --page bytes--> journal --decode, check--> typed Parquet + manifest --COPY, MERGE--> warehouse
                      extract                  stage                              load
"""

from __future__ import annotations

from asyncio import to_thread
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, cast

from aviastack.manifest import Manifest
from aviastack.pipeline.events import QUIET, Listener
from aviastack.pipeline.extract import fetch_first, fetch_rest
from aviastack.pipeline.load import LoadSession
from aviastack.pipeline.load_queue import LoadQueue
from aviastack.pipeline.metrics import record_run
from aviastack.pipeline.outcome import Outcome
from aviastack.pipeline.preflight import check_request
from aviastack.pipeline.resume import NEVER, Reuse, claim_journal, ended_runs, usable_run
from aviastack.settings import Settings
from aviastack.slices import Slice
from aviastack.staging import manifest_log
from aviastack.staging.store import Store

if TYPE_CHECKING:
    from aviastack.api.session import Api
    from aviastack.paging.cost import Cost
    from aviastack.pipeline.stream import OnRows
    from aviastack.warehouse.loading import Loaded


class Pipeline:
    """Runs slices with one set of settings, store and session; ``stage``, ``load`` and ``replay`` need no session."""

    def __init__(self, settings: Settings, store: Store, api: Api | None = None, listener: Listener = QUIET) -> None:
        self.settings, self.store, self.listener = settings, store, listener
        self.api = cast("Api", api)  # None in a pipeline whose steps make no calls

    async def run(self, slice_: Slice, reuse: Reuse = NEVER) -> Outcome:
        """Extract, stage and load a slice, or load the run on record that ``reuse`` allows."""
        loads = LoadQueue(self.store, self.settings, self.listener)
        async with loads, self.staged(slice_, reuse, loads=loads) as outcome:
            return await self.load_in_turn(outcome, loads)

    async def extract_and_stage(self, slice_: Slice, reuse: Reuse = NEVER, *, on_rows: OnRows | None = None) -> Outcome:
        """Extract and stage a slice. ``on_rows`` is awaited with each block of rows staged while pages still arrive."""
        async with self.staged(slice_, reuse, on_rows=on_rows) as outcome:
            return outcome

    @asynccontextmanager
    async def staged(
        self, slice_: Slice, reuse: Reuse = NEVER, *, loads: LoadQueue | None = None, on_rows: OnRows | None = None
    ) -> AsyncIterator[Outcome]:
        """Extract and stage a slice for the ``with`` to load, or take a run that serves instead of a new one.

        Identical runs wait until the ``with`` ends. A warehouse that can't be opened raises before a call.
        """
        from aviastack.pipeline.stream import Stream

        check_request(slice_, self.settings)
        before = await to_thread(ended_runs, self.store, slice_)
        if known := await usable_run(self.store, slice_, reuse, loads):
            yield Outcome(slice_, known, calls=0)
            return
        self.listener.started(slice_)
        earlier = self.api.calls_of(slice_)
        with await claim_journal(self.store, slice_, self.settings, self.listener, before=before) as journal:
            if ended := await to_thread(manifest_log.of_run, self.store, slice_, journal.run_id):
                yield Outcome(slice_, ended, calls=0)
                return
            async with Stream(self.store, slice_, journal, on_rows) as stream:
                coverage = await fetch_rest(journal, slice_, self.api, self.listener, use=stream.take)
                manifest = await stream.commit(coverage)
            self.listener.staged(slice_, manifest)
            calls = self.api.calls_of(slice_) - earlier
            yield Outcome(slice_, manifest, calls, streamed=stream.streams, seconds=stream.seconds)

    async def load_in_turn(self, outcome: Outcome, loads: LoadQueue) -> Outcome:
        """Load a staged slice when its turn comes, and return its outcome with what that changed."""
        outcome = await loads.load(outcome)
        record_run(outcome, await self.api.quota())
        return outcome

    async def extract(self, slice_: Slice, reuse: Reuse = NEVER) -> tuple[str, str]:
        """Fetch a slice into the journal, decoding nothing, as a triggerer may; return the run's id and its proof."""
        before = await to_thread(ended_runs, self.store, slice_)
        if known := await usable_run(self.store, slice_, reuse, loads=None):
            return known.run_id, known.proof
        with await claim_journal(self.store, slice_, self.settings, self.listener, before=before) as journal:
            return journal.run_id, (await fetch_rest(journal, slice_, self.api, self.listener)).proof

    async def estimate(self, slice_: Slice) -> Cost:
        """Fetch page 0 into the journal of the run that will follow, and return what the rest costs."""
        with await claim_journal(self.store, slice_, self.settings, self.listener) as journal:
            return await fetch_first(journal, slice_, self.api)

    def stage(self, slice_: Slice, run_id: str) -> Manifest:
        """Turn the journal of an extraction into typed Parquet and a manifest. A staged run is returned as it is."""
        from aviastack.pipeline.stage_journal import stage_run

        return stage_run(self.store, slice_, run_id)

    def load(self, manifest: Manifest) -> Loaded:
        """Load staged Parquet into the warehouse: transient table, audit, MERGE. Loading twice changes nothing."""
        with LoadSession(self.store, self.settings) as session:
            return session.load(manifest)

    def replay(self, slice_: Slice) -> Manifest:
        """Stage a slice's newest extraction again without a call, under a new run id and with the pages' as-of time."""
        from aviastack.pipeline.stage_journal import stage_again

        return stage_again(self.store, slice_)
