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
BUCKET = "staged"

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

with running_simulator(flights_per_day=60_000) as url:
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


@dataclass(frozen=True)
class Accounts:
    """A bucket and a Snowflake of the emulators, reached by Airflow's own default connections."""

    snowflake: Any
    monkeypatch: pytest.MonkeyPatch

    def lend(self, port: int | None = None) -> None:
        """Stage in the bucket and load into the Snowflake that listens, or does not, on ``port``."""
        given = {name.removeprefix("SNOWFLAKE_").lower(): value for name, value in self.snowflake.variables.items()}
        connection = {"conn_type": "snowflake", "login": given.pop("user"), "password": given.pop("password")}
        extra = given | ({"port": str(port)} if port else {})
        self.monkeypatch.setenv("AIRFLOW_CONN_SNOWFLAKE_DEFAULT", json.dumps(connection | {"extra": extra}))
        self.monkeypatch.setenv("AIRFLOW_CONN_GOOGLE_CLOUD_DEFAULT", '{"conn_type": "google_cloud_platform"}')
        self.monkeypatch.setenv("AVIASTACK_STAGING", f"gs://{BUCKET}/flights")
        self.monkeypatch.delenv("AVIASTACK_WAREHOUSE", raising=False)


@pytest.fixture
def accounts(monkeypatch: pytest.MonkeyPatch) -> Iterator[Accounts]:
    """Run both emulators, with the schema and the stage that a load needs."""
    import snowflake.connector

    from tests.support.gcs_emulator import GcsEmulator
    from tests.support.snowflake_emulator import SnowflakeEmulator

    with GcsEmulator(BUCKET) as bucket, SnowflakeEmulator(gcs=bucket.url) as warehouse:
        given = {name.removeprefix("SNOWFLAKE_").lower(): value for name, value in warehouse.variables.items()}
        with snowflake.connector.connect(**given, platform_detection_timeout_seconds=0) as session:
            session.cursor().execute("CREATE SCHEMA IF NOT EXISTS AVIATIONSTACK")
            session.cursor().execute(
                f"CREATE STAGE AVIATIONSTACK.AVIASTACK_STAGE URL = 'gcs://{BUCKET}/flights/' "
                "FILE_FORMAT = (TYPE = PARQUET)"
            )
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", bucket.url)
        yield Accounts(warehouse, monkeypatch)


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
