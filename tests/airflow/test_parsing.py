"""The DAGs as Airflow parses them: without a network, without anything heavy, every task wired."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from airflow.serialization.serialized_objects import DagSerialization
from airflow.timetables.base import DagRunInfo

from aviastack.airflow.schedule import due_dates

REPOSITORY = Path(__file__).parents[2]
HEAVY = ("snowflake.connector", "gcsfs", "polars", "pandas", "pyarrow", "duckdb", "dbt", "aiohttp", "pandera", "redis")
PARSE = """
import json, runpy, sys

reached = []

def refuse(event, arguments):
    if event.startswith("socket.") and event not in ("socket.__new__", "socket.gethostname"):
        reached.append(f"{event} {arguments}")
        raise ConnectionRefusedError(f"a DAG reaches for the network while it is parsed: {event} {arguments}")

sys.addaudithook(refuse)
for path in sys.argv[1:]:
    runpy.run_path(path)
print(json.dumps({"modules": sorted(sys.modules), "reached": reached}))
"""
WITHOUT_NETWORK = ["unshare", "--map-root-user", "--net"]
CHAIN = ["extract_flight_data", "upload_to_gcs", "load_to_snowflake", "check_data_quality", "run_dbt"]


@pytest.fixture(scope="module")
def parsed() -> dict[str, list[str]]:
    """Parse all DAGs in a separate process; return its modules, and the network addresses that it tried to reach.

    Python reports every attempt, also one whose failure is swallowed. If the kernel allows it, the process has no
    network at all, because Python does not see what a library's own C code does.
    """
    paths = map(str, sorted((REPOSITORY / "dags").glob("*.py")))
    command = [*alone(), sys.executable, "-c", PARSE, *paths]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def alone() -> list[str]:
    """Return the command that takes a process's network away; empty if the system has none."""
    if shutil.which("unshare") is None:
        return []
    tried = subprocess.run([*WITHOUT_NETWORK, "true"], capture_output=True, check=False)
    return WITHOUT_NETWORK if tried.returncode == 0 else []


@pytest.fixture(scope="module")
def modules(parsed) -> set[str]:
    return set(parsed["modules"])


@pytest.fixture(scope="module")
def dags():
    """The DAGs parsed anew: a DAG that ``dag.test()`` has run has lost its deadline."""
    from airflow.dag_processing.dagbag import DagBag

    return dict(DagBag(Path(__file__).parents[2] / "dags", collect_dags=True).dags)


def test_parsing_reaches_for_no_network(parsed):
    assert parsed["reached"] == []


def test_an_attempt_to_reach_the_network_would_be_seen(tmp_path):
    swallowing = tmp_path / "dag.py"
    swallowing.write_text(
        "import contextlib, socket\nwith contextlib.suppress(OSError): socket.create_connection(('127.0.0.1', 9))\n"
    )
    done = subprocess.run([sys.executable, "-c", PARSE, swallowing], capture_output=True, text=True, check=True)
    assert "127.0.0.1" in json.loads(done.stdout)["reached"][0]


def test_parsing_imports_nothing_heavy(modules):
    assert {name for name in modules if name.startswith("aviastack")}, "the DAGs were not parsed"
    assert not {name for name in modules if name in HEAVY or name.split(".")[0] in HEAVY}


def test_parsing_makes_no_settings_and_no_pipeline(modules):
    assert not modules & {"aviastack.settings", "aviastack.pipeline.run", "aviastack.api.session", "pydantic_settings"}


def test_the_three_dags_are_there(dags):
    assert sorted(dags) == ["flight_backfill", "flight_data", "reference_data"]


def test_each_environment_has_its_own_dags_connections_and_assets(monkeypatch):
    from airflow.dag_processing.dagbag import DagBag

    monkeypatch.setattr("aviastack.airflow.defaults.ENVIRONMENTS", ["default", "test"])
    bag = DagBag(REPOSITORY / "dags", collect_dags=True)
    assert bag.import_errors == {}
    names = ("flight_backfill", "flight_data", "reference_data")
    assert sorted(bag.dags) == sorted([*names, *(f"{name}_test" for name in names)])
    for dag in bag.dags.values():
        environment = "test" if dag.dag_id.endswith("_test") else "default"
        used = {task.connections.environment for task in dag.tasks if hasattr(task, "connections")}
        assert used == {environment}, dag.dag_id
    [asset] = bag.dags["flight_data_test"].task_dict["load_to_snowflake"].outlets
    assert asset.name == "aviationstack_test_flights"
    [marts] = bag.dags["flight_data_test"].task_dict["run_dbt"].outlets
    assert marts.name == "aviationstack_test_marts"


@pytest.mark.parametrize("name", ["flight_data", "flight_backfill"])
def test_the_steps_of_a_flight_slice_follow_one_another(dags, name):
    tasks = dags[name].task_dict
    for task, following in pairwise(CHAIN):
        assert following in tasks[task].downstream_task_ids


@pytest.mark.parametrize("name", ["flight_data", "flight_backfill"])
def test_each_slice_is_mapped_on_its_own_and_dbt_runs_once(dags, name):
    tasks = dags[name].task_dict
    for task in CHAIN[:-1]:
        assert list(tasks[task].iter_mapped_task_groups()), f"{task} is not mapped"
    assert not list(tasks["run_dbt"].iter_mapped_task_groups())


def test_reference_tables_are_fetched_one_after_another_whether_or_not_one_fails(dags):
    tasks = dags["reference_data"].task_dict
    tables = ["airports", "airlines", "airplanes", "aircraft_types", "taxes", "cities", "countries", "routes"]
    assert {task.split(".")[0] for task in tasks} == {"check_environment", *tables}
    assert tasks["check_environment"].downstream_task_ids == {f"{table}.extract" for table in tables}
    for table, following in pairwise([*tables, None]):
        waiting = {f"{following}.extract"} if following else set()
        assert tasks[f"{table}.extract"].downstream_task_ids == {f"{table}.upload", *waiting}
        assert tasks[f"{table}.extract"].trigger_rule == "all_done_min_one_success"
        assert tasks[f"{table}.load"].downstream_task_ids == {f"{table}.check"}


def test_every_task_has_a_limit_in_time_and_retries_by_cause(dags):
    for dag in dags.values():
        for task in dag.tasks:
            assert task.execution_timeout
            assert task.retry_policy is not None
            assert task.on_failure_callback
            assert task.owner == "aviastack"
            assert task.doc_md, task.task_id


def test_extraction_waits_in_the_triggerer_one_slice_at_a_time(dags):
    extract = dags["flight_data"].task_dict["extract_flight_data"]
    assert extract.deferrable
    assert extract.max_active_tis_per_dag == 1


def test_a_manual_run_does_not_wait_for_the_daily_one(dags):
    assert dags["flight_data"].max_active_runs > 1


def test_loads_tell_the_asset_of_their_table(dags):
    [asset] = dags["flight_data"].task_dict["load_to_snowflake"].outlets
    assert asset.name == "aviationstack_flights"
    [marts] = dags["flight_data"].task_dict["run_dbt"].outlets
    assert marts.name == "aviationstack_marts"


def test_flight_data_says_what_happens_when_the_api_or_snowflake_fails(dags):
    text = dags["flight_data"].doc_md
    assert "**If the API fails.**" in text
    assert "**If Snowflake is down.**" in text


def test_flight_data_runs_by_whole_days_and_alerts_when_late(dags):
    dag = dags["flight_data"]
    assert type(dag.timetable).__name__ == "CronDataIntervalTimetable"
    [alert] = dag.deadline
    assert alert.reference.serialize_reference() == {"reference_type": "DagRunLogicalDateDeadline"}
    assert alert.interval == timedelta(days=1, hours=3), "three hours after the end of its interval"
    assert alert.callback.path == "aviastack.airflow.callbacks.deadline_missed"


@pytest.mark.parametrize("paused_for", [timedelta(days=30), None], ids=["after a pause", "at first"])
def test_flight_data_catches_up_with_nothing_but_the_last_day(dags, paused_for):
    scheduled = DagSerialization.from_dict(DagSerialization.to_dict(dags["flight_data"]))
    now = datetime.now(UTC)
    last = paused_for and DagRunInfo.interval(now - paused_for - timedelta(days=1), now - paused_for)
    due = scheduled.next_dagrun_info(last_automated_run_info=last)
    assert not dags["flight_data"].catchup
    assert due.data_interval.end - due.data_interval.start == timedelta(days=1)
    assert due.data_interval.end <= now + timedelta(minutes=1) < due.data_interval.end + timedelta(days=1, minutes=1)


def test_a_backfill_over_three_days_is_three_runs_each_for_its_own_dates(dags):
    scheduled = DagSerialization.from_dict(DagSerialization.to_dict(dags["flight_data"]))
    runs = scheduled.iter_dagrun_infos_between(datetime(2026, 3, 10, tzinfo=UTC), datetime(2026, 3, 13, tzinfo=UTC))
    due = [due_dates({"params": {}, "data_interval_end": run.data_interval.end}) for run in runs]
    assert due == [[date(2026, 3, day), date(2026, 3, day - 2)] for day in (10, 11, 12)]


def test_the_consumer_dag_of_the_documentation_parses_and_waits_for_partitions_of_flights(tmp_path):
    from airflow.dag_processing.dagbag import DagBag

    text = (REPOSITORY / "docs" / "airflow.md").read_text()
    (tmp_path / "consumer.py").write_text(text.partition("```python\n")[2].partition("```")[0])
    bag = DagBag(tmp_path, collect_dags=True)
    assert bag.import_errors == {}
    timetable = bag.dags["partner_day"].timetable
    assert type(timetable).__name__ == "PartitionedAssetTimetable"
    assert timetable.asset_condition.name == "aviationstack_flights"


def test_the_files_to_import_name_the_pools_and_connections_of_the_documentation():
    package = REPOSITORY / "aviastack" / "airflow"
    text = (REPOSITORY / "docs" / "airflow.md").read_text()
    for file in ("pools.json", "connections.json"):
        for name in json.loads((package / file).read_text()):
            assert f"`{name}`" in text or f"={name}`" in text, name
