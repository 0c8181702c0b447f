"""What must hold of the runs, by what the API's lists had in truth; each broken rule is a sentence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from aviastack.api.arrival import SKEW
from aviastack.errors import AviastackError
from aviastack.manifest import Manifest
from aviastack.page import Page
from aviastack.slices import Slice
from aviastack.staging import manifest_log
from aviastack.staging.journal import Journal
from tests.simulation.lists import SimulatedList
from tests.simulation.machine import Machine
from tests.simulation.world import KEY, World

Lists = Sequence[tuple[Slice, SimulatedList]]


class RunRules:
    """The rules of runs; ``flipped`` are the slices of which a file was damaged.

    ``fetched`` is when a run's first page was true, by its id: the time that no process sees.
    """

    def __init__(self, world: World, machine: Machine, lists: Lists, flipped: set[str]) -> None:
        self._world, self._machine, self._lists, self._flipped = world, machine, lists, flipped
        self._seen: set[str] = set()  # manifests that were checked
        self.fetched: dict[str, float] = {}

    def manifests(self) -> Iterator[str]:
        """What a new manifest says of its run agrees with the journal, the staged rows and the truth."""
        store = self._machine.observed()
        for slice_, list_ in self._lists:
            for manifest in manifest_log.newest_first(store, f"flights/{slice_.name}"):
                if manifest.run_id in self._seen:
                    continue
                self._seen.add(manifest.run_id)
                if slice_.name in self._flipped:
                    continue
                try:
                    pages = list(Journal.read(store, slice_, manifest.journal.rpartition("/")[2]).pages())
                except AviastackError as error:
                    yield f"{manifest.run_id} has no journal: {error}"
                    continue
                if any(page.body not in self._world.served for page in pages):
                    yield f"{manifest.slice} has a page that was never served"
                    continue
                self.fetched[manifest.run_id] = min((self._world.served[page.body] for page in pages), default=0.0)
                yield from self._counts(manifest, pages)
                yield from self._truth(manifest, pages, list_, store)

    def staged(self, manifest: Manifest, store: Any) -> dict[int, int] | None:
        """Return the versions by number in the staged files; None if a later run replaced or a flip damaged them."""
        if manifest.slice in self._flipped:
            return None
        found: dict[int, int] = {}
        for file in manifest.staged:
            if not store.exists(file.path):
                return None
            for row in (
                self._machine.rows_of(file.path).select(["flight_number", "departure_gate", "_run_id"]).to_pylist()
            ):
                if row["_run_id"] != manifest.run_id:
                    return None
                found[int(row["flight_number"])] = int(row["departure_gate"][1:])
        return found

    def _counts(self, manifest: Manifest, pages: list[Page]) -> Iterator[str]:
        received = sum(page.pagination.count for page in pages)
        if manifest.rows + manifest.quarantined + manifest.repeated != received:
            yield (
                f"{manifest.slice} received {received} records, and its manifest has {manifest.rows} + "
                f"{manifest.quarantined} + {manifest.repeated}"
            )
        if any(KEY.encode() in page.body for page in pages):
            yield f"{manifest.journal} has the key"
        for page in pages if not self._world.has_jumped else ():
            if all(abs(page.arrived - at) > SKEW for at in self._world.dated[page.body]):
                yield f"{manifest.slice} has a page as of {page.arrived}, which was served at another time"
                break

    def _truth(self, manifest: Manifest, pages: list[Page], list_: SimulatedList, store: Any) -> Iterator[str]:
        """A complete run has every row that was there throughout, and none that never was, in a version of its time."""
        if not manifest.complete:
            return
        staged = self.staged(manifest, store)
        times = [self._world.served[page.body] for page in pages]
        if staged is None or not times:
            return
        states = list_.between(min(times), max(times))
        throughout = set.intersection(*(set(state) for state in states))
        missing = throughout - set(staged)
        if len(missing) > manifest.quarantined:
            yield f"{manifest.slice} is complete without {sorted(missing)[:5]}"
        for number, version in staged.items():
            versions = {state[number] for state in states if number in state}
            if version not in versions and (list_.day, list_.airline) not in self._world.lied:
                yield f"{manifest.slice} is complete with version {version} of {number}, which had {versions}"
                break
