"""The proof, before the first call, that the machines of a run share staging and the DuckDB file."""

from __future__ import annotations

import asyncio
import json
import logging

import pytest
from airflow.sdk.exceptions import TaskDeferred

from aviastack.airflow import CheckEnvironmentOperator, environment
from aviastack.airflow.connections import Connections
from aviastack.errors import BadRequest, KeyRefused, RateLimited


@pytest.fixture
def here(monkeypatch, tmp_path):
    """A worker with a key, and its own folder for staging and the warehouse."""
    monkeypatch.setenv("AVIASTACK_ACCESS_KEY", "00112233445566778899aabbccddeeff")
    stay_in(tmp_path / "one", monkeypatch)
    return CheckEnvironmentOperator(task_id="check_environment")


def stay_in(folder, monkeypatch, *, warehouse=None):
    monkeypatch.setenv("AVIASTACK_STAGING", str(folder / "staging"))
    monkeypatch.setenv("AVIASTACK_WAREHOUSE", f"duckdb:///{(warehouse or folder) / 'aviastack.duckdb'}")


def deferred(operator):
    with pytest.raises(TaskDeferred) as defer:
        operator.execute({})
    return defer.value.trigger


def event_of(trigger):
    async def gathered():
        return [event async for event in trigger.run()]

    [event] = asyncio.run(gathered())
    return event.payload


def test_machines_that_share_their_folders_pass(here):
    trigger = deferred(here)
    path, arguments = trigger.serialize()
    assert path == "aviastack.airflow.environment.EnvironmentTrigger"
    assert json.loads(json.dumps(arguments)) == arguments
    marker = here.execute_complete({}, event_of(trigger))
    environment.confirm(marker)


def test_a_triggerer_with_another_staging_folder_stops_the_run_before_its_first_call(here, monkeypatch, tmp_path):
    trigger = deferred(here)
    stay_in(tmp_path / "two", monkeypatch)
    event = event_of(trigger)
    with pytest.raises(BadRequest, match=r"The triggerer on .* does not see staging of the worker on") as stopped:
        here.execute_complete({}, event)
    assert "Mount one folder" in stopped.value.remedy


def test_a_marker_of_an_earlier_run_proves_nothing(here, monkeypatch, tmp_path):
    stay_in(tmp_path / "two", monkeypatch)
    deferred(here)
    stay_in(tmp_path / "one", monkeypatch)
    trigger = deferred(here)
    stay_in(tmp_path / "two", monkeypatch)
    assert event_of(trigger)["error"]["type"] == "BadRequest"


def test_a_worker_with_another_duckdb_file_stops_the_run(here, monkeypatch, tmp_path):
    marker = here.execute_complete({}, event_of(deferred(here)))
    stay_in(tmp_path / "one", monkeypatch, warehouse=tmp_path / "two")
    with pytest.raises(BadRequest, match="does not see the folder of the DuckDB file"):
        environment.confirm(marker)


def test_markers_are_removed_after_a_day(here, monkeypatch, tmp_path):
    deferred(here)
    monkeypatch.setattr(environment, "KEPT", -environment.KEPT)
    environment.write_marker(Connections().settings())
    assert list((tmp_path / "one" / "staging" / environment.FOLDER).iterdir()) == []


def test_a_missing_key_is_reported_with_the_connection(here, monkeypatch):
    monkeypatch.delenv("AVIASTACK_ACCESS_KEY")
    with pytest.raises(KeyRefused, match="password of connection 'aviationstack_default'"):
        here.execute({})


def test_what_doctor_finds_of_the_warehouse_and_dbt_is_logged_and_does_not_stop_the_fetching(here, monkeypatch, caplog):
    from aviastack.errors import WarehouseUnavailable

    def down(_):
        raise WarehouseUnavailable("Snowflake can't be reached.", remedy="Check the network.")

    monkeypatch.setattr("aviastack.warehouse.open_warehouse.open_warehouse", down)
    monkeypatch.setenv("AVIASTACK_DBT_EXECUTABLE", "/no/such/dbt")
    with caplog.at_level(logging.INFO):
        here.execute_complete({}, event_of(deferred(here)))
    lines = [record.message for record in caplog.records]
    assert "warehouse on the worker: Snowflake can't be reached. Check the network." in lines
    assert any(line.startswith("dbt on the worker: AVIASTACK_DBT_EXECUTABLE is '/no/such/dbt'") for line in lines)
    assert any(line.startswith("quota on the triggerer: 0 calls this month") for line in lines)


@pytest.mark.parametrize(
    ("extra", "refused"),
    [
        ({"private_key_content": "garbage!"}, "snowflake_default"),
        ({"proxy_host": "p", "proxy_user": "u"}, "dbt cannot sign in to Snowflake with proxy_user"),
        ({"session_parameters": {"WEEK_START": 1}}, r"dbt cannot sign in to Snowflake with session_parameters"),
        ({"database": ""}, "dbt needs a database"),
    ],
)
def test_a_snowflake_connection_that_dbt_cannot_carry_stops_the_run_before_its_first_call(
    here, monkeypatch, extra, refused
):
    connection = {"account": "ORG-ACC", "database": "FLIGHTS", "warehouse": "WH", **extra}
    made = {"conn_type": "snowflake", "login": "loader", "password": "w", "extra": connection}
    monkeypatch.setenv("AIRFLOW_CONN_SNOWFLAKE_DEFAULT", json.dumps(made))
    monkeypatch.setenv("AVIASTACK_WAREHOUSE", "snowflake://")
    monkeypatch.setattr(environment, "_examine", lambda *_: pytest.fail("something was sent"))
    with pytest.raises(BadRequest, match=refused):
        here.execute({})


def test_a_run_that_builds_no_marts_takes_a_connection_that_dbt_cannot_carry(here, monkeypatch):
    connection = {"account": "ORG-ACC", "database": "FLIGHTS", "proxy_host": "p", "proxy_user": "u"}
    made = {"conn_type": "snowflake", "login": "loader", "password": "w", "extra": connection}
    monkeypatch.setenv("AIRFLOW_CONN_SNOWFLAKE_DEFAULT", json.dumps(made))
    monkeypatch.setenv("AVIASTACK_WAREHOUSE", "snowflake://")
    monkeypatch.setattr(environment, "_examine", lambda *_: None)
    here.marts = False
    deferred(here)


def test_a_triggerer_without_the_key_stops_the_run_before_its_first_call(here, monkeypatch):
    trigger = deferred(here)
    monkeypatch.delenv("AVIASTACK_ACCESS_KEY")
    event = event_of(trigger)
    with pytest.raises(KeyRefused, match=r"The triggerer on .* cannot fetch: No access key is set"):
        here.execute_complete({}, event)


def test_a_pace_store_that_is_down_is_retried_before_the_first_call(here, monkeypatch):
    monkeypatch.setenv("AVIASTACK_PACE_STORE", "redis://127.0.0.1:9/0")
    with pytest.raises(RateLimited, match=r"The worker on .* cannot fetch"):
        here.execute({})
