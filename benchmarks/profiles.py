"""Where the time and the memory of a run go: py-spy by thread, memray by allocation, into ``results/profile.md``.

    python -m benchmarks.profiles [--rows 1000000] [--out benchmarks/results]

Seconds are those in which a thread was not idle (100 looks a second; a thread that waits for the interpreter counts),
so they add up to more than the run took. Memory is what was allocated at the highest point, by the code that asked.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path

from benchmarks.cases import OURS, environment
from benchmarks.measuring import ask, server

LOOKS = 100  # a second
MOST = 6
MAIN = "from aviastack.cli.main import main; main()"  # the command itself ends before memray has written
WAITING = {"_worker (concurrent/futures/thread.py)", "Runner.run (asyncio/runners.py)"}
THREADS = {
    "MainThread": "event loop: requests, answers, proof of each page",
    "journal": "journal: zstd, append",
    "reader": "reader: pages to columns",
    "writer": "writer: clocks, keys, checks, rules, Parquet",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results")
    wanted = parser.parse_args()
    with server() as address, tempfile.TemporaryDirectory(prefix="aviastack-profile-") as folder:
        text = f"# Profile of {wanted.rows:,} flights to Parquet\n\nMade by `python -m benchmarks.profiles`.\n"
        text += "\n## Seconds by thread (py-spy)\n\n" + _time(address, wanted.rows, Path(folder) / "time")
        text += "\n## Memory at its highest (memray)\n\n" + _memory(address, wanted.rows // 5, Path(folder) / "memory")
    wanted.out.mkdir(parents=True, exist_ok=True)
    (wanted.out / "profile.md").write_text(text)
    print(text)


def _time(address: str, rows: int, folder: Path) -> str:
    raw = folder / "raw.txt"
    spy = ["record", "--nonblocking", "--rate", str(LOOKS), "--threads", "--format", "raw", "--output", str(raw)]
    with _begun((), address, rows, folder) as watched:  # as a child of py-spy it can hang
        subprocess.run([_beside("py-spy"), *spy, "--pid", str(watched.pid)], check=True, capture_output=True)
    leaves: dict[str, Counter[str]] = defaultdict(Counter)
    for line in raw.read_text().splitlines():
        stack, looks = line.rsplit(" ", 1)
        thread, *frames = stack.split(";")
        name = next((title for known, title in THREADS.items() if known in thread), None)
        leaf = re.sub(r":\d+\)$", ")", frames[-1]) if frames else ""
        if name is not None and leaf not in WAITING:
            leaves[name][leaf] += int(looks)
    lines = ["| thread | seconds | of which |", "|---|--:|---|"]
    for name in sorted(leaves, key=lambda thread: -leaves[thread].total()):
        most = ", ".join(f"`{frame}` {looks / LOOKS:.1f}" for frame, looks in leaves[name].most_common(MOST))
        lines.append(f"| {name} | {leaves[name].total() / LOOKS:.1f} | {most} |")
    return "\n".join(lines) + "\n"


def _memory(address: str, rows: int, folder: Path) -> str:
    import memray

    binary = folder / "memory.bin"
    memray_run = [sys.executable, "-m", "memray", "run", "--quiet", "--aggregate", "--output", str(binary)]
    with _begun(memray_run, address, rows, folder) as watched:
        if watched.wait():
            raise SystemExit(f"memray ended with {watched.returncode}")
    records = list(memray.FileReader(binary).get_high_watermark_allocation_records(merge_threads=True))
    sizes: Counter[str] = Counter()
    for record in records:
        frames = record.stack_trace(max_stacks=40)
        own = next((f"{Path(file).name}, {name}" for name, file, _ in frames if "/aviastack/" in file), None)
        sizes[own or "imports, and libraries without aviastack"] += record.size
    lines = [f"{rows:,} flights; {sizes.total() / 1e6:.0f} MB asked for in all.", "", "| for | MB |", "|---|--:|"]
    lines += [f"| {name} | {size / 1e6:.1f} |" for name, size in sizes.most_common(MOST)]
    return "\n".join(lines) + "\n"


def _begun(watcher: Sequence[str], address: str, rows: int, folder: Path) -> subprocess.Popen[bytes]:
    folder.mkdir()
    ask(address, "reset")
    ours = OURS.command(f"{address}/rows={rows}/v1", folder / "out")
    command = [*watcher, "-c", MAIN, *ours[3:]] if watcher else ours
    variables = {**os.environ, **environment(folder)}
    return subprocess.Popen(command, env=variables, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _beside(program: str) -> str:
    return str(Path(sys.executable).parent / program)


if __name__ == "__main__":
    main()
