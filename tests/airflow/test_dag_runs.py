"""Every DAG from end to end through ``dag.test()``, and what becomes of a run when something fails.

``dag.test()`` runs triggers inside the task's process; ``make test-airflow`` has the real triggerer.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections import Counter
from datetime import timedelta
from fnmatch import fnmatch
from math import ceil
from pathlib import Path

import duckdb
import pytest
import stamina

from aviastack.airflow import steps
from aviastack.endpoints import Plan
from aviastack.errors import KeyRefused, WarehouseUnavailable
from aviastack.staging.open_store import open_store
from tests.airflow.conftest import dbt_executable

pytestmark = [
    pytest.mark.airflow,
    pytest.mark.slow,
    pytest.mark.usefixtures("airflow_database"),
]

STEPS = ["extract_flight_data", "upload_to_gcs", "load_to_snowflake", "check_data_quality"]
PAGES = 6  # of a partner's day on the basic plan
BUILD_MARTS = steps.build_marts


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    """Let the client retry without pauses, and the loader give a held DuckDB file up at once."""
    from aviastack.warehouse.duckdb import DuckDB

    monkeypatch.setitem(DuckDB.__init__.__kwdefaults__, "wait", 0.1)
    with stamina.set_testing(True, attempts=6):
        yield


@pytest.fixture(autouse=True)
def builds(monkeypatch):
    """Return a list that grows with each build of the marts; one test runs dbt itself."""
    built = []
    monkeypatch.setattr("aviastack.airflow.steps.build_marts", lambda connections: built.append("marts"))
    return built


def summary(run):
    """Return what ``summarize_run`` left as an XCom."""
    from airflow.models.xcom import XComModel
    from airflow.utils.session import create_session

    with create_session() as session:
        found = XComModel.get_many(key="summary", run_id=run, task_ids="summarize_run")
        return XComModel.deserialize_value(session.scalars(found).one())


def run(dag, **conf):
    """Run the DAG with short delays between tries; return its state and how many instances of each task ended how."""
    for task in dag.tasks:
        task.retry_delay, task.retry_exponential_backoff, task.retries = timedelta(seconds=0.1), 0, 3
    dag.deadline = None  # dag.test() of Airflow 3.3 takes an alert for its id
    done = dag.test(run_conf=conf)
    run.latest = done.run_id
    states = {}
    for instance in done.get_task_instances():
        states.setdefault(instance.task_id, Counter())[str(instance.state)] += 1
    return str(done.state), states


def one_slice(dag, **more):
    return run(dag, dates=["2026-03-02"], airlines=["AA"], **more)


@pytest.fixture
def dbt(builds, monkeypatch, tmp_path):
    """Let dbt build the flights mart in a separate environment, as if Airflow and dbt were installed apart."""
    monkeypatch.setattr("aviastack.airflow.steps.build_marts", BUILD_MARTS)
    monkeypatch.setenv("AVIASTACK_DBT_EXECUTABLE", str(dbt_executable(tmp_path)))


@pytest.fixture
def failures(dags):
    """Return a list that fills with the errors for which tasks of flight_data fail for good."""
    seen, tasks = [], [task for task in dags["flight_data"].tasks if task.task_id != "summarize_run"]
    usual = {task.task_id: task.on_failure_callback for task in tasks}
    for task in tasks:
        task.on_failure_callback = [lambda context: seen.append(context["exception"])]
    yield seen
    for task in tasks:
        task.on_failure_callback = usual[task.task_id]


def rows(folder: Path, sql: str):
    with duckdb.connect(str(folder / "aviastack.duckdb")) as connection:
        return connection.sql(sql).fetchall()


@pytest.mark.usefixtures("dbt")
def test_a_day_goes_from_the_api_to_the_marts_although_the_first_try_of_its_extraction_fails(
    dags, simulated, tmp_path, failures
):
    with simulated(plan="basic", faults="http500@300=8") as api:  # six in the first try of the task, two in the next
        state, states = one_slice(dags["flight_data"])
        assert api.asked() == PAGES + 8, "the retry fetches only what is missing"
    assert state == "success", states
    assert summary(run.latest)["calls"] == PAGES + 8, "those of the failed try too"
    assert all(states[step] == {"success": 1} for step in [*STEPS, "run_dbt", "summarize_run"])
    assert not failures
    [(loaded,)] = rows(tmp_path, "SELECT rows FROM aviationstack._loads WHERE complete")
    assert rows(tmp_path, "SELECT count(*) FROM aviationstack.flights") == [(loaded,)]
    [(flights,)] = rows(tmp_path, "SELECT count(*) FROM marts.flights")
    assert 0 < flights <= loaded


def test_flight_data_lands_each_partner_and_date_and_builds_the_marts_once(
    dags, simulated, tmp_path, builds, monkeypatch
):
    measured = {}
    for kind in ("incr", "gauge"):
        monkeypatch.setattr(f"airflow.sdk.observability.stats.{kind}", measure(measured))
    with simulated(plan="basic", quota=1000) as api:
        monkeypatch.setenv("AVIASTACK_PACE", "500/s")
        state, states = run(dags["flight_data"], dates=["2026-03-02", "2026-03-03"], airlines=["AA", "AA"])
        assert api.asked() == 2 * PAGES
    assert state == "success", states
    assert builds == ["marts"]
    assert all(states[step] == {"success": 2} for step in STEPS)
    loads = rows(tmp_path, "SELECT slice, complete FROM aviationstack._loads ORDER BY slice")
    assert loads == [("2026-03-02.airline_iata=AA", True), ("2026-03-03.airline_iata=AA", True)]
    counts = summary(run.latest)
    assert (counts["slices"], counts["loaded"], counts["calls"], counts["failed"]) == (2, 2, 2 * PAGES, {})
    [(flights,)] = rows(tmp_path, "SELECT count(*) FROM aviationstack.flights")
    assert counts["rows"] == flights > 0
    assert measured == {
        "aviastack.calls": 2 * PAGES,
        "aviastack.rows": flights,
        "aviastack.quarantined": 0,
        "aviastack.incomplete": 0,
        "aviastack.empty": 0,
        "aviastack.pace": 500.0,
        "aviastack.quota_left": 1000 - 2 * PAGES,
    }


def measure(measured):
    def count(name, value=1, **_):
        if name.startswith("aviastack."):
            measured[name] = value

    return count


SPOILT = ",".join(f"bad_row@{100 * page}=1" for page in range(PAGES))


def test_a_failed_check_makes_the_run_red_builds_the_others_marts_and_is_fetched_again(
    dags, simulated, tmp_path, failures, builds
):
    dates = {"dates": ["2026-03-02", "2026-03-03"], "airlines": ["AA"]}
    with simulated(plan="basic", faults=SPOILT) as api:
        state, states = run(dags["flight_data"], **dates)
        assert (state, api.asked()) == ("failed", 2 * PAGES)
        assert states["check_data_quality"] == {"failed": 1, "success": 1}
        assert states["run_dbt"] == {"success": 1}
        assert builds == ["marts"]
        assert list(summary(run.latest)["failed"].values()) == ["check_data_quality"]
        [error] = failures
        assert "records are quarantined" in str(error)
        assert "most often because" in str(error)
        assert str(tmp_path / "staging" / "quarantine" / "flights") in str(error)

        state, states = run(dags["flight_data"], **dates)
        assert state == "success", states
        assert api.asked() == 3 * PAGES, "the spoilt slice is not final, the other one is"

        state, states = run(dags["flight_data"], **dates, again=True)
        assert state == "success", states
        assert api.asked() == 5 * PAGES


def test_an_airline_without_flights_makes_no_run_red_and_is_not_fetched_again(dags, simulated):
    asked = {"first": "2026-03-02", "last": "2026-03-03", "airlines": ["AA", "F9"]}
    with simulated() as api:
        state, states = run(dags["flight_data"], dates=["2026-03-02"], airlines=["AA", "F9"])
        assert (state, api.asked()) == ("success", 2), states
        assert summary(run.latest)["empty"] == ["2026-03-02.airline_iata=F9"]
        assert summary(run.latest)["incomplete"] == []
        state, states = run(dags["flight_backfill"], **asked)
        assert (state, api.asked()) == ("success", 4), states
        assert states["check_data_quality"] == {"success": 2}
        run(dags["flight_backfill"], **asked)
        assert api.asked() == 4, "nothing is left to fetch"


def test_an_environment_of_its_own_runs_by_its_connection_alone(simulated, tmp_path, monkeypatch, builds):
    from airflow.dag_processing.dagbag import DagBag

    monkeypatch.setattr("aviastack.airflow.defaults.ENVIRONMENTS", ["test"])
    dag = DagBag(Path(__file__).parents[2] / "dags", collect_dags=True).dags["flight_data_test"]
    apart = {"staging": str(tmp_path / "test"), "warehouse": f"duckdb:///{tmp_path}/test.duckdb", "plan": "enterprise"}
    with simulated() as api:
        connection = {"conn_type": "aviationstack", "host": api.url, "password": "of-the-test", "extra": apart}
        monkeypatch.setenv("AIRFLOW_CONN_AVIATIONSTACK_TEST", json.dumps(connection))
        monkeypatch.delenv("AVIASTACK_BASE_URL")
        state, states = one_slice(dag)
        assert api.asked() == 1
    assert state == "success", states
    assert builds == ["marts"]
    assert list((tmp_path / "test" / "manifests").rglob("*.json"))
    assert not (tmp_path / "staging").exists()
    assert not (tmp_path / "aviastack.duckdb").exists()


def test_reference_data_lands_every_table_at_the_price_of_its_pages(dags, simulated, tmp_path):
    with simulated() as api:
        state, states = run(dags["reference_data"])
        asked = api.asked()
    assert state == "success", states
    tables = dict(rows(tmp_path, "SELECT endpoint, rows FROM aviationstack._loads WHERE complete"))
    assert len(tables) == 8
    assert asked == sum(ceil(held / Plan.ENTERPRISE.rows_per_page) for held in tables.values())


def test_a_backfill_keeps_to_its_budget_and_goes_on_when_it_is_run_again(dags, simulated, tmp_path):
    asked = {"first": "2026-03-01", "last": "2026-03-03", "airlines": ["AA"]}
    with simulated(plan="basic") as api:
        state, states = run(dags["flight_backfill"], **asked, max_calls=PAGES + 1)
        assert (state, api.asked()) == ("success", PAGES + 1), states
        assert states["extract_flight_data"] == {"success": 1, "skipped": 2}
        state, states = run(dags["flight_backfill"], **asked, max_calls=100)
        assert state == "success", states
        assert states["extract_flight_data"] == {"success": 2}, "what is final is left out"
        assert api.asked() == 3 * PAGES, "the page that the first run paid for is not paid again"
    assert len(rows(tmp_path, "SELECT slice FROM aviationstack._loads WHERE complete")) == 3


def test_a_month_that_is_spent_makes_a_backfill_red(dags, simulated):
    with simulated(plan="basic", quota=2):
        state, states = run(dags["flight_backfill"], first="2026-03-02", last="2026-03-02", airlines=["AA"])
    assert state == "failed"
    assert states["extract_flight_data"] == {"failed": 1}
    assert states["run_dbt"] == {"skipped": 1}


def test_a_refused_key_fails_at_once_with_one_call(dags, simulated, failures):
    with simulated(plan="basic", key="another") as api:
        state, states = one_slice(dags["flight_data"])
        assert api.asked() == 1
    assert state == "failed"
    assert states["extract_flight_data"] == {"failed": 1}
    assert states["upload_to_gcs"] == {"upstream_failed": 1}
    assert states["run_dbt"] == {"skipped": 1}
    assert states["summarize_run"] == {"failed": 1}
    [error] = failures
    assert isinstance(error, KeyRefused)


def test_a_spent_month_ends_the_run_with_the_time_of_the_next_try(dags, simulated, failures):
    with simulated(plan="basic", quota=2) as api:
        state, states = one_slice(dags["flight_data"])
        assert api.asked() == 2
        [error] = failures
        assert "Try again at" in str(error)
        assert summary(run.latest)["calls"] == 2
        assert one_slice(dags["flight_data"])[0] == "failed"
        assert summary(run.latest)["calls"] == 0
        assert api.asked() == 2, "a month that is known to be spent is not asked about at every try"
    assert state == "failed"
    assert states["extract_flight_data"] == {"failed": 1}


def test_with_the_warehouse_held_only_the_load_is_retried_and_nothing_is_fetched_again(
    dags, simulated, tmp_path, failures, monkeypatch
):
    load = dags["flight_data"].task_dict["load_to_snowflake"]
    command = [sys.executable, "-c", "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print(1); sys.stdin.read()"]
    with (
        simulated(plan="basic") as api,
        subprocess.Popen([*command, tmp_path / "aviastack.duckdb"], stdin=-1, stdout=-1) as holder,
    ):
        holder.stdout.readline()
        tries = []
        freed = [lambda context: (tries.append(context["exception"]), holder.communicate())]
        monkeypatch.setattr(load, "on_retry_callback", freed)
        state, states = one_slice(dags["flight_data"])
        assert api.asked() == PAGES
    assert state == "success", states
    [error] = tries
    assert isinstance(error, WarehouseUnavailable)
    assert not failures
    assert rows(tmp_path, "SELECT count(*) FROM aviationstack._loads") == [(1,)]


@pytest.mark.emulators
def test_with_snowflake_down_only_the_load_is_retried_and_nothing_is_fetched_or_staged_again(
    dags, simulated, accounts, failures, monkeypatch
):
    load = dags["flight_data"].task_dict["load_to_snowflake"]
    monkeypatch.setattr(load, "deferrable", True)  # on the worker, the test above shows the same
    monkeypatch.setattr("aviastack.warehouse.snowflake.SIGN_IN_SECONDS", 2)
    tries = []

    def snowflake_is_back(context):
        tries.append(context["exception"])
        monkeypatch.setattr("aviastack.warehouse.snowflake.SIGN_IN_SECONDS", 300)
        accounts.lend()

    monkeypatch.setattr(load, "on_retry_callback", [snowflake_is_back])
    with simulated(plan="basic") as api, socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # bound and not listening: it refuses, and no other process can take it
        accounts.lend(port=closed.getsockname()[1])
        state, states = one_slice(dags["flight_data"])
        assert api.asked() == PAGES
    assert state == "success", states
    assert all(states[step] == {"success": 1} for step in STEPS)
    [error] = tries
    assert isinstance(error, WarehouseUnavailable)
    assert "can't be reached" in str(error)
    assert not failures
    store = open_store(os.environ["AVIASTACK_STAGING"])
    for what in ("journal/*/run.json", "manifests/*.json", "flights/*.parquet"):
        folder, name = what.split("/", 1)
        found = [path for path in store.list(folder) if fnmatch(path, f"{folder}/{name}")]
        assert len(found) == 1, found
    copies = [said for said in accounts.snowflake.said if said.text.startswith("COPY")]
    assert len(copies) == 1
    [[loads]] = accounts.snowflake.ask("SELECT count(*) FROM AVIASTACK.AVIATIONSTACK._LOADS WHERE COMPLETE")
    assert loads == 1
