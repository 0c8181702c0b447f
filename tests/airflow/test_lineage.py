"""What the OpenLineage provider gets from the operators, asked as that provider asks."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import uuid
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from airflow.providers.openlineage.extractors.base import DefaultExtractor, OperatorLineage
from openlineage.client.event_v2 import Job, Run, RunEvent, RunState
from openlineage.client.serde import Serde

from aviastack.airflow import ExtractOperator, LoadOperator, StageOperator
from aviastack.records.schema import arrow_schema
from aviastack.slices import Slice

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


class Events(dict):
    def __missing__(self, asset):
        from airflow.sdk.execution_time.context import OutletEventAccessor

        return self.setdefault(asset, OutletEventAccessor(key=asset))


def told(operator):
    """Return what the provider would send for the operator, as JSON."""
    lineage = DefaultExtractor(operator).extract_on_complete(task_instance=None)
    assert isinstance(lineage, OperatorLineage)
    event = RunEvent(
        eventType=RunState.COMPLETE,
        eventTime=datetime.now(UTC).isoformat(),
        run=Run(runId=str(uuid.uuid4()), facets=lineage.run_facets),
        job=Job(namespace="airflow", name=operator.task_id),
        inputs=lineage.inputs,
        outputs=lineage.outputs,
        producer="https://example.org/aviastack",
    )
    return json.loads(Serde.to_json(event))


@pytest.fixture
def done(simulated):
    """Run the three steps; return the operators and the simulated API."""
    with simulated(plan="basic") as api:
        extract = ExtractOperator(task_id="extract", endpoint="flights", slice_name=DAY)
        run_id = extract.execute({})
        stage = StageOperator(task_id="stage", endpoint="flights", slice_name=DAY, run_id=run_id)
        load = LoadOperator(task_id="load", endpoint="flights", manifest=stage.execute({}))
        load.execute({"outlet_events": Events({})})
        yield extract, stage, load, api
        assert api.asked() == PAGES, "lineage asks the API nothing"


def test_extraction_tells_the_api_the_journal_the_calls_and_the_proof(done):
    extract, _, _, api = done
    event = told(extract)
    assert [(data["namespace"], data["name"]) for data in event["inputs"]] == [(api.url, "flights")]
    [journal] = event["outputs"]
    assert journal["namespace"] == "file"
    assert journal["name"].endswith(extract.extracted)
    facet = event["run"]["facets"]["aviastack_slice"]
    assert (facet["calls"], facet["pages"], facet["complete"]) == (PAGES, PAGES, True)
    assert facet["proof"]


def test_what_one_step_puts_out_the_next_takes_in(done):
    names = [{key: {d["name"] for d in told(step)[key]} for key in ("inputs", "outputs")} for step in done[:3]]
    for earlier, later in pairwise(names):
        assert earlier["outputs"] == later["inputs"] != set()


def test_a_load_tells_the_table_its_schema_and_what_changed(done, tmp_path):
    load = done[2]
    event = told(load)
    [table] = event["outputs"]
    assert (table["namespace"], table["name"]) == (
        f"duckdb:///{tmp_path / 'aviastack.duckdb'}",
        "aviationstack.flights",
    )
    fields = [field["name"] for field in table["facets"]["schema"]["fields"]]
    assert fields == arrow_schema(Slice.parse("flights", DAY).endpoint).names
    facet = event["run"]["facets"]["aviastack_slice"]
    assert facet["inserted"] == facet["rows"] == table["outputFacets"]["outputStatistics"]["rowCount"] > 0
    assert (facet["updated"], facet["removed"], facet["complete"]) == (0, 0, True)


def test_no_event_holds_the_access_key(done):
    assert not [step for step in done[:3] if "00112233445566778899aabbccddeeff" in json.dumps(told(step))]


def test_in_snowflake_the_table_is_named_as_openlineage_names_it(monkeypatch):
    from aviastack.airflow.connections import Connections
    from aviastack.airflow.lineage import _table

    extra = {"account": "ORG-ACC", "database": "flights"}
    connection = {"conn_type": "snowflake", "login": "loader", "password": "s3cret-word", "extra": extra}
    monkeypatch.setenv("AIRFLOW_CONN_SNOWFLAKE_DEFAULT", json.dumps(connection))
    with Connections().warehouse() as settings:
        assert _table(settings, "flights") == ("snowflake://ORG-ACC", "FLIGHTS.AVIATIONSTACK.FLIGHTS")


def test_a_task_that_has_done_nothing_tells_nothing():
    operator = ExtractOperator(task_id="extract", endpoint="flights", slice_name=DAY)
    assert operator.get_openlineage_facets_on_complete(None) is None


def test_the_operators_alone_load_nothing_of_openlineage():
    script = "import sys, aviastack.airflow.operators; print(*sys.modules)"
    shown = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    modules = set(shown.stdout.splitlines()[-1].split())
    assert "aviastack.airflow.operators" in modules
    assert not modules & {"aviastack.airflow.lineage", "openlineage.client", "airflow.providers.openlineage.extractors"}
