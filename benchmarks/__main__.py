"""aviastack beside its peers, on one server, in one run: ``make bench`` (quick), ``make bench-full``.

    python -m benchmarks [--quick] [--times 5] [--only PATTERN] [--before FOLDER] [--name NAME] [--out FOLDER]

Writes ``quick.md``, ``full.md`` or the name that is given, the same as ``.json``, and plots, and prints the figures
beside the targets. ``--before`` is a checkout of an earlier version, whose replay is measured too.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from pathlib import Path

from benchmarks import special, targets
from benchmarks.cases import Group, Who, environment, groups
from benchmarks.measuring import Sample, ask, run, server
from benchmarks.results import Measured, Results, write
from benchmarks.rows_lost import rows_lost

RESULTS = Path(__file__).parent / "results"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="50,000 rows and few repeats")
    parser.add_argument("--times", type=int, help="runs of each case: 3 if quick, else 5")
    parser.add_argument("--only", default="", help="groups whose name this pattern finds")
    parser.add_argument("--before", type=Path, help="a checkout of an earlier version")
    parser.add_argument("--name", help="of the files: quick or full")
    parser.add_argument("--out", type=Path, default=RESULTS)
    wanted = parser.parse_args()
    times = wanted.times or (3 if wanted.quick else 5)
    results = Results(quick=wanted.quick)
    with server() as address:
        for group in groups(quick=wanted.quick, times=times):
            if re.search(wanted.only, group.name):
                results.measured += _measure(group, address)
        for name, measure in special.cases(quick=wanted.quick, before=wanted.before).items():
            if re.search(wanted.only, name):
                print(f"\n{name}", flush=True)
                results.special[name] = measure(address)
                print(results.special[name], flush=True)
    table = targets.table(results)
    for path in write(results, wanted.out, wanted.name or ("quick" if wanted.quick else "full"), table):
        print(path)
    print(f"\n{table}\n{targets.sentence(results)}")
    return 0


def _measure(group: Group, address: str) -> list[Measured]:
    """Run a group's competitors in turn, each as often as the group says."""
    print(f"\n{group.name}", flush=True)
    measured = {who.name: Measured(group.name, group.about, who.name, group.rows) for who in group.who}
    for turn in range(group.times):
        for who in (who for who in group.who if turn < who.turns):
            with tempfile.TemporaryDirectory(prefix="aviastack-bench-") as folder:
                samples = _samples(group, who, address, Path(folder))
                if "drift" in group.switches:
                    measured[who.name].lost = rows_lost(Path(folder), group.rows)
            measured[who.name].samples.append(samples[0])
            measured[who.name].again += samples[1:]
            _tell(who, samples)
    return list(measured.values())


def _samples(group: Group, who: Who, address: str, folder: Path) -> list[Sample]:
    ask(address, "reset")
    command = who.command(group.base(address), folder / "out")
    found = [run(command, address, environment(folder))]
    if group.twice:
        ask(address, "repair")
        found.append(run(command, address, environment(folder)))
    return found


def _tell(who: Who, samples: list[Sample]) -> None:
    for sample in samples:
        print(
            f"  {who.name:44}{sample.seconds:8.2f} s {sample.cpu:8.2f} s CPU {sample.megabytes:7.0f} MB "
            f"{sample.pages:6} pages {sample.refused:4} refused, exit {sample.exit_code}",
            flush=True,
        )


if __name__ == "__main__":
    sys.exit(main())
