"""The operators, one by one, with an API and a warehouse behind them."""

from __future__ import annotations

import asyncio
import json
import logging
import signal
from types import SimpleNamespace

import duckdb
import pytest
import snowflake.connector
import stamina
from airflow.sdk import dag, task
from airflow.sdk.exceptions import AirflowRuntimeError, AirflowSkipException, ErrorType, TaskDeferred
from airflow.sdk.execution_time.comms import ErrorResponse

from aviastack.airflow import AuditOperator, ExtractOperator, LoadOperator, StageOperator, asset_of, steps
from aviastack.airflow.connections import Connections
from aviastack.airflow.dbt import BuildMartsOperator
from aviastack.airflow.operators import plainly
from aviastack.airflow.triggers import ExtractTrigger, LoadTrigger
from aviastack.errors import ApiUnavailable, AuditFailed, BudgetExhausted, KeyRefused, WarehouseUnavailable
from tests.airflow.contexts import Events, context
from tests.support.snowflake_emulator import SnowflakeEmulator

DAY = "2026-03-02.airline_iata=AA"


@pytest.fixture(autouse=True)
def loop():
    """Give the thread a loop and close it: Airflow's async operator leaves open what it makes itself."""
    made = asyncio.new_event_loop()
    asyncio.set_event_loop(made)
    yield
    asyncio.set_event_loop(None)
    made.close()


def extract(slice_name=DAY, **arguments):
    return ExtractOperator(task_id="extract", endpoint="flights", slice_name=slice_name, **arguments)


def land(slice_name=DAY):
    """Run the first three steps; return the manifest's path and the events."""
    run_id = extract(slice_name).execute(context())
    manifest = StageOperator(task_id="stage", endpoint="flights", slice_name=slice_name, run_id=run_id).execute({})
    events = Events()
    LoadOperator(task_id="load", endpoint="flights", manifest=manifest).execute({"outlet_events": events})
    return manifest, events


def test_deferred_it_hands_over_the_names_alone():
    with pytest.raises(TaskDeferred) as deferred:
        extract(deferrable=True, settings={"max_calls": 9}).execute(context())
    assert isinstance(deferred.value.trigger, ExtractTrigger)
    assert deferred.value.method_name == "execute_complete"
    assert deferred.value.trigger.slice_name == DAY
    assert deferred.value.trigger.settings == {"max_calls": 9}


def test_resumed_it_returns_the_run_id_or_raises_what_stopped_the_trigger():
    assert extract().execute_complete(context(), {"result": "20260302T0000Z-ab"}) == "20260302T0000Z-ab"
    with pytest.raises(KeyRefused, match="no key"):
        extract().execute_complete(context(), {"error": KeyRefused("no key", remedy="set one").to_json()})


def test_only_the_budget_of_the_run_itself_skips_a_slice():
    event = {"error": BudgetExhausted("spent", remedy="raise it").to_json()}
    for arguments in ({"settings": {"budget": 9}}, {"skip_when_spent": True}):
        with pytest.raises(BudgetExhausted):
            extract(**arguments).execute_complete(context(), event)
    with pytest.raises(AirflowSkipException, match="AA 2026-03-02 waits for the next run"):
        extract(skip_when_spent=True, settings={"budget": 9}).execute_complete(context(), event)


@pytest.mark.parametrize("deferrable", [False, True], ids=["on the worker", "in the triggerer"])
def test_the_calls_of_a_task_are_those_of_all_its_tries_and_of_no_other_task(simulated, deferrable):
    def tried(given):
        operator = extract(deferrable=deferrable)
        try:
            return operator.execute(given)
        except TaskDeferred as deferred:
            [fired] = asyncio.run(gathered(deferred.trigger))
            return operator.execute_complete(given, fired.payload)

    mine, later = context(), context()
    with simulated(plan="basic", faults="http500@300=2") as api, stamina.set_testing(True, attempts=2):
        with pytest.raises(ApiUnavailable):
            tried(mine)
        assert mine["ti"].xcoms == {"calls": api.asked()}
        run_id = tried(mine)
        asked = api.asked()
        assert mine["ti"].xcoms == {"calls": asked}
        assert tried(later) == run_id, "the run is not staged yet"
        assert (later["ti"].xcoms, api.asked()) == ({"calls": 0}, asked)


class Unanswered(dict):
    """A task's state store while Airflow's API server is down."""

    def get(self, key, default=None):
        raise AirflowRuntimeError(ErrorResponse(error=ErrorType.API_SERVER_ERROR, detail={"message": "timed out"}))


@pytest.mark.parametrize("deferrable", [False, True], ids=["on the worker", "in the triggerer"])
def test_calls_that_airflow_does_not_take_end_no_extraction_and_hide_no_error(simulated, deferrable, caplog):
    given = context() | {"task_state_store": Unanswered()}
    with simulated(plan="basic"):
        if deferrable:
            assert extract().execute_complete(given, {"result": "20260302T0000Z-ab", "calls": 6})
            with pytest.raises(KeyRefused):
                extract().execute_complete(given, {"error": KeyRefused("no key").to_json(), "calls": 6})
        else:
            assert extract(deferrable=False).execute(given)
    assert "The run's summary will lack 6 calls of this try: API_SERVER_ERROR" in caplog.text


def test_not_deferred_it_is_a_native_async_task(simulated):
    assert extract(deferrable=False).is_async
    with simulated() as api:
        run_id = extract(deferrable=False).execute(context())
        assert api.asked() > 0
    assert run_id.endswith("Z", 0, -7)


def test_the_four_steps_land_a_slice_and_pass_only_names(simulated, tmp_path):
    with simulated():
        manifest, _ = land()
    assert manifest.startswith(f"manifests/flights/{DAY}/")
    assert AuditOperator(task_id="check", manifest=manifest).execute({}) == manifest
    with duckdb.connect(str(tmp_path / "aviastack.duckdb")) as connection:
        [(rows, airlines)] = connection.sql(
            "SELECT count(*), list(DISTINCT airline_iata) FROM aviationstack.flights"
        ).fetchall()
    assert rows > 0
    assert airlines == ["AA"]


def test_a_load_tells_its_asset_the_partition_and_the_counts(simulated):
    with simulated():
        _, events = land()
    event = events[asset_of("flights")]
    assert event.partition_keys == {DAY}
    assert event.extra["partition"] == DAY
    assert event.extra["rows"] == event.extra["inserted"] > 0
    assert (event.extra["updated"], event.extra["removed"], event.extra["complete"]) == (0, 0, True)


def test_staging_and_loading_again_asks_nothing_and_changes_nothing(simulated):
    with simulated() as api:
        manifest, _ = land()
        asked = api.asked()
        again = StageOperator(
            task_id="stage", endpoint="flights", slice_name=DAY, run_id=manifest.split("/")[-1].removesuffix(".json")
        ).execute({})
        assert again == manifest
        counts = steps.load(manifest)
        assert (counts["inserted"], counts["updated"], counts["removed"]) == (0, 0, 0)
        assert api.asked() == asked


@pytest.mark.parametrize("deferrable", [False, True])
def test_a_final_slice_is_not_asked_again_where_that_is_said(simulated, deferrable):
    def extracted(**arguments):
        operator = extract(deferrable=deferrable, **arguments)
        try:
            return operator.execute(context())
        except TaskDeferred as deferred:
            [fired] = asyncio.run(gathered(deferred.trigger))
            return operator.execute_complete(context(), fired.payload)

    with simulated() as api:
        manifest, _ = land()
        run_id, asked = manifest.split("/")[-1].removesuffix(".json"), api.asked()
        assert extract(deferrable=deferrable, again=False).execute(context()) == run_id, "not deferred"
        assert api.asked() == asked
        assert extracted() != run_id
        assert api.asked() == 2 * asked


def test_the_check_fails_where_rows_are_missing_from_the_warehouse(simulated, tmp_path):
    with simulated():
        manifest, _ = land()
    with duckdb.connect(str(tmp_path / "aviastack.duckdb")) as connection:
        connection.execute(
            "DELETE FROM aviationstack.flights WHERE flight_key = (SELECT min(flight_key) FROM aviationstack.flights)"
        )
    with pytest.raises(AuditFailed, match=r"the warehouse holds \d+ of its \d+ staged rows"):
        steps.audit(manifest)


def test_the_check_fails_where_the_slice_was_never_loaded(simulated):
    with simulated():
        run_id = extract().execute(context())
        manifest = steps.stage("flights", DAY, run_id)
    with pytest.raises(AuditFailed, match="no load of it"):
        steps.audit(manifest)


def test_a_load_into_snowflake_may_be_awaited_in_the_triggerer(monkeypatch):
    monkeypatch.setenv("AVIASTACK_WAREHOUSE", "snowflake://")
    load = LoadOperator(task_id="load", endpoint="flights", manifest=f"manifests/flights/{DAY}/r.json", deferrable=True)
    with pytest.raises(TaskDeferred) as deferred:
        load.execute({})
    trigger = deferred.value.trigger
    assert isinstance(trigger, LoadTrigger)
    path, arguments = trigger.serialize()
    assert path == "aviastack.airflow.triggers.LoadTrigger"
    assert json.loads(json.dumps(arguments))["manifest"] == load.manifest


def test_a_load_into_duckdb_is_work_and_stays_on_the_worker(simulated):
    with simulated():
        manifest, _ = land()
        load = LoadOperator(task_id="load", endpoint="flights", manifest=manifest, deferrable=True)
        assert load.execute({"outlet_events": Events()}) == manifest


def test_an_expected_error_is_logged_in_one_line_and_raised_without_the_traceback_of_its_cause(caplog):
    def deep_inside():
        raise WarehouseUnavailable("The file is held.", remedy="Close the notebook.")

    with pytest.raises(WarehouseUnavailable) as raised, plainly(logging.getLogger("task")):
        deep_inside()
    assert caplog.messages == ["WarehouseUnavailable: The file is held. Close the notebook."]
    assert "deep_inside" not in [entry.name for entry in raised.traceback]
    assert (raised.value.remedy, raised.value.__cause__) == ("Close the notebook.", None)


def test_a_killed_task_logs_that_it_was_killed_before_airflow_logs_the_traceback(caplog):
    with pytest.raises(KeyboardInterrupt), plainly(logging.getLogger("task")):
        raise KeyboardInterrupt
    [message] = caplog.messages
    assert message.startswith("Killed: ")
    assert message.endswith("clear it.")


@pytest.mark.parametrize("handler", [signal.SIG_DFL, signal.default_int_handler], ids=["a task's process", "python"])
@pytest.mark.parametrize("operator", [LoadOperator, BuildMartsOperator])
def test_a_killed_load_or_build_is_interrupted_so_that_its_statement_is_cancelled(handler, operator):
    given = {"endpoint": "flights", "manifest": ""} if operator is LoadOperator else {}
    before = signal.signal(signal.SIGINT, handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            operator(task_id="killed", **given).on_kill()
    finally:
        signal.signal(signal.SIGINT, before)


def test_who_asks_for_cosmos_reads_that_dbt_builds_the_marts_in_one_task(monkeypatch, caplog):
    monkeypatch.setenv("AVIASTACK_DBT", "cosmos")
    nothing_loaded = {"ti": SimpleNamespace(xcom_pull=lambda **_: [])}
    with caplog.at_level(logging.WARNING), pytest.raises(AirflowSkipException):
        BuildMartsOperator(task_id="run_dbt").execute(nothing_loaded)
    assert "AVIASTACK_DBT is not a setting" in caplog.text


@pytest.mark.emulators
def test_a_killed_load_cancels_the_statement_that_runs_in_snowflake(monkeypatch):
    """The connector's own handler, installed while a statement runs, sends the cancellation."""
    from snowflake.connector.cursor import SnowflakeCursor

    cancelled = []
    monkeypatch.setattr(SnowflakeCursor, "_SnowflakeCursorBase__cancel_query", lambda _, query: cancelled.append(query))
    load = LoadOperator(task_id="load", endpoint="flights", manifest="")
    with SnowflakeEmulator() as warehouse:
        given = {name.removeprefix("SNOWFLAKE_").lower(): value for name, value in warehouse.variables.items()}
        with snowflake.connector.connect(**given, platform_detection_timeout_seconds=0) as session:
            monkeypatch.setattr(session, "cmd_query", lambda *_, **__: load.on_kill())
            with pytest.raises(KeyboardInterrupt):
                session.cursor().execute("MERGE INTO flights")
    assert cancelled == ["MERGE INTO flights"]


def test_the_triggers_load_tells_the_same_as_the_operators(simulated):
    with simulated():
        manifest, events = land()
        trigger = LoadTrigger(manifest, Connections().ids())
        [fired] = asyncio.run(gathered(trigger))
    again = Events()
    load = LoadOperator(task_id="load", endpoint="flights", manifest=manifest)
    assert load.execute_complete({"outlet_events": again}, fired.payload) == manifest
    assert again[asset_of("flights")].extra == events[asset_of("flights")].extra | {"inserted": 0}


def test_a_load_that_fails_in_the_triggerer_fails_as_what_it_was(simulated, monkeypatch):
    with simulated():
        manifest, _ = land()
    monkeypatch.setenv("AVIASTACK_WAREHOUSE", "duckdb:////proc/none/aviastack.duckdb")
    [fired] = asyncio.run(gathered(LoadTrigger(manifest, Connections().ids())))
    with pytest.raises(WarehouseUnavailable):
        LoadOperator(task_id="load", endpoint="flights", manifest=manifest).execute_complete({}, fired.payload)


async def gathered(trigger):
    return [event async for event in trigger.run()]


def test_the_steps_are_functions_that_task_decorates_as_they_are(simulated):
    @dag(schedule=None)
    def by_hand():
        run_id = task(steps.extract)("flights", DAY)
        manifest = task(steps.stage)("flights", DAY, run_id)
        counts = task(steps.load)(manifest)
        task(steps.audit)(counts["manifest"])

    tasks = by_hand().task_dict
    assert tasks["extract"].is_async
    assert [tasks[name].downstream_task_ids for name in ("extract", "stage", "load")] == [
        {"stage"},
        {"load"},
        {"audit"},
    ]
    with simulated():
        run_id = asyncio.run(steps.extract("flights", DAY))
        counts = steps.load(steps.stage("flights", DAY, run_id))
        assert json.loads(json.dumps(counts)) == counts
        assert steps.audit(counts["manifest"]) == counts["manifest"]
