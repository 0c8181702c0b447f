"""What must hold after every process and at the end, whatever the world does; each broken rule is a sentence."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from aviastack.api.arrival import SKEW
from aviastack.errors import AviastackError
from aviastack.manifest import Manifest
from aviastack.page import Page
from aviastack.pipeline.outcome import Failed
from aviastack.pipeline.resume import is_final
from aviastack.settings import Settings
from aviastack.slices import Slice
from aviastack.staging import manifest_log
from aviastack.staging.journal import Journal
from tests.simulation.lists import SimulatedList
from tests.simulation.machine import Machine, RealMachine
from tests.simulation.model import CONTENT, Row, Tables
from tests.simulation.world import HARMLESS, KEY, World

STATUS, GATE, NUMBER = CONTENT.index("flight_status"), CONTENT.index("departure_gate"), CONTENT.index("flight_number")
AIRLINE, DATE = CONTENT.index("airline_iata"), CONTENT.index("flight_date")

TIE = timedelta(seconds=1), timedelta(hours=2, minutes=2)
"""Within which either of two slices that overlap may count as the newer one: the resolution of the Date header, or the
most by which a clock is set and the length of a run. A load that was dated ahead gets an earlier time later on."""


class Invariants:
    """The rules, and what they have to remember of a history."""

    def __init__(self, world: World, machine: Machine, slices: list[Slice], settings: Settings) -> None:
        self._world, self._machine, self._slices, self._settings = world, machine, slices, settings
        self._kept: set[tuple[str, int]] = set()  # slice and offset of undamaged pages in a journal
        self._paid_again: dict[str, list[int]] = {}
        self._seen: set[str] = set()  # manifests that were checked
        self._fetched: dict[str, float] = {}  # when a run's first page was true, by its id
        self._flipped: set[str] = set()  # slices of which a file was damaged
        self._newest: dict[str, tuple[int, Row]] = {}  # what the warehouse last had of a key
        self._removed: set[str] = set()
        self._shown: list[str] = []

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
        checks = {
            "pace was kept": self._pace(),
            "limits were kept": self._limits(),
            "the ledger counts every call": self._ledger(),
            "kept pages are paid once": self._paid_once(),
            "manifests are true": self._manifests(),
            "the warehouse is true": self._warehouse(tables),
            "the key is nowhere": self._key(),
            "the model is right": self._model(tables),
            "no load's table is swept": iter(tables.swept_alive),
        }
        return [f"NOT {rule}: {what}" for rule, broken in checks.items() for what in broken]

    def end(self, results: list[Any]) -> list[str]:
        """Return what does not hold once faults have stopped and one more run has ended."""
        return [f"NOT the next run ends well: {what}" for what in self._ends_well(results)]

    def _pace(self) -> Iterator[str]:
        """In no window did a process send more calls than the pace allows."""
        rate = self._settings.pace
        assert rate is not None
        times: dict[str, list[float]] = defaultdict(list)
        for call in self._world.calls:
            times[call.process].append(call.at)
        for process, sent in times.items():
            for first, last in zip(sent, sent[rate.burst :], strict=False):
                if last - first < rate.period * rate.burst / rate.calls - 1e-6:
                    yield f"{process} sent {rate.burst + 1} calls within {last - first:.3f} s"
                    break

    def _limits(self) -> Iterator[str]:
        budget, most = self._settings.budget, self._settings.max_calls
        if not self._world.chance.calm and budget is not None and len(self._world.calls) > budget:
            yield f"{len(self._world.calls)} calls with a budget of {budget}"
        if most is not None and not self._world.chance.calm:
            for process in {call.process for call in self._world.calls}:
                sent = sum(call.process == process for call in self._world.calls)
                if sent > most:
                    yield f"{process} sent {sent} calls of at most {most}"

    def _ledger(self) -> Iterator[str]:
        """Status says at least as many calls as were sent, unless the API itself denies them."""
        account = self._machine.account(self._settings)
        if account.counted < len(self._world.calls) and not any("quota" in name for name in self._world.chance.struck):
            yield f"{len(self._world.calls)} were sent and {account.counted} are counted"

    def _paid_once(self) -> Iterator[str]:
        """A page of a settled date that is in the journal is not requested again, unless its run was not complete."""
        store = self._machine.observed()
        for slice_, list_ in self._lists():
            paid = self._paid_again.pop(slice_.name, [])
            manifests = manifest_log.newest_first(store, f"flights/{slice_.name}")
            if not all(is_final(slice_, manifest) for manifest in manifests):
                self._kept = {(name, offset) for name, offset in self._kept if name != slice_.name}
            elif paid and list_.was_settled and slice_.name not in self._flipped:
                yield f"{slice_.name} was requested again at {sorted(set(paid))}"

    def _manifests(self) -> Iterator[str]:
        """What a new manifest says of its run agrees with the journal, the staged rows and the truth."""
        store = self._machine.observed()
        for slice_, list_ in self._lists():
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
                self._fetched[manifest.run_id] = min((self._world.served[page.body] for page in pages), default=0.0)
                yield from self._counts(manifest, pages)
                yield from self._truth(manifest, pages, list_, store)

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
        staged = self._staged(manifest, store)
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

    def _staged(self, manifest: Manifest, store: Any) -> dict[int, int] | None:
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

    def _warehouse(self, tables: Tables) -> Iterator[str]:
        """No key twice, no flight that never was, nothing older than before, nothing removed that is still there."""
        lists = {(list_.day, list_.airline): (slice_, list_) for slice_, list_ in self._lists() if list_.is_whole}
        for row in tables.rows.values():
            known = lists.get((row.content[DATE], row.content[AIRLINE]))
            if known is None:
                continue
            slice_, list_ = known
            number, version = int(row.content[NUMBER]), int(row.content[GATE][1:])
            newest, before = self._newest.get(row.key, (version, row))
            is_older = version < newest and not self._are_tied(tables, before, row)
            if is_older and (list_.day, list_.airline) not in self._world.lied:
                yield f"{slice_.name} had version {newest} of {number}, and now {version}"
            self._newest[row.key] = version, row
            if row.content[STATUS] is None and not self._world.renamed:
                yield f"{slice_.name} has lost the status of {number}"
            if not any(number in state for _, state in list_.states):
                yield f"{slice_.name} has flight {number}, which never was"
            if not row.removed:
                self._removed.discard(row.key)
            elif row.key not in self._removed:
                self._removed.add(row.key)
                if all(number in state for state in list_.between(self._world.elapsed(row.seen), float("inf"))):
                    yield f"{slice_.name} lost flight {number}, which is still there"
        yield from self._complete_loads(tables)

    def _are_tied(self, tables: Tables, one: Row, other: Row) -> bool:
        """Whether two slices saw the rows in runs at the same time. Runs of one slice come one after the other."""
        slices = {tables.loads[row.run]["slice"] for row in (one, other) if row.run in tables.loads}
        return len(slices) == 2 and abs(one.seen - other.seen) < TIE[self._world.has_jumped]

    def _complete_loads(self, tables: Tables) -> Iterator[str]:
        """The rows of a slice's newest complete load are those of its run, and what was seen since.

        Some of them are not, if a complete load of a slice that overlaps is newer and decided about them.
        """
        store = self._machine.observed()
        newest: dict[str, dict[str, Any]] = {}
        latest: dict[str, datetime] = {}
        for load in sorted(
            tables.loads.values(), key=lambda load: (self._fetched.get(load["run_id"], 0.0), load["run_id"])
        ):
            if load["complete"]:
                newest[load["slice"]] = load
                latest[load["slice"]] = max(load["as_of"], latest.get(load["slice"], load["as_of"]))
        for slice_, list_ in self._lists():
            load = newest.get(slice_.name)
            if load is None or slice_.name in self._flipped:
                continue
            manifest = manifest_log.of_run(store, slice_, load["run_id"])
            staged = self._staged(manifest, store) if manifest is not None else None
            if manifest is None or staged is None or manifest.quarantined or not manifest.rows:
                continue
            held = {int(row.content[NUMBER]): row for row in self._rows(tables, list_) if not row.removed}
            newer = [
                other
                for name, other in self._lists()
                if (list_.day, list_.airline) == (other.day, other.airline)
                and name.name in newest
                and name != slice_
                and latest[name.name] > load["as_of"] - TIE[self._world.has_jumped]
            ]
            lacks = [number for number in set(staged) - set(held) if not any(each.includes(number) for each in newer)]
            older = load["as_of"], load["as_of"] - TIE[self._world.has_jumped]  # of this slice, and of another
            more = [
                number
                for number in set(held) - set(staged)
                if held[number].seen < older[tables.loads.get(held[number].run, load)["slice"] != slice_.name]
                or self._is_before(held[number].run, load, tables)
            ]
            if lacks or more:
                yield f"{slice_.name} lacks {sorted(lacks)[:5]} of its complete load and has {sorted(more)[:5]} more"
            old = [
                number
                for number in set(staged) & set(held)
                if int(held[number].content[GATE][1:]) < staged[number]
                and self._is_before(held[number].run, load, tables)
                and not any(each.includes(number) for each in newer)
            ]
            if old:
                yield f"{slice_.name} has versions of {sorted(old)[:5]} that are older than those of its complete load"

    def _is_before(self, run: str, load: dict[str, Any], tables: Tables) -> bool:
        """Whether a run of the same slice was fetched before another, whatever a clock said."""
        if tables.loads.get(run, {}).get("slice") != load["slice"] or run not in self._fetched:
            return False
        return self._fetched[run] < self._fetched.get(load["run_id"], 0.0)

    def _rows(self, tables: Tables, list_: SimulatedList) -> list[Row]:
        place = (list_.day, list_.airline)
        rows = (row for row in tables.rows.values() if (row.content[DATE], row.content[AIRLINE]) == place)
        return [row for row in rows if list_.includes(int(row.content[NUMBER]))]

    def _key(self) -> Iterator[str]:
        for text in (*self._shown, *self._machine.log):
            if KEY in text:
                yield text[:200]
        self._shown.clear()
        self._machine.log.clear()
        store = self._machine.observed()
        if not isinstance(self._machine, RealMachine):
            yield from (path for path in store.list("") if KEY.encode() in store.read(path))

    def _model(self, tables: Tables) -> Iterator[str]:
        """On a real machine, DuckDB has what the model has."""
        if not isinstance(self._machine, RealMachine):
            return
        ours = {key: (row.content, row.removed, row.seen) for key, row in tables.rows.items()}
        model = {key: (row.content, row.removed, row.seen) for key, row in self._machine.model.rows.items()}
        if ours != model:
            keys = sorted(key for key in ours.keys() | model.keys() if ours.get(key) != model.get(key))
            yield f"DuckDB and the model differ in {len(keys)} rows: {[(ours.get(k), model.get(k)) for k in keys[:2]]}"

    def _ends_well(self, results: list[Any]) -> Iterator[str]:
        """Every slice is loaded, and the warehouse equals the lists; only an empty list is not complete."""
        tables = self._machine.warehouse()
        store = self._machine.observed()
        for result in results:
            if isinstance(result, Failed):
                yield f"{result.slice.name}: {result.error}"
        if len(results) < len(self._slices):
            yield f"{len(results)} of {len(self._slices)} slices were run"
        for slice_, list_ in self._lists():
            manifest = manifest_log.latest(store, slice_)
            if manifest is None or (list_.rows and not manifest.complete):
                yield f"{slice_.name} is not complete: {manifest and manifest.proof}"
                continue
            is_replaced = bool(manifest.staged) and self._staged(manifest, store) is None  # by a run at the same time
            if manifest.run_id not in tables.loads and not is_replaced:
                yield f"{slice_.name} is staged and not loaded"
            held = {
                int(row.content[NUMBER]): int(row.content[GATE][1:])
                for row in self._rows(tables, list_)
                if not row.removed
            }
            missing = set(list_.rows) - set(held)
            if len(missing) > manifest.quarantined:
                yield f"{slice_.name} lacks {len(missing)} rows"
            if list_.rows and set(held) - set(list_.rows) and not manifest.quarantined:
                yield f"{slice_.name} has {len(set(held) - set(list_.rows))} rows too many"
            old = [number for number, version in held.items() if version != list_.rows.get(number, version)]
            if old:
                yield f"{slice_.name} has an old version of {sorted(old)[:5]}"

    def _lists(self) -> Iterator[tuple[Slice, SimulatedList]]:
        return ((slice_, self._world.list_of(slice_)) for slice_ in self._slices)
