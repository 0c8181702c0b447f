"""Run histories of the whole pipeline under many seeds.

    python -m tests.simulation [--seeds 200] [--start 0] [--workers 2] [--plant NAME]

Exits 1 if an invariant broke. A failing seed is printed with its history; the same seed gives the same history again.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import traceback
from collections.abc import Sequence

from tests.simulation.plants import PLANTS

PARTS = "client, pace, ledger, journal, staging, warehouse"


def main(words: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--start", type=int, default=0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--plant", choices=sorted(PLANTS), default=os.environ.get("PLANT") or None)
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args(words)
    if arguments.worker:
        _work(arguments)
    return _share_out(arguments)


def _work(arguments: argparse.Namespace) -> None:
    """Run a range of seeds in this process and end it at once: what killed processes left must not be cleaned up."""
    from tests.simulation.history import History, run_history

    violations = 0
    for seed in range(arguments.start, arguments.start + arguments.seeds):
        try:
            history = run_history(seed, plant=arguments.plant or "")
        except Exception as error:  # noqa: BLE001  a crash is a violation, and the next seeds are run
            history = History(seed, violations=[_innermost(error)])
        if history.violations:
            violations += len(history.violations)
            print(f"seed {seed}: {len(history.violations)} violations")
            for line in (*history.lines, *(f"VIOLATION {text}" for text in history.violations[:5])):
                print(f"    {line[:2000]}")
            if arguments.plant:
                break
    print(f"violations: {violations}", flush=True)
    os._exit(0)


def _innermost(error: BaseException) -> str:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return "".join(traceback.format_exception(error, limit=-8))


def _share_out(arguments: argparse.Namespace) -> int:
    """Give every worker process its share of the seeds, and add up what they found."""
    share = -(-arguments.seeds // arguments.workers)
    starts = range(arguments.start, arguments.start + arguments.seeds, share)
    command = [sys.executable, "-W", "ignore", "-m", "tests.simulation", "--worker"]
    if arguments.plant:
        command += ["--plant", arguments.plant]
    workers = [
        subprocess.Popen(
            [*command, "--start", str(start), "--seeds", str(min(share, arguments.start + arguments.seeds - start))],
            stdout=subprocess.PIPE,
            text=True,
        )
        for start in starts
    ]
    violations = 0
    for worker in workers:
        *lines, last = worker.communicate()[0].splitlines() or [""]
        if lines:
            print("\n".join(lines))
        if not last.startswith("violations: "):
            print(f"a worker died: {last}")
            violations += 1
            continue
        violations += int(last.removeprefix("violations: "))
    print(f"{arguments.seeds} seeds, {violations} violations; {PARTS}")
    return 1 if violations else 0


if __name__ == "__main__":
    raise SystemExit(main())
