"""The whole way on this machine: a simulated API over HTTP, a staging folder, a DuckDB file, the command line."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import threading
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from aviastack.cli.main import main
from aviastack.endpoints import Plan
from aviastack.simulator import running_simulator
from aviastack.simulator.server import Server

KEY = "00112233445566778899aabbccddeeff"


@dataclass(frozen=True)
class Answer:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def object(self) -> dict[str, Any]:
        lines = self.out.splitlines()
        assert len(lines) == 1, f"stdout is to be one JSON object: {self.out!r}"
        return json.loads(lines[0])

    @property
    def slice(self) -> dict[str, Any]:
        [only] = self.object["slices"]
        return only


Cli = Callable[..., Answer]


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Iterator[Cli]:
    """Run a command line in this process, as the installed program would."""
    monkeypatch.setenv("AVIASTACK_ACCESS_KEY", KEY)
    monkeypatch.setenv("AVIASTACK_PACE", "off")
    monkeypatch.setenv("COLUMNS", "200")

    def run(*words: str) -> Answer:
        monkeypatch.setattr(sys, "argv", ["aviastack", *words])
        capfd.readouterr()
        with pytest.raises(SystemExit) as end:
            main()
        out, err = capfd.readouterr()
        code = end.value.code
        return Answer(code if isinstance(code, int) else 0 if code is None else 1, out, err)

    yield run
    logging.basicConfig(force=True)


@dataclass(frozen=True)
class Api:
    """A simulated API: where it is, and what it has been asked."""

    url: str
    opened: threading.Event  # set: every request is answered

    def asked(self) -> int:
        """Return the requests under /v1 that have arrived, refusals and faults included."""
        with urllib.request.urlopen(self.url.removesuffix("/v1") + "/_sim/stats") as answer:
            return int(json.load(answer)["requests"])


@pytest.fixture
def simulated(monkeypatch: pytest.MonkeyPatch) -> Callable[..., AbstractContextManager[Api]]:
    """Return a context that runs a simulator with the given switches and points the settings at it.

    With ``answers`` it answers that many requests, and the others once the test sets ``opened``.
    """

    @contextmanager
    def running(*, answers: int | None = None, **switches: Any) -> Iterator[Api]:
        plan, opened = Plan(switches.pop("plan", "enterprise")), threading.Event()

        async def held(server: Server) -> None:
            if server._stats.to_json()["requests"] > answers:
                while not opened.is_set():  # noqa: ASYNC110 - another thread sets it
                    await asyncio.sleep(0.01)

        if answers is not None:
            monkeypatch.setattr(Server, "_wait", held)
        with running_simulator(plan=plan, **switches) as url:
            monkeypatch.setenv("AVIASTACK_BASE_URL", url)
            monkeypatch.setenv("AVIASTACK_PLAN", plan)
            try:
                yield Api(url, opened)
            finally:
                opened.set()

    return running


@pytest.fixture
def query() -> Callable[..., list[tuple[Any, ...]]]:
    """Ask the default warehouse."""

    def ask(sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(Path("data/aviastack.duckdb")), read_only=True) as connection:
            return connection.execute(sql).fetchall()

    return ask
