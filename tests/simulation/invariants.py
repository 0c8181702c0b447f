"""What must hold after every process and at the end, whatever the world does; each broken rule is a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aviastack.page import Page
from aviastack.pipeline.resume import is_final
from aviastack.settings import Settings
from aviastack.slices import Slice
from aviastack.staging import manifest_log
from aviastack.staging.journal import Journal
from tests.simulation import call_rules
from tests.simulation.machine import Machine, RealMachine
from tests.simulation.run_rules import RunRules
from tests.simulation.warehouse_rules import WarehouseRules
from tests.simulation.world import HARMLESS, KEY, World


class Invariants:
    """All rules, and what those of kept pages and of the key have to remember of a history."""

    def __init__(self, world: World, machine: Machine, slices: list[Slice], settings: Settings) -> None:
        self._world, self._machine, self._slices, self._settings = world, machine, slices, settings
        self._lists = [(slice_, world.list_of(slice_)) for slice_ in slices]
        self._kept: set[tuple[str, int]] = set()  # slice and offset of undamaged pages in a journal
        self._paid_again: dict[str, list[int]] = {}
        self._flipped: set[str] = set()  # slices of which a file was damaged
        self._shown: list[str] = []
        self._runs = RunRules(world, machine, self._lists, self._flipped)
        self._rows = WarehouseRules(world, machine, self._lists, self._flipped, self._runs)

    def keep(self, journal: Journal, *pages: Page) -> None:
        """Note pages that are in the journal."""
        for page in pages:
            place = (journal.record.slice, page.offset)
            is_whole = self._world.last_fault.get(place, "") in HARMLESS  # a spoilt page may be fetched again
            if is_whole and page.pagination.count:  # and so may an empty one: an outage looks the same
                self._kept.add(place)

    def request(self, slice_: str, offset: int) -> None:
        """Note a request for a page that is in a journal already."""
        if (slice_, offset) in self._kept:
            self._paid_again.setdefault(slice_, []).append(offset)

    def forget(self, paths: set[str], *, flipped: bool = False) -> None:
        """Note files that lost something: their slices' pages may be fetched again."""
        for slice_ in self._slices:
            if any(f"/{slice_.name}/" in path or f"/{slice_.name}.parquet" in path for path in paths):
                self._kept = {(name, offset) for name, offset in self._kept if name != slice_.name}
                if flipped:
                    self._flipped.add(slice_.name)

    def shown(self, text: str) -> None:
        """Note what a person saw."""
        self._shown.append(text)

    def after(self) -> list[str]:
        """Return what a process broke."""
        tables = self._machine.warehouse()
        counted = self._machine.account(self._settings).counted
        checks = {
            "pace was kept": call_rules.pace(self._world, self._settings),
            "limits were kept": call_rules.limits(self._world, self._settings),
            "the ledger counts every call": call_rules.ledger(self._world, counted),
            "kept pages are paid once": self._paid_once(),
            "manifests are true": self._runs.manifests(),
            "the warehouse is true": self._rows.rows(tables),
            "the key is nowhere": self._key(),
            "the model is right": self._rows.model(tables),
            "no load's table is swept": iter(tables.swept_alive),
        }
        return [f"NOT {rule}: {what}" for rule, broken in checks.items() for what in broken]

    def end(self, results: list[Any]) -> list[str]:
        """Return what does not hold once faults have stopped and one more run has ended."""
        return [f"NOT the next run ends well: {what}" for what in self._rows.ends_well(results)]

    def _paid_once(self) -> Iterator[str]:
        """A page of a settled date that is in the journal is not requested again, unless its run was not complete."""
        store = self._machine.observed()
        for slice_, list_ in self._lists:
            paid = self._paid_again.pop(slice_.name, [])
            manifests = manifest_log.newest_first(store, f"flights/{slice_.name}")
            if not all(is_final(slice_, manifest) for manifest in manifests):
                self._kept = {(name, offset) for name, offset in self._kept if name != slice_.name}
            elif paid and list_.was_settled and slice_.name not in self._flipped:
                yield f"{slice_.name} was requested again at {sorted(set(paid))}"

    def _key(self) -> Iterator[str]:
        for text in (*self._shown, *self._machine.log):
            if KEY in text:
                yield text[:200]
        self._shown.clear()
        self._machine.log.clear()
        store = self._machine.observed()
        if not isinstance(self._machine, RealMachine):
            yield from (path for path in store.list("") if KEY.encode() in store.read(path))
