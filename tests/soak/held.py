"""What a process holds, and whether it grew.

Growth is judged by medians and by order, never by one sample: after warming up, the samples are divided into five
parts. A count grew if the median of the last part is above that of the first. Memory and objects grew if the last
median is also above every other one, and above the first by more than a tolerance: a cache that fills and an
allocator that gives pages back late rise once, a leak rises throughout.
"""

from __future__ import annotations

import gc
import os
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass, fields
from itertools import pairwise
from pathlib import Path
from statistics import median

WARM_UP = 0.2  # share of the samples that are not judged
PARTS = 5
TOLERANCE = {"memory": 0.05, "objects": 0.02}  # share of the first median; of anything else not one more is allowed


@dataclass(frozen=True)
class Held:
    """Resident memory in MiB, thousands of blocks that Python has allocated, and counts."""

    memory: float
    objects: float
    sockets: float
    files: float
    threads: float

    def __str__(self) -> str:
        return (
            f"{self.memory:.0f} MiB, {self.objects:,.0f} thousand objects, "
            f"{self.sockets:g} sockets, {self.files:g} files, {self.threads:g} threads"
        )


def held() -> Held:
    """Return what this process holds now."""
    gc.collect()
    targets = []
    for number in Path("/proc/self/fd").iterdir():
        try:
            targets.append(f"{number.readlink()}")
        except FileNotFoundError:  # the descriptor of this listing
            continue
    sockets = sum(target.startswith("socket:") for target in targets)
    resident = int(Path("/proc/self/statm").read_text().split()[1])
    return Held(
        memory=resident * os.sysconf("SC_PAGE_SIZE") / 2**20,
        objects=sys.getallocatedblocks() / 1000,
        sockets=sockets,
        files=len(targets) - sockets,
        threads=threading.active_count(),
    )


def medians(samples: Sequence[Held]) -> list[Held]:
    """Return the medians of the parts after warming up; of at least one sample each."""
    warm = samples[int(len(samples) * WARM_UP) :]
    if len(warm) < PARTS:
        raise ValueError(f"{len(samples)} samples are too few to judge: give more minutes")
    bounds = [len(warm) * part // PARTS for part in range(PARTS + 1)]
    parts = [warm[first:last] for first, last in pairwise(bounds)]
    return [Held(**{each.name: median(getattr(s, each.name) for s in part) for each in fields(Held)}) for part in parts]


def grown(parts: Sequence[Held]) -> list[str]:
    """Return what grew, a sentence each, given the medians of the parts in order."""
    found = []
    for each in fields(Held):
        *before, last = [getattr(part, each.name) for part in parts]
        tolerance = TOLERANCE.get(each.name)
        if last > before[0] if tolerance is None else last > max(before) and last > before[0] * (1 + tolerance):
            found.append(f"{each.name} grew from {before[0]:,.0f} to {last:,.0f}")
    return found
