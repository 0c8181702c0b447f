"""Several workers, one key: a real LocalExecutor whose processes share one pace and one quota through a real Redis."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from aviastack.airflow import standalone
from aviastack.endpoints import Plan
from aviastack.simulator import running_simulator
from tests.airflow.driving import Airflow
from tests.support.api_fixtures import redis_binary, redis_server  # noqa: F401 - fixtures

pytestmark = [
    pytest.mark.airflow,
    pytest.mark.redis,
    pytest.mark.slow,
    pytest.mark.xdist_group("airflow"),
    pytest.mark.timeout(900),
]

PACE = "4/s"
PAGES = 6  # of a partner's day on the basic plan
SLICES = [f"2026-03-0{day}.airline_iata=AA" for day in range(2, 6)]


@pytest.fixture
def airflow(tmp_path, redis_server):  # noqa: F811 - the fixture
    """Run Airflow with four workers, and an API that keeps its pace without slack."""
    port = standalone.free_port()
    with running_simulator(plan=Plan.BASIC, pace=PACE, latency=0.3) as api:
        dags = Path(__file__).parent / "scaled_out"
        variables = standalone.environment(tmp_path, api, port, dags=dags) | {
            "AVIASTACK_PLAN": "basic",
            "AVIASTACK_PACE": PACE,
            "AVIASTACK_PACE_STORE": redis_server.url,
        }
        standalone.prepare(tmp_path, variables)
        with standalone.running_airflow(tmp_path, variables) as process:
            standalone.wait_for(port, process, dags=["scaled_out"])
            yield Airflow(tmp_path, port, api, variables, process)


def test_workers_in_processes_of_their_own_share_one_pace_and_ask_for_no_page_twice(airflow):
    run = airflow.trigger("scaled_out", slices=SLICES)
    assert airflow.ended(run) == "success", (airflow.states(run), airflow.log())

    extracts = [task for task in airflow.instances(run) if task["task_id"] == "extract"]
    assert len({task["pid"] for task in extracts}) == len(SLICES)
    begun, ended = max(task["start_date"] for task in extracts), min(task["end_date"] for task in extracts)
    assert begun < ended, "all of them were under way at once"

    stats = airflow.stats()
    assert stats["requests"] == stats["pages"] == len(SLICES) * PAGES
    assert stats["refused"] == {}, "a pace of each worker's own would have been four times too fast"
    assert all(times == 1 for offsets in stats["offsets"].values() for times in offsets.values())

    warehouse = airflow.variables["AVIASTACK_WAREHOUSE"].removeprefix("duckdb:///")
    with duckdb.connect(warehouse, read_only=True) as connection:
        assert connection.sql("SELECT count(*) FROM aviationstack._loads WHERE complete").fetchall() == [(4,)]
