"""One simulated API and one loaded slice for all commands; every test works in its own empty folder."""

from __future__ import annotations

import io
import shutil
import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from aviastack.cli.main import main
from aviastack.simulator import running_simulator
from tests.support.simulated_api import KEY, Answer

DAY = (datetime.now(UTC).date() - timedelta(days=4)).isoformat()
BEFORE = (datetime.now(UTC).date() - timedelta(days=5)).isoformat()
AA = ("flights", "--date", DAY, "--airline-iata", "AA")
"""A small settled slice, as the arguments of a command."""


@pytest.fixture(scope="session")
def simulator() -> Iterator[str]:
    """The address of a simulated API that every test shares."""
    with running_simulator(plan="enterprise", flights_per_day=2_000) as url:
        yield url


@pytest.fixture
def api(simulator: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Point the settings at the simulated API."""
    monkeypatch.setenv("AVIASTACK_BASE_URL", simulator)
    monkeypatch.setenv("AVIASTACK_PLAN", "enterprise")
    return simulator


def run_in(folder: Path, simulator: str, *words: str) -> Answer:
    """Run a command in a folder, outside of any test's own."""
    settings = {"BASE_URL": simulator, "PLAN": "enterprise", "PACE": "off", "ACCESS_KEY": KEY}
    out = io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for name, value in settings.items():
            patch.setenv(f"AVIASTACK_{name}", value)
        patch.setattr(sys, "argv", ["aviastack", *words])
        patch.setattr("aviastack.cli.demo.FLIGHTS_PER_DAY", 2_000)
        with redirect_stdout(out), pytest.raises(SystemExit) as end:
            main()
    return Answer(int(end.value.code or 0), out.getvalue(), "")


@pytest.fixture(scope="session")
def loaded_folder(simulator: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the slice :data:`AA` was run."""
    folder = tmp_path_factory.mktemp("loaded")
    assert run_in(folder, simulator, "run", *AA).code == 0
    return folder


@pytest.fixture(scope="session")
def demo(simulator: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Answer]:
    """A folder in which a small demo ran, marts included, and what it printed."""
    folder = tmp_path_factory.mktemp("demo")
    return folder, run_in(folder, simulator, "demo", "--days", "1", "--partners", "aa")


def day_of(demo: Path) -> date:
    """Return the date of the flights in the demo's folder: midnight may have passed since it ran."""
    [partition] = demo.glob("data/demo/staging/flights/date=*")
    return date.fromisoformat(partition.name.removeprefix("date="))


@pytest.fixture
def loaded(loaded_folder: Path, api: str) -> Path:
    """Put a copy of the loaded slice's files into the working folder, and return its staging folder."""
    shutil.copytree(loaded_folder / "data", "data")
    return Path("data/staging")
