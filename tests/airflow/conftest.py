"""An Airflow of each test process's own, and a simulated API.

Airflow reads its home and its configuration when it is first imported, so both stand in the environment before any test
module here is.
"""

from __future__ import annotations

import json
import os
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


@dataclass(frozen=True)
class Api:
    """A simulated API: where it is, and what it has been asked."""

    url: str

    def asked(self) -> int:
        """Return the requests that it has answered under /v1, refusals and faults included."""
        return sum(self.told()["requests"].values())

    def told(self) -> dict[str, Any]:
        with urllib.request.urlopen(self.url.removesuffix("/v1") + "/_sim/stats") as answer:
            return json.load(answer)


@pytest.fixture
def simulated(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., AbstractContextManager[Api]]:
    """Return a context that runs a simulator with the given switches and points the settings at it."""
    from aviastack.simulator import running_simulator

    @contextmanager
    def running(**switches: Any) -> Iterator[Api]:
        with running_simulator(**switches) as url:
            monkeypatch.setenv("AVIASTACK_BASE_URL", url)
            monkeypatch.setenv("AVIASTACK_ACCESS_KEY", KEY)
            monkeypatch.setenv("AVIASTACK_PLAN", str(switches.get("plan", "enterprise")))
            monkeypatch.setenv("AVIASTACK_PACE", "off")
            monkeypatch.setenv("AVIASTACK_STAGING", str(tmp_path / "staging"))
            monkeypatch.setenv("AVIASTACK_WAREHOUSE", f"duckdb:///{tmp_path / 'aviastack.duckdb'}")
            monkeypatch.setenv("AVIASTACK_STATE", str(tmp_path / "state"))
            yield Api(url)

    return running


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
