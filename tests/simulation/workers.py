"""Runs seeds in forked processes, each for some seeds only: what killed processes left is never cleaned up."""

from __future__ import annotations

import gc
import os
import pickle
import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tests.simulation.history import History, run_history
from tests.simulation.shrink import fewest_faults

SEEDS_PER_PROCESS = 50
WARM_UP = -1  # imports what histories import, so that a seed gives the same history wherever it comes in its process


@dataclass
class Report:
    """What some seeds showed. ``failed`` is the first that broke an invariant."""

    seeds: int = 0
    violations: int = 0
    failed: int | None = None
    text: str = ""
    struck: Counter[str] = field(default_factory=Counter)


def run_seeds(
    seeds: Sequence[int], workers: int, plant: str = "", dropped: frozenset[str] = frozenset()
) -> Iterator[Report]:
    """Run the seeds in their order, ``workers`` processes at a time; a planted bug ends them at the first find."""
    waiting = [seeds[start : start + SEEDS_PER_PROCESS] for start in range(0, len(seeds), SEEDS_PER_PROCESS)]
    waiting.reverse()
    running: dict[int, int] = {}
    is_found = False
    gc.freeze()
    while waiting or running:
        while waiting and len(running) < workers and not is_found:
            pid, pipe = _fork(waiting.pop(), plant, dropped)
            running[pid] = pipe
        if is_found and not running:
            return
        pid = next(iter(running))
        report = _received(running.pop(pid))
        os.waitpid(pid, 0)
        is_found = is_found or bool(plant and report.violations)
        yield report


def _fork(seeds: Sequence[int], plant: str, dropped: frozenset[str]) -> tuple[int, int]:
    reading, writing = os.pipe()
    pid = os.fork()
    if pid:
        os.close(writing)
        return pid, reading
    try:
        with os.fdopen(writing, "wb") as pipe:
            pickle.dump(_run(seeds, plant, dropped), pipe)
    finally:
        os._exit(0)


def _received(pipe: int) -> Report:
    with os.fdopen(pipe, "rb") as file:
        data = file.read()
    return pickle.loads(data) if data else Report(violations=1, text="a worker died")


def _run(seeds: Sequence[int], plant: str, dropped: frozenset[str]) -> Report:
    gc.disable()
    report, texts = Report(), []
    attempted(WARM_UP)
    for seed in seeds:
        history = attempted(seed, plant=plant, dropped=dropped)
        report.seeds += 1
        report.struck.update(name.partition(" at ")[0] for name in history.faults)
        if history.violations:
            report.violations += len(history.violations)
            report.failed = seed if report.failed is None else report.failed
            texts.append(_shown(history) if plant else _shown(fewest_faults(history, dropped)))
            if plant:
                break
    report.text = "\n".join(texts)
    return report


def attempted(seed: int, *, plant: str = "", dropped: frozenset[str] = frozenset()) -> History:
    """Run a history; a crash of it is a violation."""
    try:
        return run_history(seed, plant=plant, dropped=dropped)
    except Exception as error:  # noqa: BLE001  a crash is a violation, and the next seeds are run
        return History(seed, violations=["".join(traceback.format_exception(error, limit=-8))])


def _shown(history: History) -> str:
    lines = [f"seed {history.seed}: {len(history.violations)} violations"]
    lines += [f"    {line[:600]}" for line in history.lines]
    lines += [f"    fault: {name}" for name in history.faults]
    lines += [f"    VIOLATION {text[:2000]}" for text in history.violations[:5]]
    return "\n".join(lines)
