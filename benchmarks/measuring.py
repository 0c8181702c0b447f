"""One run of one command: wall, CPU and memory of its whole process tree, and what the server saw of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.request import urlopen

import psutil

EVERY = 0.02  # seconds between two looks at the memory


@dataclass(frozen=True)
class Sample:
    """``seconds`` from start to end of the process, imports included; ``cpu`` in seconds, children's too.

    ``megabytes`` is the highest sum of the tree's resident memory. ``pages``, ``refused`` and ``failed`` are the
    server's count; ``span`` the seconds between its first request and its last answer.
    """

    seconds: float
    cpu: float
    megabytes: float
    rows: int | None
    pages: int
    refused: int
    failed: int
    span: float
    exit_code: int
    said: Mapping[str, Any]


def ask(server: str, path: str) -> dict[str, Any]:
    """Return the server's answer, as ``stats``, ``reset`` or ``repair``."""
    with urlopen(f"{server}/{path}") as answer:
        return dict(json.load(answer))


def run(command: Sequence[str], server: str, environment: Mapping[str, str]) -> Sample:
    """Run a command that ends with one JSON object on stdout."""
    if (before := ask(server, "stats"))["pages"] or before["failed"]:
        raise RuntimeError("The server was not reset before the run.")
    began = time.perf_counter()
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "", **environment},  # compiled once, as wherever it is installed
        text=True,
    )
    peak = _Peak(process.pid)
    output, errors = process.communicate()
    seconds = time.perf_counter() - began
    megabytes, cpu = peak.end()
    seen = ask(server, "stats")
    said = _last_json(output)
    if process.returncode not in (0, 3, 5, 7) and "dlt" not in " ".join(command):
        print(errors[-2_000:], file=sys.stderr)
    return Sample(
        seconds,
        cpu,
        megabytes,
        _rows(said),
        seen["pages"],
        seen["refused"],
        seen["failed"],
        seen["span"],
        process.returncode,
        said,
    )


@contextmanager
def server() -> Iterator[str]:
    """Start the server in a separate process; yield its address."""
    process = subprocess.Popen([sys.executable, "-m", "benchmarks.server"], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
    finally:
        process.kill()
        process.wait()


class _Peak:
    """Watches a process tree from a thread; CPU is the children's that were waited for, ours since the start."""

    def __init__(self, pid: int) -> None:
        self._bytes = 0
        self._ended = threading.Event()
        self._before = os.times()
        self._thread = threading.Thread(target=self._watch, args=(psutil.Process(pid),), daemon=True)
        self._thread.start()

    def end(self) -> tuple[float, float]:
        """Return the highest memory in megabytes and the CPU seconds."""
        self._ended.set()
        self._thread.join()
        after = os.times()
        spent = after.children_user + after.children_system
        return self._bytes / 1e6, spent - self._before.children_user - self._before.children_system

    def _watch(self, root: psutil.Process) -> None:
        while not self._ended.wait(EVERY):
            try:
                tree = [root, *root.children(recursive=True)]
            except psutil.Error:
                return
            self._bytes = max(self._bytes, sum(_resident(process) for process in tree))


def _resident(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0


def _last_json(output: str) -> dict[str, Any]:
    lines = [line for line in output.splitlines() if line.startswith("{")]
    return dict(json.loads(lines[-1])) if lines else {}


def _rows(said: Mapping[str, Any]) -> int | None:
    """The rows that the command counted; ours stand in its slices."""
    slices = said.get("slices") or []
    return sum(slice_["rows"] or 0 for slice_ in slices) if slices else said.get("rows")
