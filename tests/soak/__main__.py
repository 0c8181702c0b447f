"""Run the library for a long time in one process, against an API with faults; what it holds must not grow.

    python -X dev -W error::ResourceWarning -m tests.soak [--minutes 60] [--seed 1]

Each cycle backfills two dates into a new staging folder and warehouse, asks for one of them again as a notebook would,
and reads the status. After a fifth of the time, memory may grow by a tenth at most; sockets, files and threads not at
all. Exits 1 otherwise, and for any warning about something that was not closed.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count
from pathlib import Path
from statistics import median

from aviastack.api.session import Api
from aviastack.pipeline.backfill import run_all
from aviastack.pipeline.outcome import Failed
from aviastack.pipeline.run import Pipeline
from aviastack.settings import settings_from
from aviastack.slices import Slice
from aviastack.staging import manifest_log
from aviastack.staging.open_store import open_store

FAULTS = "no_pagination=0.02,reset=0.02,http500=0.02,empty=0.01,truncated=0.01"
GROWTH = 1.1
WARM = 0.2  # share of the time after which nothing may grow


@dataclass(frozen=True)
class Held:
    """What the process holds: memory in MiB, and counts."""

    memory: float
    sockets: int
    files: int
    threads: int


def held() -> Held:
    """Return what the process holds now."""
    gc.collect()
    targets = []
    for number in Path("/proc/self/fd").iterdir():
        try:
            targets.append(f"{number.readlink()}")
        except FileNotFoundError:
            continue
    sockets = sum(target.startswith("socket:") for target in targets)
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    memory = pages * os.sysconf("SC_PAGE_SIZE") / 2**20
    return Held(memory, sockets, len(targets) - sockets, threading.active_count())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args()
    unclosed: list[str] = []
    sys.unraisablehook = lambda unraisable: unclosed.append(repr(unraisable.exc_value))
    warnings.showwarning = lambda message, category, *_, **__: unclosed.append(f"{category.__name__}: {message}")
    with tempfile.TemporaryDirectory(prefix="aviastack-soak-") as folder:
        words = ["-m", "aviastack", "simulate", "--port", "0", "--faults", FAULTS, "--seed", str(wanted.seed)]
        server = subprocess.Popen([sys.executable, *words], stdout=subprocess.PIPE, text=True)
        try:
            base = _address(server)
            seen, samples = _cycles(base, Path(folder), wanted.minutes)
        finally:
            server.terminate()
            server.wait()
            if server.stdout is not None:
                server.stdout.close()
    leaks = [text for text in unclosed if "ResourceWarning" in text]
    return _judged(seen, samples, leaks, wanted.minutes)


def _address(server: subprocess.Popen[str]) -> str:
    assert server.stdout is not None
    for line in server.stdout:
        for word in line.replace("=", " ").split():
            if word.startswith("http://127.0.0.1:"):
                return word.rstrip(".,/")
    raise RuntimeError("the simulator did not start")


def _cycles(base: str, folder: Path, minutes: float) -> tuple[Counter[str], list[Held]]:
    seen: Counter[str] = Counter()
    samples: list[Held] = []
    end = time.monotonic() + 60 * minutes
    for number in count():
        if time.monotonic() >= end:
            return seen, samples
        place = folder / str(number)
        seen += asyncio.run(_cycle(base, place, date(2026, 3, 1) + timedelta(days=2 * (number % 90))))
        shutil.rmtree(place, ignore_errors=True)
        samples.append(held())
    raise AssertionError("count() has no end")


async def _cycle(base: str, place: Path, day: date) -> Counter[str]:
    settings = settings_from(
        base_url=base,
        access_key="soak",
        plan="basic",
        pace="off",
        staging=str(place / "staging"),
        warehouse=f"duckdb:///{place / 'warehouse.duckdb'}",
        state=str(place / "state"),
    )
    slices = [
        Slice.of("flights", {"flight_date": f"{day + timedelta(days=n)}", "airline_iata": "AA"}) for n in range(2)
    ]
    store = open_store(settings.staging)
    seen = Counter(cycles=1)
    async with Api(settings) as api:
        pipeline = Pipeline(settings, store, api)
        for again in (True, False):
            for result in await run_all(pipeline, slices, again=again):
                if isinstance(result, Failed):
                    seen["failed slices"] += 1
                else:
                    seen["rows"] += result.manifest.rows
                    seen["slices"] += 1
        seen["calls"] += api.calls
    seen["manifests"] += len(list(manifest_log.every(store)))
    return seen


def _judged(seen: Counter[str], samples: list[Held], leaks: list[str], minutes: float) -> int:
    warm = samples[int(len(samples) * WARM) :]
    third = max(1, len(warm) // 3)
    first, last = warm[:third], warm[-third:]
    memory = [median(sample.memory for sample in part) for part in (first, last)]
    print(f"{minutes:g} minutes: " + ", ".join(f"{count:,} {what}" for what, count in seen.items()))
    print(f"memory {memory[0]:.0f} to {memory[1]:.0f} MiB (medians of the first and last third after warming up)")
    broken = [] if memory[1] <= GROWTH * memory[0] else [f"memory grew by {memory[1] / memory[0] - 1:.0%}"]
    for what in ("sockets", "files", "threads"):
        before, after = (max(getattr(sample, what) for sample in part) for part in (first, last))
        print(f"{what} {before} to {after}")
        broken += [f"{what} grew from {before} to {after}"] * (after > before)
    broken += leaks[:5]
    for text in broken:
        print(f"NOT FLAT: {text}")
    print(f"{len(leaks)} resource warnings", flush=True)
    return 1 if broken else 0


if __name__ == "__main__":
    raise SystemExit(main())
