"""Run histories of the whole pipeline under many seeds.

    python -m tests.simulation [--seeds 200] [--start 0] [--only SEED ...] [--drop FAULT ...]
        [--workers 2] [--plant NAME] [--plants]

Exits 1 if an invariant broke. A failing seed is printed with its history and the fewest faults with which it still
fails; the same seed gives the same history again. ``--plants`` plants every bug in turn, prints how many seeds it took
to find each, and exits 1 if one is not found.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from collections.abc import Iterator, Sequence

from tests.simulation.plants import PLANTS
from tests.simulation.workers import Report, run_seeds

PARTS = "client, pace, ledger, journal, staging, warehouse"


def main(words: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--start", type=int, default=0)
    parser.add_argument("--only", type=int, nargs="+", help="these seeds")
    parser.add_argument("--drop", nargs="+", default=(), help="faults to leave out, by the names that a history prints")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--plant", choices=sorted(PLANTS), default=os.environ.get("PLANT") or None)
    parser.add_argument("--plants", action="store_true", help="plant every bug in turn")
    wanted = parser.parse_args(words)
    if os.environ.get("PYTHONHASHSEED") != "0":  # sets are then in the same order each time
        os.execve(
            sys.executable,
            [sys.executable, "-W", "ignore", "-m", "tests.simulation", *(words or sys.argv[1:])],
            os.environ | {"PYTHONHASHSEED": "0"},
        )
    seeds = range(wanted.start, wanted.start + wanted.seeds)
    if wanted.plants:
        return _find_plants(seeds, wanted.workers)
    return _simulate(wanted.only or seeds, wanted.workers, wanted.plant or "", frozenset(wanted.drop))


def _simulate(seeds: Sequence[int], workers: int, plant: str, dropped: frozenset[str]) -> int:
    struck: Counter[str] = Counter()
    violations = done = 0
    for report in run_seeds(seeds, workers, plant, dropped):
        struck.update(report.struck)
        done += report.seeds
        violations += report.violations
        if report.text:
            print(report.text, flush=True)
        if plant and violations:
            break
    print("faults: " + ", ".join(f"{count:,} {kind}" for kind, count in struck.most_common()))
    print(f"{done} seeds, {violations} violations; {PARTS}", flush=True)
    return 1 if violations else 0


def _find_plants(seeds: range, workers: int) -> int:
    missed = 0
    for plant in PLANTS:
        found = _first(run_seeds(seeds, workers, plant))
        missed += found is None
        rule = found.text.partition("VIOLATION ")[2].partition("\n")[0][:120] if found else ""
        number = f"{found.failed - seeds.start + 1}" if found and found.failed is not None else "not found"
        print(f"| `{plant}` | {number} | {rule} |", flush=True)
    return 1 if missed else 0


def _first(reports: Iterator[Report]) -> Report | None:
    found = [report for report in reports if report.violations]
    return min(found, key=lambda report: report.failed or 0, default=None)


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    os._exit(code)  # DuckDB complains about what the simulated deaths left
