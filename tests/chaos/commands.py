"""Real commands in processes of their own, killed at random moments, and what they left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from aviastack.errors import EXIT_BUG, AviastackError
from aviastack.manifest import is_run_id
from aviastack.slices import Slice
from aviastack.staging.journal import Journal
from aviastack.staging.open_store import open_store

KEY = "5eC0ffee5eC0ffee5eC0ffee5eC0ffee"
SIGNALS = (signal.SIGKILL, signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
LONGEST = 900.0  # seconds after which a command counts as hanging
TICKS = os.sysconf("SC_CLK_TCK")  # of CPU time per second in /proc
Place = tuple[str, int]  # a slice and the offset of a page


@dataclass
class Found:
    """What a round found."""

    kills: int = 0
    runs: int = 0
    lost: int = 0
    doubled: int = 0
    paid_twice: int = 0
    failures: list[str] = field(default_factory=list)

    def __add__(self, other: Found) -> Found:
        return Found(
            self.kills + other.kills,
            self.runs + other.runs,
            self.lost + other.lost,
            self.doubled + other.doubled,
            self.paid_twice + other.paid_twice,
            [*self.failures, *other.failures],
        )

    def __iadd__(self, other: Found) -> Found:
        self.kills += other.kills
        self.runs += other.runs
        self.lost += other.lost
        self.doubled += other.doubled
        self.paid_twice += other.paid_twice
        self.failures += other.failures
        return self

    @property
    def good(self) -> bool:
        return not (self.lost or self.doubled or self.paid_twice or self.failures)


@dataclass(frozen=True)
class Length:
    """How long a command takes if nothing disturbs it, in seconds."""

    wall: float
    cpu: float


@dataclass
class Round:
    """One command over some slices, its places, and how to count the rows of the warehouse by slice."""

    words: list[str]
    slices: list[Slice]
    api: str
    variables: dict[str, str]
    rows: Callable[[Slice], tuple[int, int]]  # rows and different keys of a slice

    @property
    def staging(self) -> str:
        return self.variables["AVIASTACK_STAGING"]

    def begin(self, *, largest_file: int | None = None) -> subprocess.Popen[bytes]:
        """Start the command; ``largest_file`` bounds the bytes of each file that it may write."""
        bounded = [] if largest_file is None else ["prlimit", f"--fsize={largest_file}"]
        return subprocess.Popen(
            [*bounded, sys.executable, "-m", "aviastack", *self.words, "--json"],
            env={**os.environ, **self.variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def journalled(self) -> set[Place]:
        """Return the whole pages in all journals of the slices."""
        store = open_store(self.staging)
        found: set[Place] = set()
        for slice_ in self.slices:
            folder = f"journal/{slice_.endpoint.table}/{slice_.name}"
            for run in sorted({path.split("/")[3] for path in store.list(folder)}):
                if not is_run_id(run):
                    continue
                try:
                    pages = Journal.read(store, slice_, run)._frames()
                    found |= {(slice_.name, frame.page().offset) for frame in pages}
                except AviastackError:  # the process died before it had written the run's record
                    continue
        return found

    def requested(self) -> dict[Place, int]:
        """Return how often the API was asked for each page."""
        with urllib.request.urlopen(f"{self.api.removesuffix('/v1')}/_sim/stats", timeout=60) as answer:
            counted = json.load(answer)["offsets"]
        names = {f"flights?{'&'.join(f'{n}={v}' for n, v in sorted(slice_.query))}": slice_ for slice_ in self.slices}
        return {
            (names[query].name, int(offset)): count
            for query, offsets in counted.items()
            if query in names
            for offset, count in offsets.items()
        }


def killed(round_: Round, random: Random, length: Length) -> Found:
    """Run the command and kill it at a random moment of its time or of its work; count it if it was still running."""
    before, asked = round_.journalled(), round_.requested()
    process = round_.begin()
    found = Found(runs=1)
    if random.random() < 0.5:
        _wait(process, wall=random.uniform(0, length.wall))
    else:
        _wait(process, cpu=random.uniform(0, length.cpu))
        time.sleep(random.uniform(0, 1 / TICKS))
    if process.poll() is None:
        process.send_signal(random.choice(SIGNALS))
        found.kills = 1
    _ended(process, found)
    _compare(found, round_, before, asked)
    return found


def starved(round_: Round, largest_file: int | None = None) -> Found:
    """Run the command when there is no room for its files; it must say so."""
    before, asked = round_.journalled(), round_.requested()
    process = round_.begin(largest_file=largest_file)
    found = Found(runs=1)
    out = _ended(process, found)
    if process.returncode not in (0, 6):
        found.failures.append(f"no room: exit code {process.returncode}: {out[-1500:]}")
    _compare(found, round_, before, asked)
    return found


def finished(round_: Round) -> tuple[Found, Length]:
    """Run the command to its end, and compare the warehouse with the API."""
    before, asked = round_.journalled(), round_.requested()
    began, spent = time.monotonic(), os.times()
    process = round_.begin()
    found = Found(runs=1)
    out = _ended(process, found)
    wall, now = time.monotonic() - began, os.times()
    cpu = now.children_user + now.children_system - spent.children_user - spent.children_system
    if process.returncode:
        found.failures.append(f"exit code {process.returncode}: {out[-2500:]}")
    _compare(found, round_, before, asked)
    for slice_ in round_.slices:
        rows, keys = round_.rows(slice_)
        found.lost += max(0, total(round_.api, slice_) - keys)
        found.doubled += rows - keys
    return found, Length(wall, cpu)


def _wait(process: subprocess.Popen[bytes], *, wall: float = LONGEST, cpu: float = LONGEST) -> None:
    """Wait until the process has ended, or has run for so many seconds, or has used so many of a CPU."""
    end = time.monotonic() + wall
    while process.poll() is None and time.monotonic() < end:
        try:
            fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            return
        if (int(fields[11]) + int(fields[12])) / TICKS >= cpu:
            return
        time.sleep(0.002)


def _ended(process: subprocess.Popen[bytes], found: Found) -> str:
    """Wait for the process's end and return what it printed; a traceback, the key or a process that hangs is bad."""
    try:
        out, errors = process.communicate(timeout=LONGEST)
    except subprocess.TimeoutExpired:
        process.kill()
        out, errors = process.communicate()
        found.failures.append(f"hangs after {LONGEST:g} s: {out[-1000:]!r} {errors[-1000:]!r}")
    text = (out + errors).decode(errors="replace")
    if KEY in text:
        found.failures.append("the key is in the output")
    is_bug = process.returncode == EXIT_BUG or "Traceback" in text
    if is_bug and not _before_main(text):
        found.failures.append(f"a bug, exit code {process.returncode}: {text[-2500:]}")
    return text


def _before_main(text: str) -> bool:
    """Whether Python was interrupted before the command line could report it."""
    return text.rstrip().endswith("KeyboardInterrupt") and "in _exit_code" not in text


def _compare(found: Found, round_: Round, before: set[Place], asked: dict[Place, int]) -> None:
    now = round_.requested()
    again = [place for place in before if now.get(place, 0) > asked.get(place, 0)]
    missing = before - round_.journalled()
    found.paid_twice += len(again)
    found.lost += len(missing)
    if again:
        found.failures.append(f"paid twice: {sorted(again)[:5]}")
    if missing:
        found.failures.append(f"lost from the journal: {sorted(missing)[:5]}")


def total(api: str, slice_: Slice) -> int:
    """Return how many rows the API has, by a query that no command sends."""
    query = "&".join(f"{name}={value}" for name, value in (*slice_.query, ("limit", "1"), ("offset", "999999")))
    with urllib.request.urlopen(f"{api}/flights?access_key=count&{query}", timeout=60) as answer:
        return int(json.load(answer)["pagination"]["total"])
