"""Several workers, one key: a real LocalExecutor whose processes share one pace and one quota through a real Redis."""

from __future__ import annotations

import asyncio
import json

import duckdb
import pytest

from aviastack.endpoints import Plan
from aviastack.simulator import running_simulator
from aviastack.simulator.server import Server
from tests.airflow.conftest import Api
from tests.airflow.driving import PATIENCE
from tests.support.api_fixtures import redis_binary, redis_server  # noqa: F401 - fixtures

pytestmark = [
    pytest.mark.running_airflow,
    pytest.mark.redis,
    pytest.mark.timeout(2 * PATIENCE),
]

PACE = "100000/2000s"  # the store remembers the calls of this window: all of this run's
PAGES = 6  # of a partner's day on the basic plan
SLICES = [f"2026-04-0{day}.airline_iata=AA" for day in range(2, 6)]


@pytest.fixture
def paced(standalone_airflow, redis_server, monkeypatch):  # noqa: F811 - the fixture
    """Connect the running Airflow to an API that answers once every slice has asked, by a connection with a store."""
    everyone = asyncio.Event()

    async def all_have_asked(server):
        if server._stats.to_json()["requests"] >= len(SLICES):
            everyone.set()
        await everyone.wait()

    monkeypatch.setattr(Server, "_wait", all_have_asked)
    with running_simulator(plan=Plan.BASIC) as api:
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


def test_workers_in_separate_processes_share_one_pace_and_fetch_no_page_twice(
    standalone_airflow,
    paced,
    redis_server,  # noqa: F811 - the fixture
):
    airflow = standalone_airflow
    run = airflow.trigger("scaled_out", slices=SLICES)
    assert airflow.ended(run) == "success", (airflow.states(run), airflow.log())

    extracts = [task for task in airflow.instances(run) if task["task_id"] == "extract"]
    assert len({task["pid"] for task in extracts}) == len(SLICES)

    stats = paced.stats()
    assert stats["pages"] == stats["requests"] == len(SLICES) * PAGES, "no page was fetched twice"
    assert redis_server.paced_calls() == len(SLICES) * PAGES, "each call took its slot from the one pace"

    warehouse = airflow.variables["AVIASTACK_WAREHOUSE"].removeprefix("duckdb:///")
    with duckdb.connect(warehouse, read_only=True) as connection:
        loads = "SELECT count(*) FROM aviationstack._loads WHERE complete AND slice LIKE '2026-04-%'"
        assert connection.sql(loads).fetchall() == [(4,)]
