"""A history drawn from a seed: processes that fetch, die and start again in a world that fails, until it does not.

The real client, pace, ledger, journal, staging and loader run on a virtual clock; disk, account and warehouse are in
memory, and in one history of fifty real. The invariants (``invariants.py``) are checked after every process and at the
end.
"""

from __future__ import annotations

import random
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from random import Random
from typing import Any

import pytest

from aviastack.errors import AviastackError, DamagedFile
from aviastack.page import Page
from aviastack.pipeline.outcome import Failed, Outcome
from aviastack.staging.journal import Journal
from tests.simulation.busy import BusyList, PartOfList
from tests.simulation.chance import Chance
from tests.simulation.clock import VirtualTime
from tests.simulation.commands import Commands
from tests.simulation.invariants import Invariants
from tests.simulation.kinds import BUSY, BUSY_SHARE, CHANGING, JUMPS, PART, PLAIN, WRONG_CLOCKS_SHARE
from tests.simulation.lists import SimulatedList
from tests.simulation.machine import Machine, base_settings, machine_of
from tests.simulation.plants import PLANTS
from tests.simulation.processes import Process, run_processes
from tests.simulation.world import World

START = datetime(2026, 11, 21, 1, tzinfo=UTC)
SIZES = (0, 1, 4, 10, 13, 27, 41)
HOUR, DAY = 3_600, 86_400

Job = tuple[Process, str, Coroutine[Any, Any, Any]]
"""A process, the command that it runs, and that command's work."""


@dataclass
class History:
    """What happened under one seed: a line per process, the names of the faults, and the invariants that broke."""

    seed: int
    lines: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)


def run_history(seed: int, *, plant: str = "", dropped: frozenset[str] = frozenset()) -> History:
    """Run the history of one seed, with a planted bug if one is named and without the faults that are dropped.

    The same arguments give the same history.
    """
    history = History(seed)
    chance = Chance(seed, dropped)
    with pytest.MonkeyPatch.context() as monkeypatch, VirtualTime(START).running() as clock:
        _without_other_chance(seed, monkeypatch)
        with machine_of(seed, chance, monkeypatch) as machine:
            if plant:
                PLANTS[plant](monkeypatch)
            story = _Story(history, chance, clock, machine)
            try:
                story.run(monkeypatch)
            except RuntimeError as error:
                history.violations.append(f"the processes did not end: {error}")
    history.faults = chance.struck
    return history


def _without_other_chance(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the product's own random numbers depend on the seed."""
    random.seed(seed)
    names = Random(seed)
    monkeypatch.setattr("secrets.token_hex", lambda size=8: f"{names.getrandbits(8 * size):0{2 * size}x}")


class _Story:
    """The processes of one history, one after another or two at once."""

    def __init__(self, history: History, chance: Chance, clock: VirtualTime, machine: Machine) -> None:
        self._history, self._chance, self._clock, self._machine = history, chance, clock, machine
        self._is_busy = chance.draw("busy") < BUSY_SHARE and chance.strike("busy lists")
        has_wrong_clocks = chance.draw("wrong clocks") < WRONG_CLOCKS_SHARE and self._is_busy
        self._jumps = JUMPS[has_wrong_clocks and chance.strike("wrong clocks")]
        kind = self._kind = BUSY if self._is_busy else PLAIN
        chance.intensity = chance.among("intensity", kind.intensity)
        self._world = World(chance, clock)
        self._lists: list[SimulatedList] = []
        for day, airline in kind.lists:
            self._lists.append(self._list(day, airline))
        self._slices = [self._world.add(list_) for list_ in self._lists[: chance.among("slices", kind.slices)]]
        self._settings = base_settings(
            pace=chance.among("pace", ("5/s", "5/s", "1/2s", "20/s")),
            budget=chance.among("budget", kind.budget),
            max_calls=chance.among("max calls", kind.max_calls),
            staging=machine.staging,
        )
        self._invariants = Invariants(self._world, machine, self._slices, self._settings)
        self._commands = Commands(chance, self._world, machine, self._slices, self._settings)

    def _list(self, day: date, airline: str) -> SimulatedList:
        if airline == PART and isinstance(whole := self._lists[-1], BusyList):
            return PartOfList(whole)
        if self._is_busy and day == CHANGING:
            return BusyList(day, airline, self._chance)
        return SimulatedList(day, airline, self._chance.among("sizes", SIZES), settled=day != CHANGING)

    def run(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Let processes run while faults strike, then once more without."""
        append = Journal.append

        def kept(journal: Journal, *pages: Page) -> None:
            append(journal, *pages)
            self._invariants.keep(journal, *pages)

        monkeypatch.setattr(Journal, "append", kept)
        self._world.on_request = self._invariants.request
        for number in range(self._chance.among("processes", self._kind.processes)):
            self._chapter(number)
            self._clock.advance(self._chance.among("between", (2, 30, 600, HOUR, 2 * HOUR)))
        self._calm_down()
        self._clock.advance(DAY)
        results = self._last_run("next run")
        if any(isinstance(result, Outcome) and not result.manifest.complete for result in results):
            self._clock.advance(DAY)  # a wrong page was in the journal that it resumed: a new run has none of it
            results = self._last_run("second run")
        self._check("at the end", self._invariants.end(results))

    def _chapter(self, number: int) -> None:
        """Run one process or two, with the troubles that last as long as they do, and those between two processes."""
        machine, chance = self._machine, self._chance
        machine.full(bool(chance.fault(f"chapter {number} disk", 0.05, ("no space",))))
        machine.trouble.read_only = bool(chance.fault(f"chapter {number} warehouse", 0.05, ("read-only warehouse",)))
        names = [f"process {number}"]
        if chance.fault(f"chapter {number}", 0.25, ("two processes",)):
            names.append(f"process {number}b")
        processes = [self._process(name) for name in names]
        job = chance.among("job", self._kind.jobs if number else self._kind.first)
        jobs = [self._job(process, job) for process in processes]
        if self._is_busy and len(jobs) > 1 and chance.fault(f"chapter {number} job", 0.7, ("another command",)):
            jobs[1] = self._job(processes[1], chance.among("other job", self._kind.jobs))
        self._run(jobs)
        machine.full(False)
        machine.trouble.read_only = False
        if any(process.dead for process in processes) and chance.fault(f"power {number}", 0.2, ("power cut",)):
            self._invariants.forget(machine.lose_power())
        if chance.fault(f"disk {number}", 0.08, ("bit flip",)):
            self._invariants.forget(machine.flip(chance), flipped=True)
        if chance.fault(f"clock {number}", self._jumps, ("clock jumps",)):
            self._world.jump()

    def _process(self, name: str) -> Process:
        dies = self._chance.fault(name, 0.35, ("kill",))
        turns = int(10 ** self._chance.between(f"{name} turns", 0.5, 3.0)) if dies else None
        return Process(name, turns=turns)

    def _job(self, process: Process, job: str) -> Job:
        return process, job, self._commands.run(process, job)

    def _run(self, jobs: Sequence[Job]) -> None:
        before, self._commands.booked = len(self._world.calls), 0
        self._machine.start()
        run_processes([(process, work) for process, _, work in jobs], self._clock)
        sent = len(self._world.calls) - before
        died = False
        for process, what, _ in jobs:
            died |= process.dead
            text = "killed" if process.dead else self._said(process)
            self._history.lines.append(f"{self._clock.elapsed:9,.1f} s  {process.name}, {what}: {text}")
        if not died and self._commands.booked != sent:
            self._history.violations.append(f"{sent} calls were sent and {self._commands.booked} booked")
        self._check(jobs[0][0].name, self._invariants.after())

    def _said(self, process: Process) -> str:
        """Return what a person would see of a process; an error that is not the product's own is a violation."""
        error = process.error
        while isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        if error is not None and not isinstance(error, AviastackError):
            self._history.violations.append(f"{process.name} ended with {error!r}")
        text = f"{type(error).__name__}: {error}" if error else "; ".join(map(_shown, process.result))
        self._invariants.shown(text)
        return text

    def _check(self, when: str, broken: list[str]) -> None:
        self._history.violations.extend(f"{text} ({when})" for text in broken)

    def _calm_down(self) -> None:
        self._chance.calm = True
        for list_ in self._world.lists.values():
            list_.settle(self._clock.elapsed)
        self._commands.settings = self._settings.model_copy(update={"budget": None, "max_calls": None})

    def _last_run(self, name: str) -> list[Any]:
        """Run a backfill as a person would the next day, and follow what its errors say about damaged files."""
        process = Process(name)
        self._run([self._job(process, "backfill")])
        results = list(process.result or [])
        damaged = [result.slice for result in results if isinstance(result, Failed) and _is_damage(result.error)]
        if not damaged:
            return results
        repair = Process(f"{name}, replays")
        self._run([(repair, "replay", self._commands.replays(repair, damaged))])
        again = Process(f"{name}, again")
        self._run([self._job(again, "backfill")])
        return list(again.result or [])


def _is_damage(error: AviastackError) -> bool:
    return isinstance(error, DamagedFile) or "replay" in error.remedy


def _shown(result: Outcome | Failed) -> str:
    if isinstance(result, Failed):
        return f"{result.slice.name} {type(result.error).__name__}: {str(result.error)[:200]}"
    manifest = result.manifest
    loaded = f", {result.loaded.inserted}+{result.loaded.updated}-{result.loaded.removed}" if result.loaded else ""
    state = "complete" if manifest.complete else f"incomplete ({manifest.proof})"
    return f"{result.slice.name} {manifest.rows} rows{loaded}, {result.calls} calls, {state}"
