"""What a process does: a command of aviastack, or an operator's steps, in its own session."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from aviastack.api.session import Api
from aviastack.errors import StagingUnavailable
from aviastack.pipeline.backfill import run_all
from aviastack.pipeline.outcome import Failed, Outcome
from aviastack.pipeline.resume import IF_FINAL, on_record
from aviastack.pipeline.run import Pipeline
from aviastack.settings import Settings
from aviastack.slices import Slice
from aviastack.staging import manifest_log
from tests.simulation.chance import Chance
from tests.simulation.machine import Machine
from tests.simulation.processes import Process
from tests.simulation.world import SimulatedTransport, World


class Commands:
    """The commands of one history, over its slices. ``booked`` counts the calls that their ledgers did."""

    def __init__(
        self, chance: Chance, world: World, machine: Machine, slices: Sequence[Slice], settings: Settings
    ) -> None:
        self.settings = settings
        self.booked = 0
        self._chance, self._world, self._machine, self._slices = chance, world, machine, slices

    async def run(self, process: Process, job: str) -> list[Any]:
        """Run a command in this process."""
        if process.name.endswith("b") and self._chance.fault(f"{process.name} start", 0.7, ("starts later",)):
            await asyncio.sleep(300)
        store = self._machine.store(process)
        ledger = self._machine.ledger(self.settings)
        api = Api(self.settings, transport=SimulatedTransport(self.settings, self._world), ledger=ledger)
        async with api:
            pipeline = Pipeline(self.settings, store, api)
            try:
                if job == "backfill":
                    return await run_all(pipeline, self._slices, again=False)
                slice_ = self._chance.among(f"{process.name} slice", self._slices)
                if job == "run":
                    return [await pipeline.run(slice_, IF_FINAL)]
                if job == "extract":
                    return await self._in_steps(process, pipeline, slice_)
                if job == "load":
                    return await self._load_again(process, pipeline, slice_)
                return await self._replayed(pipeline, slice_)
            finally:
                self.booked += api.calls

    async def replays(self, process: Process, slices: Sequence[Slice]) -> list[Any]:
        """Replay slices one after another, without a session."""
        pipeline = Pipeline(self.settings, self._machine.store(process))
        results: list[Any] = []
        for slice_ in slices:
            try:
                results += await self._replayed(pipeline, slice_)
            except StagingUnavailable as error:  # the journal is gone or damaged too: the next run fetches it again
                results.append(Failed(slice_, error))
        return results

    async def _in_steps(self, process: Process, pipeline: Pipeline, slice_: Slice) -> list[Any]:
        """Extract, stage and load as separate steps, as Airflow's operators do."""
        if on_record(pipeline.store, slice_, IF_FINAL):
            return []
        run_id, _ = await pipeline.extract(slice_, IF_FINAL)
        manifest = await _in_thread(lambda: pipeline.stage(slice_, run_id))
        if self._chance.fault(f"{process.name} load", 0.7, ("load waits",)):
            await asyncio.sleep(900)
        loaded = await _in_thread(lambda: pipeline.load(manifest))
        return [Outcome(slice_, manifest, 0, loaded)]

    async def _load_again(self, process: Process, pipeline: Pipeline, slice_: Slice) -> list[Any]:
        """Load an earlier run of the slice, as a load task does that is late or is cleared later."""
        manifests = await _in_thread(lambda: list(manifest_log.newest_first(pipeline.store, f"flights/{slice_.name}")))
        if not manifests:
            return []
        manifest = self._chance.among(f"{process.name} manifest", manifests[1:] or manifests)
        return [Outcome(slice_, manifest, 0, await _in_thread(lambda: pipeline.load(manifest)))]

    async def _replayed(self, pipeline: Pipeline, slice_: Slice) -> list[Any]:
        manifest = await _in_thread(lambda: pipeline.replay(slice_))
        return [Outcome(slice_, manifest, 0, await _in_thread(lambda: pipeline.load(manifest)))]


async def _in_thread(work: Any) -> Any:
    return await asyncio.to_thread(work)
