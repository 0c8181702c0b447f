"""### Past flights, newest first, within a budget of calls.

Give a range of dates, the airlines, and how many calls the run may spend. Final slices (complete, and fetched after
their date had settled) cost nothing and are left out, and so are settled dates without flights. One slice is fetched
at a time, the newest date first. When the run's own `max_calls` are spent, the remaining slices are **skipped** and the
run is a success; a spent month or a spent `AVIASTACK_BUDGET` is a failure. Calls that other DAGs make with the key
meanwhile count too. Airflow maps at most 1,024 slices per run (`[core] max_map_length`): `choose_slices` logs how many
wait.

**Stop** it by marking the run as failed. **Continue** by triggering it again with the same dates: final slices are left
out, and the slice that was being fetched continues from its journal. With `again`, final slices are fetched again too.
The API serves about the last three months.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime

from airflow.sdk import DAG, Param, dag, get_current_context, task, task_group

from aviastack.airflow import (
    AuditOperator,
    CheckEnvironmentOperator,
    ExtractOperator,
    LoadOperator,
    StageOperator,
    backfill,
    defaults,
    schedule,
)
from aviastack.airflow.connections import Connections
from aviastack.airflow.dbt import run_dbt
from aviastack.airflow.environment import confirm
from aviastack.airflow.operators import plainly
from aviastack.airflow.summary import summarize_run

log = logging.getLogger(__name__)


def flight_backfill(environment: str) -> DAG:
    """Connect the open slices and the budget to the steps of each slice, and these to dbt and the summary."""
    connections = Connections.of(environment)

    @dag(
        defaults.named("flight_backfill", environment),
        schedule=None,
        start_date=datetime(2026, 1, 1, tzinfo=UTC),
        max_active_runs=1,
        default_args=defaults.TASKS,
        params={
            "first": Param(type="string", format="date", description="The oldest flight date, YYYY-MM-DD."),
            "last": Param(type="string", format="date", description="The newest flight date, YYYY-MM-DD."),
            "airlines": schedule.AIRLINES_PARAM,
            "max_calls": Param(1000, type="integer", minimum=1, description="Calls that this run may spend."),
            "again": schedule.AGAIN_PARAM,
        },
        doc_md=__doc__,
        tags=["aviationstack"],
    )
    def build() -> None:
        @task
        @plainly(log)
        def choose_slices(marker: dict[str, str]) -> list[str]:
            """Return the names of the slices that are not final, newest date first, as many as the calls may pay."""
            confirm(marker, connections=connections)
            params = get_current_context()["params"]
            dates = schedule.dates_between(params["first"], params["last"])
            slices = schedule.flight_slices(dates, schedule.partners(params, environment))
            if not params["again"]:
                slices = backfill.without_final("flights", slices, connections=connections)
            slices = backfill.at_most_payable(slices, params["max_calls"], connections=connections)
            return backfill.at_most_mappable(slices)

        @task
        @plainly(log)
        def set_budget() -> dict[str, int]:
            """Return the month's budget that ends this run after ``max_calls``."""
            return backfill.budget_within(get_current_context()["params"]["max_calls"], connections=connections)

        @task_group(prefix_group_id=False)
        def each_slice(slice_name: str, settings: dict[str, int]) -> None:
            extracted = ExtractOperator(
                task_id="extract_flight_data",
                endpoint="flights",
                slice_name=slice_name,
                connections=connections,
                settings=settings,
                skip_when_spent=True,
                deferrable=True,
                pool=defaults.API_POOL,
                max_active_tis_per_dag=1,
            )
            staged = StageOperator(
                task_id="upload_to_gcs",
                endpoint="flights",
                slice_name=slice_name,
                run_id=extracted.output,
                connections=connections,
            )
            loaded = LoadOperator(
                task_id="load_to_snowflake",
                endpoint="flights",
                manifest=staged.output,
                connections=connections,
                pool=defaults.WAREHOUSE_POOL,
                max_active_tis_per_dag=defaults.LOADS_AT_ONCE,
            )
            AuditOperator(
                task_id="check_data_quality",
                manifest=loaded.output,
                connections=connections,
                pool=defaults.WAREHOUSE_POOL,
                max_active_tis_per_dag=defaults.LOADS_AT_ONCE,
            )

        checked = CheckEnvironmentOperator(task_id="check_environment", connections=connections)
        slices = each_slice.partial(settings=set_budget()).expand(slice_name=choose_slices(checked.output))
        slices >> run_dbt(connections) >> summarize_run(connections)

    return build()


DAGS = [flight_backfill(environment) for environment in defaults.ENVIRONMENTS]

if __name__ == "__main__":
    DAGS[0].test(run_conf={"first": "2026-11-20", "last": "2026-11-21", "airlines": ["AA"]})
