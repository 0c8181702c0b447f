"""A real ``airflow standalone``: scheduler, LocalExecutor's processes, triggerer and server, driven through REST.

``dag.test()`` runs triggers inside the task: only this shows that the triggerer can import the trigger, run it beside
others, and be killed.
"""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import time
from contextlib import closing, suppress
from datetime import UTC, datetime
from itertools import pairwise

import duckdb
import psutil
import pytest

from aviastack.airflow import standalone
from aviastack.airflow.schedule import AIRLINES_VARIABLE
from aviastack.errors import StagingUnavailable
from tests.airflow.driving import AIRFLOW, PATIENCE

pytestmark = [
    pytest.mark.running_airflow,
    pytest.mark.timeout(2 * PATIENCE),
]

KEY = "a-key-that-no-log-may-hold"
STEPS = ["extract_flight_data", "upload_to_gcs", "load_to_snowflake", "check_data_quality"]
PAGES = 6  # of a partner's day on the basic plan
AT_ONCE = 2  # calls under way
LINEAGE = "lineage.jsonl"


@pytest.fixture
def airflow(standalone_airflow):
    return standalone_airflow


@pytest.fixture(scope="session")
def run(standalone_airflow):
    """Run flight_data for two dates of a partner, at the cost of their pages; return the run's path."""
    airflow = standalone_airflow
    before = airflow.asked()
    run = airflow.trigger(logical_date="2026-03-04T12:00:00Z", dates=["2026-03-02", "2026-03-03"], airlines=["AA"])
    assert airflow.ended(run) == "success", (airflow.states(run), airflow.log())
    assert airflow.asked() - before == 2 * PAGES
    return run


def test_flight_data_runs_mapped_and_deferred_to_success(airflow, run):
    states = airflow.states(run)
    assert all(states[step] == {"success": 2} for step in STEPS)
    assert states["run_dbt"] == {"success": 1}
    assert len(fetched_in_triggerer(airflow, run)) == 2, "both slices were fetched in the triggerer"
    assert states["summarize_run"] == {"success": 1}
    labels = {i["rendered_map_index"] for i in airflow.instances(run) if i["task_id"] in STEPS}
    assert labels == {"AA 2026-03-02", "AA 2026-03-03"}
    assert KEY not in "".join(path.read_text() for path in (airflow.home / "logs").rglob("*.log"))
    warehouse = airflow.variables["AVIASTACK_WAREHOUSE"].removeprefix("duckdb:///")
    with duckdb.connect(warehouse) as connection:
        loads = "SELECT count(*) FROM aviationstack._loads WHERE complete AND slice LIKE '2026-03-0%'"
        assert connection.sql(loads).fetchall() == [(2,)]
        [(flights,)] = connection.sql("SELECT count(*) FROM marts.flights").fetchall()
        assert flights > 0, "the marts were built by the dbt of AVIASTACK_DBT_EXECUTABLE"
    events = airflow.ask("assets/events?limit=100")["asset_events"]
    partitions = {
        event["partition_key"]: event["extra"]
        for event in events
        if (event["partition_key"] or "").startswith("2026-03-0")
    }
    assert set(partitions) == {"2026-03-02.airline_iata=AA", "2026-03-03.airline_iata=AA"}
    assert all(extra["rows"] == extra["inserted"] > 0 for extra in partitions.values())


@pytest.mark.usefixtures("run")
def test_every_step_of_a_slice_reports_its_lineage(airflow):
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


def test_a_late_run_is_logged_by_the_triggerer(airflow, run):
    alert = f"{run.split('/')[-1]} of flight_data missed its deadline"
    wait_until(lambda: any(alert in path.read_text(errors="replace") for path in airflow.home.rglob("*.log")))


def test_clearing_tasks_of_a_run_before_its_deadline_runs_them_again(airflow, run):
    """A deadline on when the run was queued made Airflow 3.3.2 answer such a request with HTTP 500."""
    (airflow.home / "dbt.skip").touch()  # the marts are proven by the run before
    before = airflow.asked()
    now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    airflow.ask("variables", {"key": AIRLINES_VARIABLE, "value": "American"})
    failed = airflow.trigger(logical_date=now, dates=["2026-03-02"])
    assert airflow.ended(failed) == "failed"
    assert airflow.states(failed)["choose_slices"] == {"failed": 1}
    airflow.ask(f"variables/{AIRLINES_VARIABLE}", {"key": AIRLINES_VARIABLE, "value": "AA"}, "PATCH")
    airflow.clear(failed, "choose_slices")
    assert airflow.ended(failed) == "success", (airflow.states(failed), airflow.log())
    assert airflow.asked() == before, "the slice is final"
    [summary] = [i for i in airflow.instances(failed) if i["task_id"] == "summarize_run"]
    assert summary["try_number"] == 2


def test_a_triggerer_that_is_killed_costs_no_page_that_was_kept(airflow):
    (airflow.home / "dbt.skip").touch()  # the marts are proven by the run before
    before = airflow.asked()
    held = airflow.home / "api.held"
    held.write_text(str(before + 1))  # only the first page is answered
    run = airflow.trigger(dates=["2026-03-04"], airlines=["AA"])
    wait_until(lambda: airflow.asked() - before == 1 + AT_ONCE and any(pages_kept(airflow, "2026-03-04")))
    for process in reversed(airflow.triggerer()):
        process.send_signal(signal.SIGKILL)
    held.unlink()
    age_heartbeat_of_triggerer(airflow)
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


def fetched_in_triggerer(airflow, run):
    """Return the mapped tasks that left a log of the triggerer; under load it may start a trigger more than once."""
    task = airflow.home / "logs" / "dag_id=flight_data" / f"run_id={run.split('/')[-1]}" / "task_id=extract_flight_data"
    return {log.relative_to(task).parts[0] for log in task.rglob("*.trigger.*")}


def pages_kept(airflow, date):
    """Yield the size of each journal segment of the date."""
    for pages in (airflow.home / "data" / "staging" / "journal").rglob(f"*{date}*/*/*.pages"):
        yield pages.stat().st_size


def age_heartbeat_of_triggerer(airflow):
    """Let the time pass after which Airflow takes a silent triggerer for dead."""
    with closing(sqlite3.connect(airflow.home / "airflow.db", timeout=PATIENCE)) as database, database:
        database.execute("UPDATE job SET latest_heartbeat = '2000-01-01 00:00:00' WHERE job_type = 'TriggererJob'")


def wait_until(true):
    until = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < until
        time.sleep(0.1)


def end(process):
    for one in [*psutil.Process(process.pid).children(recursive=True), process]:
        with suppress(psutil.NoSuchProcess):
            one.send_signal(signal.SIGKILL)


def test_a_second_airflow_in_the_same_folder_is_refused(airflow):
    with pytest.raises(StagingUnavailable, match="already running"):
        standalone.running_airflow(airflow.home, airflow.variables).__enter__()
    assert airflow.process.poll() is None


def test_ctrl_c_ends_airflow_and_every_process_of_it(airflow):
    """The last one: the Airflow of the session is gone after it."""
    processes = psutil.Process(airflow.process.pid).children(recursive=True)
    assert len(processes) > 4
    airflow.process.send_signal(signal.SIGINT)
    assert airflow.process.wait(PATIENCE) == 0
    _, alive = psutil.wait_procs(processes, timeout=PATIENCE)
    assert alive == []
