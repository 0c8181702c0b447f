"""The operators' OpenLineage events, requested as its provider does: when a task starts, ends or fails."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from itertools import pairwise
from uuid import uuid4

import duckdb
import pytest
from airflow.providers.openlineage.extractors.base import DefaultExtractor
from openlineage.client.event_v2 import Job, Run, RunEvent, RunState
from openlineage.client.serde import Serde

from aviastack.airflow import AuditOperator, ExtractOperator, LoadOperator, StageOperator, steps
from aviastack.errors import AuditFailed
from tests.airflow.conftest import KEY
from tests.airflow.contexts import context

DAY = "2026-03-02.airline_iata=AA"
PAGES = 6  # of a partner's day on the basic plan


@pytest.fixture(autouse=True)
def loop():
    """Give the thread a loop and close it: Airflow's async operator leaves open what it makes itself."""
    made = asyncio.new_event_loop()
    asyncio.set_event_loop(made)
    yield
    asyncio.set_event_loop(None)
    made.close()


def event_of(operator, state=RunState.COMPLETE):
    """Return the event that the provider would send, as JSON; if the operator raises, it sends an empty one."""
    extractor = DefaultExtractor(operator)
    asked = {
        RunState.START: extractor.extract,
        RunState.COMPLETE: lambda: extractor.extract_on_complete(task_instance=None),
        RunState.FAIL: lambda: extractor.extract_on_failure(task_instance=None),
    }
    lineage = asked[state]()
    assert lineage is not None
    event = RunEvent(
        eventType=state,
        eventTime=datetime.now(UTC).isoformat(),
        run=Run(runId=str(uuid4()), facets=lineage.run_facets),
        job=Job(namespace="airflow", name=operator.task_id),
        inputs=lineage.inputs,
        outputs=lineage.outputs,
        producer="https://example.org/aviastack",
    )
    return json.loads(Serde.to_json(event))


def names(event, side):
    return [(dataset["namespace"], dataset["name"]) for dataset in event[side]]


@pytest.fixture
def landed(simulated):
    """Run the four operators on a slice; return their events before and after, the manifest and the API's address."""
    before, after = {}, {}

    def ran(operator):
        before[operator.task_id] = event_of(operator, RunState.START)
        result = operator.execute(context())
        after[operator.task_id] = event_of(operator)
        return result

    with simulated(plan="basic") as api:
        slice_ = {"endpoint": "flights", "slice_name": DAY}
        run_id = ran(ExtractOperator(task_id="extract", **slice_))
        manifest = ran(StageOperator(task_id="stage", run_id=run_id, **slice_))
        ran(LoadOperator(task_id="load", endpoint="flights", manifest=manifest))
        ran(AuditOperator(task_id="check", manifest=manifest))
        assert api.asked() == PAGES, "lineage asks the API nothing"
        yield before, after, manifest, api.url


def test_each_step_reads_what_the_step_before_wrote(landed, tmp_path):
    before, after, _, url = landed
    steps_of_it = list(after.values())
    assert names(steps_of_it[0], "inputs") == [(url, "flights")]
    assert names(steps_of_it[0], "outputs") == [("file", str(tmp_path / "staging" / "journal" / "flights"))]
    for earlier, later in pairwise(steps_of_it):
        assert names(earlier, "outputs") == names(later, "inputs") != []
    table = (f"duckdb://{tmp_path / 'aviastack.duckdb'}", "aviationstack.flights")
    assert names(after["check"], "inputs") == [table]
    for side in ("inputs", "outputs"):
        assert [names(event, side) for event in before.values()] == [names(event, side) for event in steps_of_it]


def test_a_run_tells_its_counts_its_calls_and_its_proof(landed):
    before, after, manifest, _ = landed
    facets = {step: event["run"]["facets"]["aviationstack"] for step, event in after.items()}
    for facet in facets.values():
        assert (facet["slice"], facet["calls"], facet["pages"], facet["complete"]) == (DAY, PAGES, PAGES, True)
        assert facet["proof"]
        assert facet["runId"] == manifest.split("/")[-1].removesuffix(".json")
    loaded = facets["load"]
    assert (loaded["inserted"], loaded["updated"], loaded["removed"]) == (loaded["rows"], 0, 0)
    for step in ("stage", "load"):
        [written] = after[step]["outputs"]
        assert written["outputFacets"]["outputStatistics"]["rowCount"] == loaded["rows"] > 0
        assert "outputStatistics" not in before[step]["outputs"][0].get("outputFacets", {})


def test_the_table_s_schema_is_the_warehouse_s_own(landed, tmp_path):
    [table] = landed[1]["load"]["outputs"]
    with duckdb.connect(str(tmp_path / "aviastack.duckdb")) as connection:
        columns = connection.sql(
            "SELECT column_name, data_type FROM information_schema.columns "
            "WHERE table_schema = 'aviationstack' AND table_name = 'flights'"
        ).fetchall()
    assert sorted((field["name"], field["type"]) for field in table["facets"]["schema"]["fields"]) == sorted(columns)


def test_the_check_tells_whether_the_table_passed(landed, tmp_path):
    before, after, manifest, _ = landed

    def verdict(event):
        facets = event["inputs"][0].get("inputFacets", {})
        return [one["success"] for one in facets.get("dataQualityAssertions", {}).get("assertions", [])]

    assert verdict(before["check"]) == []
    assert verdict(after["check"]) == [True]
    with duckdb.connect(str(tmp_path / "aviastack.duckdb")) as connection:
        connection.execute("DELETE FROM aviationstack.flights")
    check = AuditOperator(task_id="check", manifest=manifest)
    with pytest.raises(AuditFailed):
        check.execute({})
    assert verdict(event_of(check, RunState.FAIL)) == [False]


def test_the_event_of_a_final_slice_names_the_run_that_fetched_it_after_its_journal_is_gone(landed, tmp_path):
    shutil.rmtree(tmp_path / "staging" / "journal")
    extract = ExtractOperator(task_id="extract", endpoint="flights", slice_name=DAY, again=False)
    assert extract.execute(context()) in landed[2]
    assert event_of(extract)["run"]["facets"]["aviationstack"]["complete"] is True


def test_no_event_holds_the_access_key(landed):
    before, after, _, _ = landed
    assert KEY in os.environ["AVIASTACK_ACCESS_KEY"]
    assert KEY not in json.dumps([before, after])


def test_in_snowflake_the_table_is_named_as_openlineage_names_it(simulated, monkeypatch):
    with simulated(plan="basic"):
        manifest = steps.stage("flights", DAY, asyncio.run(steps.extract("flights", DAY)))
    extra = {"account": "ORG-ACC", "database": "flights"}
    connection = {"conn_type": "snowflake", "login": "loader", "password": "s3cret-word", "extra": extra}
    monkeypatch.delenv("AVIASTACK_WAREHOUSE")
    monkeypatch.setenv("AIRFLOW_CONN_SNOWFLAKE_DEFAULT", json.dumps(connection))
    event = event_of(LoadOperator(task_id="load", endpoint="flights", manifest=manifest), RunState.START)
    assert names(event, "outputs") == [("snowflake://ORG-ACC", "FLIGHTS.AVIATIONSTACK.FLIGHTS")]
    fields = {field["name"]: field["type"] for field in event["outputs"][0]["facets"]["schema"]["fields"]}
    assert fields["FLIGHT_KEY"] == "VARCHAR"
    assert "s3cret-word" not in json.dumps(event)


def test_what_lies_in_a_bucket_is_named_by_the_bucket_and_the_path(monkeypatch):
    monkeypatch.setenv("AVIASTACK_STAGING", "gs://staged/aviationstack/")
    stage = StageOperator(task_id="stage", endpoint="aircraft_types", slice_name="all", run_id="r")
    event = event_of(stage, RunState.START)
    assert names(event, "inputs") == [("gs://staged", "aviationstack/journal/aircraft_types")]
    assert names(event, "outputs") == [("gs://staged", "aviationstack/aircraft_types")]


def test_without_the_provider_the_operators_miss_nothing():
    script = (
        "import sys; sys.modules['openlineage'] = sys.modules['airflow.providers.openlineage.extractors'] = None;"
        "import aviastack.airflow.operators, aviastack.airflow.triggers;"
        "assert 'aviastack.airflow.lineage' not in sys.modules"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
