"""Work in chunks over several processes; what one item breaks is kept, and the others go on."""

from __future__ import annotations

import logging
import os
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from random import Random

LONGEST = 2_000  # characters of an item that is printed
LINES = 10  # of progress
GROUP = 40  # chunks


@dataclass
class Seen:
    """What became of the items, counted, and what broke."""

    counts: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)
    seconds: float = 0.0  # of CPU

    @contextmanager
    def watching(self, item: str) -> Iterator[None]:
        """Keep the item and the error if the block raises."""
        try:
            yield
        except Exception:  # noqa: BLE001 - any error is what is looked for
            self.broken.append(f"{item[:LONGEST]}\n{traceback.format_exc()[-LONGEST:]}")

    def __iadd__(self, other: Seen) -> Seen:
        self.counts += other.counts
        self.broken += other.broken
        self.seconds += other.seconds
        return self


Fuzz = Callable[[int, Random], Seen]


def in_chunks(name: str, fuzz: Fuzz, many: int, chunk: int, *, seed: int, jobs: int) -> Seen:
    """Fuzz ``many`` items, ``chunk`` at a time, each chunk from its own seed; print progress on stderr."""
    sizes = [min(chunk, many - first) for first in range(0, many, chunk)]
    chunks = [(size, f"{seed} {name} {n}") for n, size in enumerate(sizes)]
    total, done, lines = Seen(), 0, 0
    for size, seen in _all(fuzz, chunks, jobs):
        total += seen
        for text in seen.broken:
            print(f"BROKEN {text}", file=sys.stderr, flush=True)
        done += size
        if done * LINES // many > lines:
            lines = done * LINES // many
            print(f"    {done:,} of {many:,} {name}, {len(total.broken)} broken", file=sys.stderr, flush=True)
    return total


def _all(fuzz: Fuzz, chunks: Sequence[tuple[int, str]], jobs: int) -> Iterator[tuple[int, Seen]]:
    """Yield the size of each chunk and what was seen; a process that dies ends its group.

    Processes are replaced after a group, so that what they leak does not add up. Python's own way, which is
    ``max_tasks_per_child``, waits forever if all of them end at once (3.11).
    """
    for first in range(0, len(chunks), GROUP):
        with ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=_quiet) as pool:
            waiting = {pool.submit(_one, fuzz, *chunk): chunk for chunk in chunks[first : first + GROUP]}
            for each in as_completed(waiting):
                size, seed = waiting[each]
                try:
                    yield size, each.result()
                except BrokenProcessPool:
                    yield size, Seen(broken=[f"a process died on one of {size:,} items, perhaps of the seed '{seed}'"])


def _quiet() -> None:
    """Drop the library's warnings: there are thousands."""
    logging.getLogger("aviastack").addHandler(logging.NullHandler())
    logging.getLogger("aviastack").propagate = False


def _one(fuzz: Fuzz, size: int, seed: str) -> Seen:
    here, began = Path.cwd(), time.process_time()
    with tempfile.TemporaryDirectory(prefix="aviastack-fuzz-") as folder:
        os.chdir(folder)
        try:
            seen = fuzz(size, Random(seed))
        finally:
            os.chdir(here)
    seen.seconds = time.process_time() - began
    if seen.broken:
        seen.broken.append(f"(chunk of {size:,} with the seed '{seed}')")
    return seen
