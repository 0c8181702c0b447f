"""What must hold of the warehouse, by what the API's lists had in truth; each broken rule is a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from aviastack.pipeline.outcome import Failed
from aviastack.staging import manifest_log
from tests.simulation.lists import SimulatedList
from tests.simulation.machine import Machine, RealMachine
from tests.simulation.run_rules import Lists, RunRules
from tests.simulation.tables import CONTENT, Row, Tables
from tests.simulation.world import World

STATUS, GATE, NUMBER = CONTENT.index("flight_status"), CONTENT.index("departure_gate"), CONTENT.index("flight_number")
AIRLINE, DATE = CONTENT.index("airline_iata"), CONTENT.index("flight_date")

TIE = timedelta(seconds=1), timedelta(hours=2, minutes=2)
"""Within which either of two slices that overlap may count as the newer one: the resolution of the Date header, or the
most by which a clock is set and the length of a run. A load that was dated ahead gets an earlier time later on."""


class WarehouseRules:
    """The rules of the warehouse, and what it last had; ``flipped`` are the slices of which a file was damaged."""

    def __init__(self, world: World, machine: Machine, lists: Lists, flipped: set[str], runs: RunRules) -> None:
        self._world, self._machine, self._lists, self._flipped, self._runs = world, machine, lists, flipped, runs
        self._newest: dict[str, tuple[int, Row]] = {}  # what the warehouse last had of a key
        self._removed: set[str] = set()

    def rows(self, tables: Tables) -> Iterator[str]:
        """No key twice, no flight that never was, nothing older than before, nothing removed that is still there."""
        lists = {(list_.day, list_.airline): (slice_, list_) for slice_, list_ in self._lists if list_.is_whole}
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

    def model(self, tables: Tables) -> Iterator[str]:
        """On a real machine, DuckDB has what the model has."""
        if not isinstance(self._machine, RealMachine):
            return
        ours = {key: (row.content, row.removed, row.seen) for key, row in tables.rows.items()}
        model = {key: (row.content, row.removed, row.seen) for key, row in self._machine.model.rows.items()}
        if ours != model:
            keys = sorted(key for key in ours.keys() | model.keys() if ours.get(key) != model.get(key))
            yield f"DuckDB and the model differ in {len(keys)} rows: {[(ours.get(k), model.get(k)) for k in keys[:2]]}"

    def ends_well(self, results: list[Any]) -> Iterator[str]:
        """Every slice is loaded, and the warehouse equals the lists; only an empty list is not complete."""
        tables = self._machine.warehouse()
        store = self._machine.observed()
        for result in results:
            if isinstance(result, Failed):
                yield f"{result.slice.name}: {result.error}"
        if len(results) < len(self._lists):
            yield f"{len(results)} of {len(self._lists)} slices were run"
        for slice_, list_ in self._lists:
            manifest = manifest_log.latest(store, slice_)
            if manifest is None or (list_.rows and not manifest.complete):
                yield f"{slice_.name} is not complete: {manifest and manifest.proof}"
                continue
            is_replaced_at_once = bool(manifest.staged) and self._runs.staged(manifest, store) is None
            if manifest.run_id not in tables.loads and not is_replaced_at_once:
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

    def _complete_loads(self, tables: Tables) -> Iterator[str]:
        """The rows of a slice's newest complete load are those of its run, and what was seen since.

        Some of them are not, if a complete load of a slice that overlaps is newer and decided about them.
        """
        store = self._machine.observed()
        newest: dict[str, dict[str, Any]] = {}
        latest: dict[str, datetime] = {}
        for load in sorted(
            tables.loads.values(), key=lambda load: (self._runs.fetched.get(load["run_id"], 0.0), load["run_id"])
        ):
            if load["complete"]:
                newest[load["slice"]] = load
                latest[load["slice"]] = max(load["as_of"], latest.get(load["slice"], load["as_of"]))
        for slice_, list_ in self._lists:
            load = newest.get(slice_.name)
            if load is None or slice_.name in self._flipped:
                continue
            manifest = manifest_log.of_run(store, slice_, load["run_id"])
            staged = self._runs.staged(manifest, store) if manifest is not None else None
            if manifest is None or staged is None or manifest.quarantined or not manifest.rows:
                continue
            held = {int(row.content[NUMBER]): row for row in self._rows(tables, list_) if not row.removed}
            newer = [
                other
                for name, other in self._lists
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
        if tables.loads.get(run, {}).get("slice") != load["slice"] or run not in self._runs.fetched:
            return False
        return self._runs.fetched[run] < self._runs.fetched.get(load["run_id"], 0.0)

    def _are_tied(self, tables: Tables, one: Row, other: Row) -> bool:
        """Whether two slices saw the rows in runs at the same time. Runs of one slice come one after the other."""
        slices = {tables.loads[row.run]["slice"] for row in (one, other) if row.run in tables.loads}
        return len(slices) == 2 and abs(one.seen - other.seen) < TIE[self._world.has_jumped]

    def _rows(self, tables: Tables, list_: SimulatedList) -> list[Row]:
        place = (list_.day, list_.airline)
        rows = (row for row in tables.rows.values() if (row.content[DATE], row.content[AIRLINE]) == place)
        return [row for row in rows if list_.includes(int(row.content[NUMBER]))]
