"""Real commands in processes of their own, killed at random moments, and what they left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from aviastack.errors import AviastackError
from aviastack.manifest import is_run_id
from aviastack.slices import Slice
from aviastack.staging.journal import Journal
from aviastack.staging.open_store import open_store

KEY = "5eC0ffee5eC0ffee5eC0ffee5eC0ffee"
SIGNALS = (signal.SIGKILL, signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
LONGEST = 300.0  # seconds after which a command counts as hanging
Place = tuple[str, int]  # a slice and the offset of a page


@dataclass
class Found:
    """What a round found."""

    kills: int = 0
    lost: int = 0
    doubled: int = 0
    paid_twice: int = 0
    failures: list[str] = field(default_factory=list)

    def __iadd__(self, other: Found) -> Found:
        self.kills += other.kills
        self.lost += other.lost
        self.doubled += other.doubled
        self.paid_twice += other.paid_twice
        self.failures += other.failures
        return self


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
        """Start the command; ``largest_file`` bounds the files that it may write, as a full disk does."""

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


def killed(round_: Round, random: Random, seconds: float) -> Found:
    """Run the command and kill it at a random moment; count it only if it was still running."""
    before, asked = round_.journalled(), round_.requested()
    process = round_.begin()
    found = Found()
    try:
        process.communicate(timeout=random.uniform(0.05, seconds))
    except subprocess.TimeoutExpired:
        process.send_signal(random.choice(SIGNALS))
        process.communicate(timeout=LONGEST)
        found.kills = 1
    _compare(found, round_, before, asked)
    return found


def starved(round_: Round, largest_file: int) -> Found:
    """Run the command on a disk that is full; it must say so."""
    before, asked = round_.journalled(), round_.requested()
    process = round_.begin(largest_file=largest_file)
    out, _ = process.communicate(timeout=LONGEST)
    found = Found(kills=1)
    if process.returncode not in (0, 6):
        found.failures.append(f"a full disk: exit code {process.returncode}: {out[-500:]!r}")
    _compare(found, round_, before, asked)
    return found


def finished(round_: Round) -> Found:
    """Run the command to its end, and compare the warehouse with the API."""
    before, asked = round_.journalled(), round_.requested()
    process = round_.begin()
    out, errors = process.communicate(timeout=LONGEST)
    found = Found()
    if process.returncode:
        found.failures.append(f"exit code {process.returncode}: {out[-1500:]!r} {errors[-1500:]!r}")
    if KEY.encode() in out + errors:
        found.failures.append("the key is in the output")
    _compare(found, round_, before, asked)
    for slice_ in round_.slices:
        rows, keys = round_.rows(slice_)
        found.lost += max(0, _total(round_.api, slice_) - keys)
        found.doubled += rows - keys
    return found


def _compare(found: Found, round_: Round, before: set[Place], asked: dict[Place, int]) -> None:
    now = round_.requested()
    again = [place for place in before if now.get(place, 0) > asked.get(place, 0)]
    found.paid_twice += len(again)
    found.lost += len(before - round_.journalled())
    if again:
        found.failures.append(f"paid twice: {sorted(again)[:5]}")


def _total(api: str, slice_: Slice) -> int:
    """Return how many rows the API has, by a query that no command sends."""
    query = "&".join(f"{name}={value}" for name, value in (*slice_.query, ("limit", "1"), ("offset", "999999")))
    with urllib.request.urlopen(f"{api}/flights?access_key=count&{query}", timeout=60) as answer:
        return int(json.load(answer)["pagination"]["total"])
