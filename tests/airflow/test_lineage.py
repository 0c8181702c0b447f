"""What the operators tell OpenLineage, asked as its provider asks."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import duckdb
import pytest
from airflow.providers.openlineage.extractors.base import DefaultExtractor

from aviastack.airflow import AuditOperator, ExtractOperator, LoadOperator, StageOperator
from aviastack.errors import AuditFailed

DAY = "2026-03-02.airline_iata=AA"
PAGES = 6  # of a partner's day on the basic plan


@pytest.fixture(autouse=True)
def loop():
    made = asyncio.new_event_loop()
    asyncio.set_event_loop(made)
    yield
    asyncio.set_event_loop(None)
    made.close()


class Events(dict):
    def __missing__(self, asset):
        from airflow.sdk.execution_time.context import OutletEventAccessor

        return self.setdefault(asset, OutletEventAccessor(key=asset))


def told(operator, *, failed=False):
    """Return the lineage as the provider extracts it, which swallows errors: there must be some."""
    extractor = DefaultExtractor(operator)
    lineage = extractor.extract_on_failure(None) if failed else extractor.extract_on_complete(None)
    assert lineage is not None
    return lineage


@pytest.fixture
def landed(simulated):
    """Run the four operators on a slice, asking each for its lineage before and after; return both, step by step."""
    asked = {}

    def ran(operator, context):
        before = DefaultExtractor(operator).extract()
        result = operator.execute(context)
        asked[operator.task_id] = before, told(operator)
        return result

    with simulated(plan="basic") as api:
        names = {"endpoint": "flights", "slice_name": DAY}
        run_id = ran(ExtractOperator(task_id="extract", **names), {})
        manifest = ran(StageOperator(task_id="stage", run_id=run_id, **names), {})
        ran(LoadOperator(task_id="load", endpoint="flights", manifest=manifest), {"outlet_events": Events()})
        ran(AuditOperator(task_id="check", manifest=manifest), {})
        yield asked, manifest, api.url


def test_each_step_reads_what_the_step_before_wrote(landed, tmp_path):
    asked, _, url = landed
    after = [lineage for _, lineage in asked.values()]
    assert [(one.namespace, one.name) for one in after[0].inputs] == [(url, "flights")]
    for earlier, later in zip(after, after[1:], strict=False):
        [written], [read] = earlier.outputs, later.inputs
        assert (written.namespace, written.name) == (read.namespace, read.name)
    [table] = after[2].outputs
    assert (table.namespace, table.name) == (f"duckdb:///{tmp_path / 'aviastack.duckdb'}", "aviationstack.flights")
    for before, later in asked.values():
        assert [one.name for one in before.inputs + before.outputs] == [
            one.name for one in later.inputs + later.outputs
        ]


def test_a_run_tells_its_counts_its_calls_and_its_proof(landed, tmp_path):
    asked, manifest, _ = landed
    with duckdb.connect(str(tmp_path / "aviastack.duckdb")) as connection:
        [(rows,)] = connection.sql("SELECT count(*) FROM aviationstack.flights").fetchall()
        columns = [
            name
            for (name,) in connection.sql(
                "SELECT column_name FROM information_schema.columns WHERE table_schema = 'aviationstack' "
                "AND table_name = 'flights' ORDER BY ordinal_position"
            ).fetchall()
        ]
    for step in ("extract", "stage", "load", "check"):
        facet = asked[step][1].run_facets["aviationstack"]
        assert (facet.slice, facet.calls, facet.complete) == (DAY, PAGES, True)
        assert facet.proof
        assert facet.runId == manifest.split("/")[-1].removesuffix(".json")
    assert facet.rows == rows
    for step in ("stage", "load"):
        [written] = asked[step][1].outputs
        assert written.outputFacets["outputStatistics"].rowCount == rows
    assert {field.name for field in written.facets["schema"].fields} == set(columns)


def test_the_check_tells_whether_the_table_passed(landed, tmp_path):
    asked, manifest, _ = landed
    [assertion] = asked["check"][1].inputs[0].inputFacets["dataQualityAssertions"].assertions
    assert assertion.success
    with duckdb.connect(str(tmp_path / "aviastack.duckdb")) as connection:
        connection.execute("DELETE FROM aviationstack.flights")
    check = AuditOperator(task_id="check", manifest=manifest)
    with pytest.raises(AuditFailed):
        check.execute({})
    [assertion] = told(check, failed=True).inputs[0].inputFacets["dataQualityAssertions"].assertions
    assert not assertion.success


def test_without_the_provider_nothing_of_openlineage_is_imported():
    script = (
        "import sys; import aviastack.airflow.operators, aviastack.airflow.triggers;"
        "print([name for name in sys.modules if 'openlineage' in name])"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout.strip().endswith("[]"), ran.stdout
