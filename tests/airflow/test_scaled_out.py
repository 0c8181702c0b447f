"""Several workers, one key: a real LocalExecutor whose processes share one pace and one quota through a real Redis."""

from __future__ import annotations

import json

import duckdb
import pytest

from aviastack.endpoints import Plan
from aviastack.simulator import running_simulator
from tests.airflow.conftest import Api
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
SLICES = [f"2026-04-0{day}.airline_iata=AA" for day in range(2, 6)]


@pytest.fixture
def paced(standalone_airflow, redis_server):  # noqa: F811 - the fixture
    """Connect the running Airflow to an API that keeps its pace without slack, by a connection with a pace store."""
    with running_simulator(plan=Plan.BASIC, pace=PACE, latency=0.3) as api:
        extra = {"plan": "basic", "pace": PACE, "pace_store": redis_server.url}
        connection = {
            "connection_id": "aviationstack_paced",
            "conn_type": "aviationstack",
            "host": api,
            "password": "simulated",
            "extra": json.dumps(extra),
        }
        standalone_airflow.ask("connections", connection)
        yield Api(api)


def test_workers_in_separate_processes_share_one_pace_and_fetch_no_page_twice(standalone_airflow, paced):
    airflow = standalone_airflow
    run = airflow.trigger("scaled_out", slices=SLICES)
    assert airflow.ended(run) == "success", (airflow.states(run), airflow.log())

    extracts = [task for task in airflow.instances(run) if task["task_id"] == "extract"]
    assert len({task["pid"] for task in extracts}) == len(SLICES)
    begun, ended = max(task["start_date"] for task in extracts), min(task["end_date"] for task in extracts)
    assert begun < ended, "all of them were under way at once"

    stats = paced.stats()
    refused = sum(stats["refused"].values())
    assert stats["pages"] == stats["requests"] - refused == len(SLICES) * PAGES, "no page was fetched twice"
    assert refused <= PAGES // 2, "a pace of each worker's own would be four times too fast: most calls refused"

    warehouse = airflow.variables["AVIASTACK_WAREHOUSE"].removeprefix("duckdb:///")
    with duckdb.connect(warehouse, read_only=True) as connection:
        loads = "SELECT count(*) FROM aviationstack._loads WHERE complete AND slice LIKE '2026-04-%'"
        assert connection.sql(loads).fetchall() == [(4,)]
