"""Run commands for a long time in one process, against an API with faults; what the process holds must not grow.

    python -X dev -W error::ResourceWarning -m tests.soak [--minutes 60] [--seed 1]

Each cycle backfills, runs, fetches, replays, queries and prunes in a new staging folder and warehouse, and once into
a file that is not a database. Prints what the process holds twenty times. Exits 1 if memory, objects, sockets, files
or threads grew after the first fifth, for a bug, and for any warning; Ctrl-C ends it early with what there is.
"""

from __future__ import annotations

import argparse
import json
import logging
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from itertools import count
from pathlib import Path

from tests.soak.commands import Broken, cycle
from tests.soak.held import Held, grown, held, medians

FAULTS = (
    "no_pagination=0.02,error_200=0.01,html=0.01,http500=0.02,rate=0.01,unauthorized=0.002,truncated=0.01,"
    "severed=0.01,reset=0.02,dropped=0.01,empty=0.01,bad_row=0.01,new_field=0.02"
)
FLIGHTS, DATES = 20_000, 10  # rows of a date, whole world; dates that are used in turn
LINES = 20  # of progress


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args()
    complaints = _gathered_complaints()
    soak = Soak(wanted.minutes)
    with tempfile.TemporaryDirectory(prefix="aviastack-soak-") as folder, _simulator(wanted.seed) as api:
        try:
            soak.run(api, Path(folder))
        except KeyboardInterrupt:
            print("interrupted", flush=True)
        except Broken as error:
            complaints.append(str(error))
        faults = _faults(api)
    print(f"faults met: {sum(faults.values()):,} ({_shown(faults)})")
    return _judged(soak.samples, complaints)


class Soak:
    """Cycles until the time is over; what was seen, and a sample after each."""

    def __init__(self, minutes: float) -> None:
        self.samples: list[Held] = []
        self._seen: Counter[str] = Counter()
        self._began, self._seconds = time.monotonic(), 60 * minutes

    def run(self, api: str, folder: Path) -> None:
        """Run cycles; the last one may end a cycle's length after the time."""
        lines = 0
        try:
            for number in count():
                passed = time.monotonic() - self._began
                if passed >= self._seconds:
                    return
                if self.samples and passed >= lines * self._seconds / LINES:
                    lines = int(passed * LINES / self._seconds) + 1
                    print(f"{passed / 60:.1f} min, {self._seen['cycles']} cycles: {self.samples[-1]}", flush=True)
                place = folder / str(number)
                self._seen += cycle(api, place, date(2026, 3, 1) + timedelta(days=2 * number % DATES))
                shutil.rmtree(place)
                self.samples.append(held())
        finally:
            print(f"{(time.monotonic() - self._began) / 60:.1f} minutes: {_shown(self._seen)}", flush=True)


def _gathered_complaints() -> list[str]:
    """Return a list that takes every warning, every error that could not be raised, and asyncio's own errors."""
    complaints: list[str] = []

    class Gather(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            complaints.append(record.getMessage())

    logging.getLogger("asyncio").addHandler(Gather(logging.ERROR))
    sys.unraisablehook = lambda unraisable: complaints.append(f"{unraisable.exc_value!r} in {unraisable.object!r}")
    warnings.showwarning = lambda message, category, file, line, *_: complaints.append(
        f"{category.__name__}: {message} ({file}:{line})"
    )
    return complaints


@contextmanager
def _simulator(seed: int) -> Iterator[str]:
    """Yield the address of a simulator in a separate process and session, which Ctrl-C does not reach."""
    words = ["simulate", "--port", "0", "--faults", FAULTS, "--seed", f"{seed}", "--flights", f"{FLIGHTS}", "--json"]
    server = subprocess.Popen(
        [sys.executable, "-m", "aviastack", *words], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    with server:
        try:
            assert server.stdout is not None
            yield str(json.loads(server.stdout.readline())["url"])
        finally:
            server.terminate()


def _faults(api: str) -> Counter[str]:
    with urllib.request.urlopen(f"{api.removesuffix('/v1')}/_sim/stats", timeout=60) as answer:
        return Counter(json.load(answer)["faults"])


def _shown(counts: Counter[str]) -> str:
    return ", ".join(f"{number:,} {what}" for what, number in sorted(counts.items()))


def _judged(samples: list[Held], complaints: list[str]) -> int:
    try:
        parts = medians(samples)
    except ValueError as error:
        print(f"NOT JUDGED: {error}")
        return 1
    for number, part in enumerate(parts, 1):
        print(f"medians of part {number} of {len(parts)} after warming up: {part}")
    broken = grown(parts)
    for text in broken:
        print(f"NOT FLAT: {text}")
    for text, times in Counter(complaints).most_common(20):
        print(f"{times} times: {text}")
    print(f"{'NOT FLAT' if broken else 'flat'}; {len(complaints)} warnings and errors", flush=True)
    return 1 if broken or complaints else 0


if __name__ == "__main__":
    raise SystemExit(main())
