"""A history drawn from a seed: processes that backfill, die and start again in a world that fails, until it does not.

The real client, pace, ledger, journal, staging and backfill run on a virtual clock, and the real DuckDB warehouse or a
model of it. The invariants are checked after every process and at the end; each check yields violations as sentences.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import pytest
from stamina.instrumentation import set_on_retry_hooks

from aviastack.api.session import Api
from aviastack.errors import AviastackError
from aviastack.limits.pace import Rate
from aviastack.page import Page
from aviastack.pipeline.backfill import run_all
from aviastack.pipeline.outcome import Failed
from aviastack.pipeline.run import Pipeline
from aviastack.settings import Settings, settings_from
from aviastack.slices import Slice
from aviastack.staging import manifest_log
from aviastack.staging.journal import Journal
from tests.simulation.clock import Killed, VirtualTime, run_process
from tests.simulation.model import ModelWarehouse, model_in_place
from tests.simulation.plants import PLANTS
from tests.simulation.storage import SimulatedFolder, Trouble, troubled_warehouse
from tests.simulation.world import FAULTS, HARMLESS, KEY, SimulatedList, SimulatedTransport, World

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
SETTLED = (date(2026, 11, 17), date(2026, 11, 18))
CHANGING = date(2026, 11, 20)
PACE = "5/s"
CONCURRENCY = 4
MOST_PROCESSES = 6
ON_DUCKDB = 50  # one seed in so many runs on DuckDB, the others on the model


@dataclass
class History:
    """What happened under one seed: a line per process, the faults that struck, and the invariants that broke."""

    seed: int
    lines: list[str] = field(default_factory=list)
    struck: Counter[str] = field(default_factory=Counter)
    violations: list[str] = field(default_factory=list)


def run_history(seed: int, *, faults: tuple[str, ...] = FAULTS, kills: bool = True, plant: str = "") -> History:
    """Run the history of one seed, with a planted bug if one is named. The same seed gives the same history."""
    folder = Path(tempfile.mkdtemp(prefix=f"history-{seed}-", dir="/dev/shm" if Path("/dev/shm").is_dir() else None))
    history = History(seed)
    logging.disable(logging.CRITICAL)
    set_on_retry_hooks([])
    try:
        with ExitStack() as stack, pytest.MonkeyPatch.context() as monkeypatch:
            clock = stack.enter_context(VirtualTime(NOON).running())
            chance = Random(seed)
            world = World(chance, faults=faults, now=clock.monotonic)
            slices = [
                world.add(day, airline, chance.choice((0, 1, 40, 100, 230, 410)), settled=day != CHANGING)
                for day, airline in ((SETTLED[0], "AA"), (SETTLED[1], "AA"), (CHANGING, "AA"), (SETTLED[1], "DL"))
            ]
            trouble = Trouble(chance, fails=0.004, kills=0.004 if kills else 0.0)
            model = None if seed % ON_DUCKDB == 0 else ModelWarehouse(trouble)
            if model is None:
                stack.enter_context(troubled_warehouse(trouble, monkeypatch))
            else:
                stack.enter_context(model_in_place(model, monkeypatch))
            if plant:
                PLANTS[plant](monkeypatch)
            run = _Run(history, world, clock, trouble, folder, slices, kills=kills, model=model)
            world.on_request = run.request
            append = Journal.append

            def kept(journal: Journal, *pages: Page) -> None:
                append(journal, *pages)
                run.keep(journal, *pages)

            monkeypatch.setattr(Journal, "append", kept)
            run.story()
    finally:
        logging.disable(logging.NOTSET)
        shutil.rmtree(folder, ignore_errors=True)
    return history


@dataclass
class _Run:
    history: History
    world: World
    clock: VirtualTime
    trouble: Trouble
    folder: Path
    slices: list[Slice]
    kills: bool
    model: ModelWarehouse | None
    kept: set[tuple[str, int]] = field(default_factory=set)  # slice and offset of pages in a journal
    paid_again: dict[str, list[int]] = field(default_factory=dict)
    booked: int = 0

    def story(self) -> None:
        chance = self.world.chance
        for number in range(chance.randint(2, MOST_PROCESSES)):
            turns = chance.randint(5, 900) if self.kills and chance.random() < 0.6 else None
            self._process(f"process {number}", turns)
            self._check()
            self.clock.advance(chance.choice((1, 30, 600, 7_200)))
        self.world.share, self.trouble.fails, self.trouble.kills = 0.0, 0.0, 0.0
        for list_ in self.world.lists.values():
            list_.settled = True
        for number in range(3):  # an API that was down, a spent month: what a person would run again tomorrow
            self.clock.advance(86_400)
            self._process(f"final process {number}", None)
        self._check()
        self._check_end()

    def _process(self, name: str, turns: int | None) -> None:
        settings = self._settings()
        store = SimulatedFolder(self.folder / "staging", self.trouble)
        both = self.world.chance.random() < 0.2
        before = len(self.world.calls)
        try:
            results = run_process(self._backfills(settings, store, 1 + both), self.clock, turns=turns)
            outcome = ", ".join(self._said(result) for result in results)
            if self.booked != len(self.world.calls) - before:
                sent = len(self.world.calls) - before
                self.history.violations.append(f"{name} sent {sent} calls and booked {self.booked}")
        except Killed:
            outcome = f"killed after {turns} turns or in storage"
        except AviastackError as error:
            outcome = f"{type(error).__name__}: {error}"
        finally:
            store.die()
        self.history.struck.update(self.world.struck)
        self.world.struck.clear()
        self.history.lines.append(f"{name}: {outcome}")
        if KEY in outcome:
            self.history.violations.append(f"the key is in the output of {name}")

    async def _backfills(self, settings: Settings, store: SimulatedFolder, count: int) -> list[Any]:
        """Run the same backfill in one or two sessions at once, as two workers would."""
        self.booked = 0
        runs = await asyncio.gather(*(self._backfill(settings, store) for _ in range(count)))
        return [result for run in runs for result in run]

    async def _backfill(self, settings: Settings, store: SimulatedFolder) -> list[Any]:
        async with Api(settings, transport=SimulatedTransport(settings, self.world)) as api:
            try:
                return await run_all(Pipeline(settings, store, api), self.slices, again=False)
            finally:
                self.booked += api.calls

    def _settings(self) -> Settings:
        return settings_from(
            base_url="http://127.0.0.1:9/v1",
            access_key=KEY,
            plan="basic",
            pace=PACE,
            concurrency=CONCURRENCY,
            staging=str(self.folder / "staging"),
            warehouse=f"duckdb:///{self.folder / 'warehouse.duckdb'}",
            state=self.folder / "state",
        )

    @staticmethod
    def _said(result: Any) -> str:
        if isinstance(result, Failed):
            return f"{result.slice.name} failed: {type(result.error).__name__}: {str(result.error)[:160]}"
        manifest = result.manifest
        return f"{result.slice.name}: {manifest.rows} rows, complete {manifest.complete}, {result.calls} calls"

    def _check(self) -> None:
        checks = (
            self._pace_was_kept,
            self._manifests_tell_the_truth,
            self._warehouse_holds_only_truth,
            self._kept_pages_were_not_paid_again,
        )
        for check in checks:
            self.history.violations.extend(f"{check.__name__[1:].replace('_', ' ')} not: {what}" for what in check())

    def _pace_was_kept(self) -> Iterator[str]:
        """In no period did more calls leave than the pace allows."""
        rate = Rate.of(PACE)
        times = [at for at, _, _ in self.world.calls]
        for first, last in zip(times, times[int(rate.calls) :], strict=False):
            if last - first < rate.period - 0.4 - 0.05:  # latency differs by up to 0.35 s between two answers
                yield f"{int(rate.calls) + 1} calls within {last - first:.3f} s"

    def _kept_pages_were_not_paid_again(self) -> Iterator[str]:
        """A page of a settled date that is in the journal is not requested again, unless its run was not complete."""
        store = SimulatedFolder(self.folder / "staging", Trouble(self.world.chance))
        for slice_, list_ in self._lists():
            paid = self.paid_again.pop(slice_.name, [])
            if not all(manifest.complete for manifest in manifest_log.newest_first(store, f"flights/{slice_.name}")):
                self.kept = {(name, offset) for name, offset in self.kept if name != slice_.name}
            elif paid and list_.day in SETTLED:
                yield f"{slice_.name} was requested again at {sorted(set(paid))}"

    def keep(self, journal: Journal, *pages: Page) -> None:
        """Note pages that are in the journal."""
        for page in pages:
            place = (journal.record.slice, page.offset)
            if self.world.last_fault.get(place, "") in HARMLESS:  # a spoilt page may be fetched again
                self.kept.add(place)

    def request(self, slice_: str, offset: int) -> None:
        """Note a request for a page that is in a journal already."""
        if (slice_, offset) in self.kept:
            self.paid_again.setdefault(slice_, []).append(offset)

    def _manifests_tell_the_truth(self) -> Iterator[str]:
        """A complete run of a settled date has exactly the rows that the list has, quarantined ones among them."""
        store = SimulatedFolder(self.folder / "staging", Trouble(self.world.chance))
        for slice_ in self.slices:
            list_ = self.world.list_of(slice_)
            for manifest in manifest_log.newest_first(store, f"flights/{slice_.name}"):
                came = manifest.rows + manifest.quarantined
                if manifest.complete and list_.day in SETTLED and came != len(list_.rows):
                    yield f"{manifest.run_id} of {slice_.name} is complete with {came} of {len(list_.rows)} rows"

    def _warehouse_holds_only_truth(self) -> Iterator[str]:
        """No row twice, none of another airline or one that never existed counts as present after a complete run."""
        for slice_, present in self._present().items():
            list_ = self.world.list_of(slice_)
            if len(present) != len(set(present)):
                yield f"{slice_.name} has a key twice"
            unknown = [number for number in present if list_.day in SETTLED and number not in list_.rows]
            if unknown:
                yield f"{slice_.name} has flights that never existed: {unknown[:5]}"

    def _present(self) -> dict[Slice, list[int]]:
        """The flight numbers that the warehouse has as present, by slice."""
        if self.model is not None:
            found = {slice_: list[int]() for slice_ in self.slices}
            lists = {
                (list_.day, list_.airline): slice_ for slice_ in self.slices if (list_ := self.world.list_of(slice_))
            }
            for held in self.model.rows.values():
                slice_ = lists.get((held.content["flight_date"], held.content["airline_iata"]))
                if slice_ is not None and not held.removed:
                    found[slice_].append(int(held.content["flight_number"]))
            return found
        path = self.folder / "warehouse.duckdb"
        if not path.exists():
            return {}
        with duckdb.connect(str(path)) as connection:
            tables = {
                row[0] for row in connection.execute("SELECT table_name FROM information_schema.tables").fetchall()
            }
            if "flights" not in tables:
                return {}
            found = {}
            for slice_ in self.slices:
                list_ = self.world.list_of(slice_)
                rows = connection.execute(
                    "SELECT CAST(flight_number AS INTEGER) FROM aviationstack.flights WHERE flight_date = ? "
                    "AND airline_iata = ? AND _removed_at IS NULL",
                    [list_.day, list_.airline],
                ).fetchall()
                found[slice_] = [row[0] for row in rows]
            return found

    def _lists(self) -> Iterator[tuple[Slice, SimulatedList]]:
        return ((slice_, self.world.list_of(slice_)) for slice_ in self.slices)

    def _versions(self, list_: SimulatedList) -> dict[int, int]:
        """The version of each present flight in the model, as its gate shows it."""
        rows = self.model.rows.values() if self.model is not None else ()
        return {
            int(held.content["flight_number"]): int(held.content["departure_gate"].removeprefix("G"))
            for held in rows
            if (held.content["flight_date"], held.content["airline_iata"]) == (list_.day, list_.airline)
            and not held.removed
        }

    def _check_end(self) -> None:
        """Once faults have stopped, the warehouse equals the lists, and only an empty list is not complete."""
        present = self._present()
        store = SimulatedFolder(self.folder / "staging", Trouble(self.world.chance))
        for slice_ in self.slices:
            list_ = self.world.list_of(slice_)
            manifest = manifest_log.latest(store, slice_)
            if manifest is None or (list_.rows and not manifest.complete):
                self.history.violations.append(
                    f"{slice_.name} is not complete at the end: {manifest and manifest.proof}"
                )
                continue
            held = set(present.get(slice_, []))
            old = [number for number, version in self._versions(list_).items() if version != list_.rows.get(number)]
            if old and list_.rows:
                self.history.violations.append(f"{slice_.name} has an old version of {sorted(old)[:5]} at the end")
            wanted = set(list_.rows)
            quarantined = manifest.quarantined
            if list_.settled and len(wanted - held) > quarantined:
                self.history.violations.append(f"{slice_.name} lacks {len(wanted - held)} rows at the end")
            if list_.rows and held - wanted:  # an empty list removes nothing: the API has had outages of days
                self.history.violations.append(f"{slice_.name} has {len(held - wanted)} rows too many at the end")
