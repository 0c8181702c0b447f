"""What is said when a task fails for good, and when a run is late."""

from __future__ import annotations

import logging

from aviastack.airflow.callbacks import deadline_missed, report_failure
from aviastack.errors import WarehouseUnavailable


def test_a_failure_is_told_with_its_cause_and_remedy(caplog):
    error = WarehouseUnavailable("The file is held by another process.", remedy="Close the notebook.")
    with caplog.at_level(logging.ERROR):
        report_failure({"exception": error, "task_instance_key_str": "flight_data__load__20261121"})
    assert "flight_data__load__20261121" in caplog.text
    assert "WarehouseUnavailable: The file is held by another process. Close the notebook." in caplog.text
    assert "clear the task" in caplog.text


async def test_a_late_run_is_told_with_what_airflow_gives_the_callback(caplog):
    run = {"dag_id": "flight_data", "dag_run_id": "scheduled__2026-11-21", "run_type": "scheduled"}
    with caplog.at_level(logging.ERROR):
        await deadline_missed(context={"dag_run": run, "deadline": {"id": "x"}})
    assert "scheduled__2026-11-21 of flight_data missed its deadline" in caplog.text


async def test_a_run_of_a_backfill_for_an_old_date_is_not_reported_as_late(caplog):
    run = {"dag_id": "flight_data", "dag_run_id": "backfill__2026-11-01", "run_type": "backfill"}
    await deadline_missed(context={"dag_run": run, "deadline": {"id": "x"}})
    assert not caplog.records


def test_the_deadline_s_callback_takes_the_context():
    from airflow._shared.module_loading import accepts_context

    assert accepts_context(deadline_missed)
