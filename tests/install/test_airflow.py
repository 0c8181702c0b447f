"""The built wheel beside each Airflow since the floor, under constraints, on each supported Python.

Airflow publishes a file of constraints for each version: the newest package versions of its release day. Name the files
by ``AVIASTACK_TEST_CONSTRAINTS`` (a path or URL with ``{airflow}`` and ``{python}``) where they can be reached. Without
it they are derived in the same way: Airflow and its providers, resolved with the packages of that day.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from tests.install.conftest import REPOSITORY, UV, Environment, installed, python_of

pytestmark = [
    pytest.mark.skipif(
        not os.environ.get("AVIASTACK_TEST_INSTALL"), reason="installs packages; make test-install runs it"
    ),
    pytest.mark.airflow,
    pytest.mark.timeout(900),
]

AIRFLOWS = {"3.3.0": "2026-07-10", "3.3.1": "2026-08-20", "3.3.2": "2026-10-01"}  # all since the floor; days after
PYTHONS = ("3.11", "3.12", "3.13")  # all that aviastack supports
PROVIDERS = ("celery", "cncf-kubernetes", "fab", "google", "openlineage", "redis", "snowflake")
EXTRAS = "airflow,gcs,snowflake,redis"


def constraints(airflow: str, python: str, folder: Path) -> str:
    if published := os.environ.get("AVIASTACK_TEST_CONSTRAINTS"):
        return published.format(airflow=airflow, python=python)
    wanted = [f"apache-airflow=={airflow}", *(f"apache-airflow-providers-{name}" for name in PROVIDERS)]
    (folder / "airflow.in").write_text("\n".join(wanted))
    options = ["--python-version", python, "--exclude-newer", AIRFLOWS[airflow], "--output-file", "constraints.txt"]
    subprocess.run([UV, "pip", "compile", "--quiet", "airflow.in", *options], cwd=folder, check=True)
    return str(folder / "constraints.txt")


@pytest.fixture(scope="module", params=[f"{airflow} {python}" for airflow in AIRFLOWS for python in PYTHONS])
def airflow(request: pytest.FixtureRequest, wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    version, python = request.param.split()
    folder = tmp_path_factory.mktemp("airflow")
    wanted = [f"aviastack[{EXTRAS}] @ {wheel.as_uri()}", f"apache-airflow=={version}"]
    limits = ["--constraint", constraints(version, python, folder)]
    return installed(folder / "venv", *wanted, *limits, python=python_of(python))


def test_the_dags_import_and_run_with_a_dbt_of_another_environment(
    airflow: Environment, api: str, tmp_path: Path
) -> None:
    shutil.copytree(REPOSITORY / "dags", tmp_path / "dags", ignore=shutil.ignore_patterns("__pycache__"))
    variables = {
        "AIRFLOW_HOME": str(tmp_path),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        "AIRFLOW_VAR_AVIASTACK_AIRLINES": "AA",
        "AVIASTACK_BASE_URL": api,
        "AVIASTACK_ACCESS_KEY": "simulated",
        "AVIASTACK_PLAN": "enterprise",
        "AVIASTACK_DBT_EXECUTABLE": str(Path(sys.executable).with_name("dbt")),
    }
    migrated = airflow.run("airflow", "db", "migrate", cwd=tmp_path, **variables)
    assert migrated.returncode == 0, migrated.stderr[-3000:]
    errors = airflow.run("airflow", "dags", "list-import-errors", "--local", cwd=tmp_path, **variables)
    assert "No data found" in errors.stdout, errors.stdout + errors.stderr
    listed = airflow.run("airflow", "dags", "list", "--local", "--output", "plain", cwd=tmp_path, **variables)
    assert all(name in listed.stdout for name in ("flight_data", "flight_backfill", "reference_data"))
    ran = airflow.run("python", "dags/flight_data.py", cwd=tmp_path, **variables)
    assert ran.returncode == 0, (ran.stdout + ran.stderr)[-5000:]
    with duckdb.connect(str(tmp_path / "data" / "aviastack.duckdb")) as warehouse:
        assert warehouse.sql("SELECT count(*) FROM aviationstack._loads").fetchall() == [(2,)]
        [(flights,)] = warehouse.sql("SELECT count(*) FROM marts.fct_flights").fetchall()
    assert flights > 0
