"""An Airflow for each test process, one running Airflow for the session, and a simulated API.

Airflow reads its home and its configuration when it is first imported, so both stand in the environment before any test
module here is.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
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


SERVE = """
import asyncio, json, signal, sys, threading
from pathlib import Path
from aviastack.airflow import standalone
from aviastack.endpoints import Plan
from aviastack.simulator.server import Server

def end_with_the_tests():
    sys.stdin.read()  # until the process of the tests is gone, however it ended
    signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

async def hold(server):
    held = home / "api.held"  # the count of requests after which no answer is sent
    while held.exists() and server._stats.to_json()["requests"] > int(held.read_text()):
        await asyncio.sleep(0.05)

Server._wait = hold
threading.Thread(target=end_with_the_tests, daemon=True).start()
home, variables = Path(sys.argv[1]), json.loads(sys.argv[2])
simulator = {"plan": Plan.BASIC}
standalone.PATIENCE = 1_200
standalone.serve(home, home / "dags", standalone.free_port(), simulator=simulator, variables=variables)
"""
DBT = """#!/bin/sh
[ -e "$0.skip" ] && exit 0
exec "{python}" -m dbt.cli.main "$@" --select +flights --exclude-resource-type test unit_test
"""


@dataclass(frozen=True)
class Api:
    """A simulated API: where it is, and what it has been asked."""

    url: str

    def asked(self) -> int:
        """Return the requests that it has answered under /v1, refusals and faults included."""
        return int(self.stats()["requests"])

    def stats(self) -> dict[str, Any]:
        """Return what it has counted."""
        with urllib.request.urlopen(self.url.removesuffix("/v1") + "/_sim/stats") as answer:
            return dict(json.load(answer))


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


def dbt_executable(folder: Path) -> Path:
    """Write a dbt that builds the flights mart without its tests, or nothing while ``dbt.skip`` is beside it."""
    dbt = folder / "dbt"
    dbt.write_text(DBT.format(python=sys.executable))
    dbt.chmod(0o755)
    return dbt


@pytest.fixture(scope="session")
def standalone_airflow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Run Airflow as ``make airflow`` does, once a session, with the DAGs of ``dags/`` and of the tests."""
    from tests.airflow.driving import PATIENCE, Airflow

    home = tmp_path_factory.mktemp("standalone")
    (home / "dags").mkdir()
    for dag in (*DAGS.glob("*.py"), *Path(__file__).with_name("scaled_out").glob("*.py")):
        shutil.copy(dag, home / "dags")
    given = {
        "AVIASTACK_ACCESS_KEY": "a-key-that-no-log-may-hold",
        "AVIASTACK_PLAN": "basic",
        "AVIASTACK_CONCURRENCY": "2",
        "AVIASTACK_RETRY_DELAY": "2",
        "AVIASTACK_LATE_AFTER": "1",
        "AVIASTACK_DBT_EXECUTABLE": str(dbt_executable(home)),
        "AIRFLOW__OPENLINEAGE__TRANSPORT": json.dumps(
            {"type": "file", "log_file_path": str(home / "lineage.jsonl"), "append": True}
        ),
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "AIRFLOW__SCHEDULER__USE_JOB_SCHEDULE": "False",  # a DAG runs only when a test triggers it
        # However busy the machine is, the triggerer is not taken for dead, which would run its triggers twice.
        "AIRFLOW__TRIGGERER__TRIGGERER_HEALTH_CHECK_THRESHOLD": "1200",
        "AIRFLOW__TRIGGERER__RUNNER_HEALTH_CHECK_THRESHOLD": "1200",
    }
    command = [sys.executable, "-c", SERVE, str(home), json.dumps(given)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        announced = dict(
            line.split(maxsplit=1) for line in iter(process.stderr.readline, "Ctrl-C ends it.\n") if line.strip()
        )
        port = int(announced["Airflow"].rpartition(":")[2])
        variables = standalone_variables(home, announced["API"].split(",")[0], port, given)
        yield Airflow(home, port, announced["API"].split(",")[0], variables, process)
        process.send_signal(signal.SIGINT)
        process.wait(PATIENCE)


def standalone_variables(home: Path, api: str, port: int, given: dict[str, str]) -> dict[str, str]:
    """The variables with which Airflow's processes were started."""
    from aviastack.airflow.standalone import environment

    return environment(home, api, port, dags=home / "dags") | given
