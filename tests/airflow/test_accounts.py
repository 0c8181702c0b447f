"""Staging in a bucket and loading into Snowflake with nothing but Airflow's own connections, against the emulators."""

from __future__ import annotations

import asyncio
import json
import os
from collections import defaultdict
from contextlib import contextmanager
from unittest.mock import MagicMock

import pytest

from aviastack.airflow import AuditOperator, ExtractTrigger, LoadOperator, StageOperator
from aviastack.airflow.connections import Connections
from aviastack.airflow.triggers import LoadTrigger, result_of

pytestmark = pytest.mark.emulators

DAY = "2026-03-02.airline_iata=AA"


def fired(trigger):
    async def gathered():
        return [event async for event in trigger.run()]

    [event] = asyncio.run(gathered())
    return result_of(event.payload)


def lineage_of_load(manifest, counts):
    load = LoadOperator(task_id="load", endpoint="flights", manifest=manifest)
    load.execute_complete({"outlet_events": defaultdict(MagicMock)}, {"result": counts})
    lineage = load.get_openlineage_facets_on_start()
    [source], [table] = lineage.inputs, lineage.outputs
    return [source.namespace, source.name], [table.namespace, table.name], lineage.run_facets["aviationstack"].inserted


def in_a_fork(work):
    """Return in a list what the work returns in a fork, as the OpenLineage provider asks; [] where it fails."""
    reader, writer = os.pipe()
    if (child := os.fork()) == 0:
        try:
            os.write(writer, json.dumps(work()).encode())
        finally:
            os._exit(0)
    os.close(writer)
    os.waitpid(child, 0)
    with os.fdopen(reader, "rb") as answer:
        return [json.loads(line) for line in answer]


@contextmanager
def counted(snowflake):
    """Count the sign-ins and statements of the block into a list of one."""
    sign_ins, said = snowflake.sign_ins, len(snowflake.said)
    found = []
    yield found
    found.append({"sign-ins": snowflake.sign_ins - sign_ins, "statements": len(snowflake.said) - said})


def test_a_slice_lands_in_snowflake_awaited_in_the_triggerer(accounts, simulated):
    with simulated(plan="basic") as api:
        accounts.lend()
        run_id = fired(ExtractTrigger("flights", DAY, {}, Connections().ids()))
        stage = StageOperator(task_id="stage", endpoint="flights", slice_name=DAY, run_id=run_id)
        manifest = stage.execute({})
        counts = fired(LoadTrigger(manifest, Connections().ids()))
        assert counts["inserted"] == counts["rows"] > 0
        with counted(accounts.snowflake) as of_a_load:
            assert fired(LoadTrigger(manifest, Connections().ids())) == counts | {"inserted": 0}
        with counted(accounts.snowflake) as of_the_check:
            assert AuditOperator(task_id="check", manifest=manifest).execute({}) == manifest
        assert of_a_load == [{"sign-ins": 1, "statements": 18}]
        assert of_the_check == [{"sign-ins": 1, "statements": 3}]
        assert api.asked() == 6
        [(source, table, inserted)] = in_a_fork(lambda: lineage_of_load(manifest, counts))
    assert source == ["gs://staged", "flights/flights"]
    assert table == ["snowflake://emulator.us-west-1.aws", "AVIASTACK.AVIATIONSTACK.FLIGHTS"]
    assert inserted == counts["inserted"]
    assert not [name for name in os.environ if name.startswith("SNOWFLAKE_")], "the credentials were lent, not given"
