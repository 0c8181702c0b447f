"""Measurements without peers: stalls of the loop, latency against its ideal, and replays, which must stay linear."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.cases import BESIDE, CONCURRENCY, OURS, environment
from benchmarks.measuring import ask, run
from benchmarks.server import DAY, LARGEST

COMPILED = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}  # compiled once, as wherever it is installed
Case = Callable[[str], dict[str, Any]]


def cases(*, quick: bool, before: Path | None = None) -> dict[str, Case]:
    """Return the measurements by name. ``before`` is a checkout of an earlier version."""
    small, large = (50_000, 200_000) if quick else (1_000_000, 10_000_000)
    return {
        "stalls of the event loop": partial(stalls, rows=50_000 if quick else 200_000),
        "latency against the ideal": partial(latency, pages=500 if quick else 5_000),
        "replay from the journal": partial(replays, small=small, large=large, before=before),
        "start of the command": starts,
    }


def starts(_: str) -> dict[str, Any]:
    """Seconds of whole processes in the environment with all extras: median, fastest and slowest of 15."""
    python = str(BESIDE / "bin" / "python")
    commands = {
        "python alone": ["-c", "pass"],
        "import aviastack": ["-c", "import aviastack"],
        "aviastack --help": ["-m", "aviastack", "--help"],
    }
    found: dict[str, list[float]] = {name: [] for name in commands}
    for _turn in range(16):
        for name, command in commands.items():
            began = time.perf_counter()
            subprocess.run([python, *command], stdout=subprocess.DEVNULL, check=True, env=COMPILED)
            found[name].append(time.perf_counter() - began)
    warm = {name: sorted(seconds[1:]) for name, seconds in found.items()}
    return {
        name: {"median": statistics.median(seconds), "fastest": seconds[0], "slowest": seconds[-1]}
        for name, seconds in warm.items()
    }


def stalls(address: str, rows: int) -> dict[str, Any]:
    """The longest time for which the event loop did not turn, from the first request to the last page."""
    found: dict[str, Any] = {"rows": rows}
    for options, prefix in (([], ""), (["--script"], "in a script: ")):
        ask(address, "reset")
        with tempfile.TemporaryDirectory(prefix="aviastack-bench-") as folder:
            command = [sys.executable, "-m", "benchmarks.stalls", f"{address}/rows={rows}/v1", folder, *options]
            printed = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
        found |= {prefix + name: value for name, value in json.loads(printed.splitlines()[-1]).items()}
    return found


def latency(address: str, pages: int) -> dict[str, Any]:
    """First request to last answer at 100 ms and 16 in flight, over what the latency alone makes of it."""
    rows, wait = pages * 100, 0.1
    ask(address, "reset")
    with tempfile.TemporaryDirectory(prefix="aviastack-bench-") as folder:
        base = f"{address}/rows={rows},latency={wait}/v1"
        sample = run(OURS.command(base, Path(folder) / "out"), address, environment(Path(folder)))
    rounds = 1 + -(-(pages - 1) // int(CONCURRENCY))
    return {"pages": sample.pages, "seconds": sample.span, "ideal": rounds * wait, "ratio": sample.span / rounds / wait}


def replays(address: str, small: int, large: int, before: Path | None) -> dict[str, Any]:
    """Fill two journals, then stage each again with no call: seconds, memory, and the ratio of the two.

    The earlier version replays the smaller one in turn with ours.
    """
    found: dict[str, Any] = {}
    for rows in (small, large):
        with tempfile.TemporaryDirectory(prefix="aviastack-bench-") as folder:
            found[f"{rows:,}"] = _replayed(address, rows, Path(folder))
    seconds = [figures["seconds"] for figures in found.values()]
    found |= {"ratio of seconds": seconds[1] / seconds[0], "ratio of rows": large / small}
    if before is not None:
        ours, theirs = [], []
        for _ in range(3):
            for times, checkout in ((ours, None), (theirs, before)):
                with tempfile.TemporaryDirectory(prefix="aviastack-bench-") as folder:
                    times.append(_replayed(address, small, Path(folder), checkout)["seconds"])
        earlier, now = statistics.median(theirs), statistics.median(ours)
        found["earlier version"] = {"seconds": earlier, "ours": now, "ratio": earlier / now}
    return found


def _replayed(address: str, rows: int, folder: Path, checkout: Path | None = None) -> dict[str, float]:
    known = environment(folder) | {"AVIASTACK_PLAN": "business"}  # pages of LARGEST rows, to fill the journal soon
    if checkout is not None:
        known |= {"PYTHONPATH": str(checkout), "PYTHONSAFEPATH": "1"}  # not the working folder, which is ours
    assert LARGEST == 1_000
    ask(address, "reset")
    filled = run(OURS.command(f"{address}/rows={rows}/v1", folder / "out"), address, known)
    ask(address, "reset")
    staging = ["--staging", str(folder / "out" / "staging"), "--stage-only", "--json"]
    command = [sys.executable, "-m", "aviastack", "replay", "flights", "--date", DAY, *staging]
    sample = run(command, address, known)
    assert sample.rows == filled.rows == rows, (sample.said, filled.said)
    return {"seconds": sample.seconds, "cpu": sample.cpu, "megabytes": sample.megabytes, "extracted": filled.seconds}
