"""An Airflow of each test process's own, and a simulated API.

Airflow reads its home and its configuration when it is first imported, so both stand in the environment before any test
module here is.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).parents[2]
DAGS = REPOSITORY / "dags"
KEY = "00112233445566778899aabbccddeeff"

HOME = Path(tempfile.mkdtemp(prefix="airflow-"))
os.environ |= {
    "AIRFLOW_HOME": str(HOME),
    "AIRFLOW__CORE__DAGS_FOLDER": str(DAGS),
    "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    "AIRFLOW__CORE__UNIT_TEST_MODE": "False",
    "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
}


SIMULATE = """
import sys
from aviastack.simulator import running_simulator

with running_simulator(flights_a_day=60_000) as url:
    print(url, flush=True)
    sys.stdin.read()
"""


@dataclass(frozen=True)
class Api:
    """A simulated API: where it is, and what it has been asked."""

    url: str

    def asked(self) -> int:
        """Return the requests that it has answered under /v1, refusals and faults included."""
        with urllib.request.urlopen(self.url.removesuffix("/v1") + "/_sim/stats") as answer:
            return int(json.load(answer)["requests"])


@pytest.fixture
def simulated(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., AbstractContextManager[Api]]:
    """Return a context that runs a simulator with the given switches and points the settings at it."""
    from aviastack.endpoints import Plan
    from aviastack.simulator import running_simulator

    @contextmanager
    def running(plan: str = "enterprise", **switches: Any) -> Iterator[Api]:
        with running_simulator(plan=Plan(plan), **switches) as url:
            for name, value in variables(tmp_path, url, plan).items():
                monkeypatch.setenv(name, value)
            yield Api(url)

    return running


@pytest.fixture
def simulated_apart(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Api]:
    """Run a simulator in a process of its own, which takes no time from a loop that is measured."""
    command = [sys.executable, "-c", SIMULATE]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        for name, value in variables(tmp_path, url).items():
            monkeypatch.setenv(name, value)
        yield Api(url)
        process.communicate("")


def variables(folder: Path, url: str, plan: str = "enterprise") -> dict[str, str]:
    """The settings of a run that reaches nothing but the simulator and the folder."""
    return {
        "AVIASTACK_BASE_URL": url,
        "AVIASTACK_ACCESS_KEY": KEY,
        "AVIASTACK_PLAN": plan,
        "AVIASTACK_PACE": "off",
        "AVIASTACK_STAGING": str(folder / "staging"),
        "AVIASTACK_WAREHOUSE": f"duckdb:///{folder / 'aviastack.duckdb'}",
        "AVIASTACK_STATE": str(folder / "state"),
    }


@pytest.fixture(scope="session")
def dags() -> dict[str, Any]:
    """Return the DAGs of ``dags/`` by their ids, parsed as Airflow parses them."""
    from airflow.dag_processing.dagbag import DagBag

    bag = DagBag(DAGS, collect_dags=True)
    assert not bag.import_errors
    return dict(bag.dags)


@pytest.fixture(scope="session")
def airflow_database() -> None:
    """Make Airflow's database, once a process."""
    from airflow.utils.db import initdb

    initdb()
