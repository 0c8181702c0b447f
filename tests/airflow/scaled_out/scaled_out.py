"""Slices over several workers: extracted at once, each in its own process, and loaded one by one."""

from datetime import UTC, datetime

from airflow.sdk import Param, dag, get_current_context, task, task_group

from aviastack.airflow import ExtractOperator, LoadOperator, StageOperator
from aviastack.airflow.connections import Connections

PACED = Connections(aviationstack_conn_id="aviationstack_paced")


@dag(schedule=None, start_date=datetime(2026, 1, 1, tzinfo=UTC), params={"slices": Param([], type="array")})
def scaled_out() -> None:
    @task
    def slices() -> list[str]:
        return get_current_context()["params"]["slices"]

    @task_group(prefix_group_id=False)
    def each_slice(slice_name: str) -> None:
        extracted = ExtractOperator(
            task_id="extract", endpoint="flights", slice_name=slice_name, deferrable=False, connections=PACED
        )
        staged = StageOperator(
            task_id="stage", endpoint="flights", slice_name=slice_name, run_id=extracted.output, connections=PACED
        )
        LoadOperator(
            task_id="load", endpoint="flights", manifest=staged.output, pool="aviastack_warehouse", connections=PACED
        )

    each_slice.expand(slice_name=slices())


scaled_out()
