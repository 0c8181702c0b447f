"""A real ``airflow standalone``: scheduler, LocalExecutor's processes, triggerer and server, driven through REST.

``dag.test()`` runs triggers inside the task: only this shows that the triggerer can import the trigger, run it beside
others, and be killed.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import duckdb
import psutil
import pytest

from aviastack.airflow import standalone
from aviastack.endpoints import Plan
from aviastack.errors import StagingUnavailable
from aviastack.simulator import running_simulator
from tests.airflow.driving import AIRFLOW, Airflow

pytestmark = [
    pytest.mark.airflow,
    pytest.mark.slow,
    pytest.mark.xdist_group("airflow"),
    pytest.mark.timeout(900),
]

DAGS = Path(__file__).parents[2] / "dags"
KEY = "a-key-that-no-log-may-hold"
STEPS = ["extract_flight_data", "upload_to_gcs", "load_to_snowflake", "check_data_quality"]
PAGES = 6  # of a partner's day on the basic plan
AT_ONCE = 2  # calls under way
LINEAGE = "lineage.jsonl"


@pytest.fixture(scope="module")
def airflow(tmp_path_factory):
    """Run Airflow as ``make airflow`` does, with an API that takes its time."""
    home = tmp_path_factory.mktemp("standalone")
    port = standalone.free_port()
    with running_simulator(plan=Plan.BASIC, latency=1.0) as api:
        variables = standalone.environment(home, api, port, dags=DAGS) | {
            "AVIASTACK_ACCESS_KEY": KEY,
            "AVIASTACK_PLAN": "basic",
            "AVIASTACK_CONCURRENCY": str(AT_ONCE),
            "AVIASTACK_RETRY_DELAY": "2",
            "AVIASTACK_LATE_AFTER": "1",
            "AIRFLOW__OPENLINEAGE__TRANSPORT": json.dumps(
                {"type": "file", "log_file_path": str(home / LINEAGE), "append": True}
            ),
            "AIRFLOW__SCHEDULER__USE_JOB_SCHEDULE": "False",  # what is not triggered here does not run
            "AIRFLOW__TRIGGERER__JOB_HEARTBEAT_SEC": "2",
            "AIRFLOW__TRIGGERER__TRIGGERER_HEALTH_CHECK_THRESHOLD": "8",
        }
        standalone.prepare(home, variables)
        with standalone.running_airflow(home, variables) as process:
            running = Airflow(home, port, api, variables, process)
            standalone.wait_for(port, process)
            yield running


@pytest.fixture(scope="module")
def run(airflow):
    """Run flight_data for two dates of a partner, at the price of their pages; return the run's path."""
    before = airflow.asked()
    run = airflow.trigger(dates=["2026-03-02", "2026-03-03"], airlines=["AA"])
    assert airflow.ended(run) == "success", (airflow.states(run), airflow.log())
    assert airflow.asked() - before == 2 * PAGES
    return run


def test_flight_data_runs_mapped_and_deferred_to_success(airflow, run):
    states = airflow.states(run)
    assert all(states[step] == {"success": 2} for step in STEPS)
    assert states["run_dbt"] == {"success": 1}
    assert len(triggers_of(airflow, run)) == 2, "both slices were fetched in the triggerer"
    assert KEY not in "".join(path.read_text() for path in (airflow.home / "logs").rglob("*.log"))
    warehouse = airflow.variables["AVIASTACK_WAREHOUSE"].removeprefix("duckdb:///")
    with duckdb.connect(warehouse) as connection:
        assert connection.sql("SELECT count(*) FROM aviationstack._loads WHERE complete").fetchall() == [(2,)]
    events = airflow.ask("assets/events?limit=100")["asset_events"]
    partitions = {event["partition_key"]: event["extra"] for event in events if event["partition_key"]}
    assert set(partitions) == {"2026-03-02.airline_iata=AA", "2026-03-03.airline_iata=AA"}
    assert all(extra["rows"] == extra["inserted"] > 0 for extra in partitions.values())


@pytest.mark.usefixtures("run")
def test_every_step_of_a_slice_tells_its_lineage(airflow):
    ended = {
        event["job"]["name"].removeprefix("flight_data."): event
        for event in lineage(airflow)
        if event["eventType"] == "COMPLETE"
        and event["run"]["facets"].get("aviationstack", {}).get("slice") == "2026-03-02.airline_iata=AA"
    }
    assert set(ended) == set(STEPS)
    for earlier, later in pairwise(STEPS):
        assert datasets(ended[earlier], "outputs") == datasets(ended[later], "inputs") != []
    assert datasets(ended[STEPS[0]], "inputs") == [(airflow.api, "flights")]
    facets = [ended[step]["run"]["facets"]["aviationstack"] for step in STEPS]
    assert len({facet["runId"] for facet in facets}) == 1
    assert all((facet["calls"], facet["complete"]) == (PAGES, True) for facet in facets)
    assert facets[2]["inserted"] == facets[2]["rows"] > 0
    [verdict] = ended["check_data_quality"]["inputs"][0]["inputFacets"]["dataQualityAssertions"]["assertions"]
    assert verdict["success"]
    assert KEY not in (airflow.home / LINEAGE).read_text()


def test_a_run_that_is_late_is_told_by_the_triggerer(airflow, run):
    told = f"{run.split('/')[-1]} of flight_data missed its deadline"
    wait_until(lambda: any(told in path.read_text(errors="replace") for path in airflow.home.rglob("*.log")))


def test_a_backfill_is_for_its_own_dates_one_run_after_another_and_asks_for_each_slice_once(airflow):
    before = airflow.asked()
    asked = {
        "dag_id": "flight_data",
        "from_date": "2026-03-10T00:00:00Z",
        "to_date": "2026-03-13T00:00:00Z",
        "max_active_runs": 1,
        "dag_run_conf": {"airlines": ["AA"]},
    }
    backfill = airflow.ask("backfills", asked)
    wait_until(lambda: airflow.ask(f"backfills/{backfill['id']}")["completed_at"], patience=600)
    runs = airflow.ask("dags/flight_data/dagRuns?run_type=backfill&order_by=logical_date")["dag_runs"]
    assert [run["logical_date"] for run in runs] == [f"2026-03-{day}T12:00:00Z" for day in (10, 11, 12)]
    assert {run["state"] for run in runs} == {"success"}, airflow.log()
    assert all(earlier["end_date"] <= later["start_date"] for earlier, later in pairwise(runs))
    fetched = [
        sorted(i["rendered_map_index"] for i in instances if i["task_id"] == "extract_flight_data")
        for instances in (airflow.instances(f"dags/flight_data/dagRuns/{run['dag_run_id']}") for run in runs)
    ]
    assert fetched == [[f"AA 2026-03-{day - 2:02}", f"AA 2026-03-{day:02}"] for day in (10, 11, 12)]
    assert airflow.asked() - before == 5 * PAGES, "the tenth is fetched by the first run and final for the third"


def test_a_triggerer_that_is_killed_costs_no_page_that_was_kept(airflow):
    before = airflow.asked()
    run = airflow.trigger(dates=["2026-03-04"], airlines=["AA"])
    wait_until(lambda: airflow.asked() - before >= 3)
    for process in reversed(airflow.triggerer()):
        process.send_signal(signal.SIGKILL)
    killed_after = airflow.asked() - before
    assert killed_after < PAGES, "it was killed in the middle"
    with subprocess.Popen([AIRFLOW, "triggerer"], env=airflow.variables, stdout=-3, stderr=-3) as another:
        try:
            assert airflow.ended(run) == "success", (airflow.states(run), airflow.log())
        finally:
            end(another)
    assert airflow.asked() - before <= PAGES + AT_ONCE, "only calls that were under way are made again"
    runs = {
        path.parent.name for path in (airflow.home / "data" / "staging" / "journal").rglob("*2026-03-04*/*/run.json")
    }
    assert len(runs) == 1, "the killed extraction was taken up again, not begun anew"


def lineage(airflow):
    return [json.loads(line) for line in (airflow.home / LINEAGE).read_text().splitlines()]


def datasets(event, side):
    return [(dataset["namespace"], dataset["name"]) for dataset in event[side]]


def triggers_of(airflow, run):
    """Return the logs that the triggerer wrote for the run's tasks."""
    return list(
        (airflow.home / "logs").rglob(f"run_id={run.split('/')[-1]}/task_id=extract_flight_data/**/*.trigger.*")
    )


def wait_until(true, patience=120):
    until = time.monotonic() + patience
    while not true():
        assert time.monotonic() < until
        time.sleep(0.1)


def end(process):
    for one in [*psutil.Process(process.pid).children(recursive=True), process]:
        with suppress(psutil.NoSuchProcess):
            one.send_signal(signal.SIGKILL)


def test_a_second_airflow_in_the_same_folder_is_refused(airflow):
    with pytest.raises(StagingUnavailable, match="runs already"):
        standalone.running_airflow(airflow.home, airflow.variables).__enter__()
    assert airflow.process.poll() is None


def test_what_make_airflow_starts_ends_with_ctrl_c_and_all_of_it(tmp_path):
    (tmp_path / "dags").symlink_to(DAGS)
    command = [sys.executable, "-m", "aviastack.airflow.standalone"]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as started:
        assert started.stderr is not None
        told = list(iter(started.stderr.readline, "Ctrl-C ends it.\n"))
        assert any("Airflow is ready: http://127.0.0.1:" in line for line in told)
        processes = psutil.Process(started.pid).children(recursive=True)
        assert len(processes) > 4
        started.send_signal(signal.SIGINT)
        assert started.wait(60) == 0
    _, alive = psutil.wait_procs(processes, timeout=20)
    assert alive == []
