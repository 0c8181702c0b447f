"""### Flights of the past, newest first, within a budget of calls.

Give a range of dates, the airlines, and how many calls the run may spend. Slices that are final already (complete, and
fetched after their date had settled) cost nothing and are left out. One slice is fetched at a time, the newest date
first; when the budget is spent the rest is **skipped**, and the run is a success.

**Stop** it by marking the run failed. **Go on** by triggering it again with the same dates: what is final is left out,
what was being fetched goes on from its journal. The API answers for about three months back.
"""

from __future__ import annotations

from datetime import UTC, datetime

from airflow.sdk import Param, TriggerRule, dag, get_current_context, task, task_group

from aviastack.airflow import AuditOperator, ExtractOperator, LoadOperator, StageOperator, backfill, defaults, schedule
from aviastack.airflow.dbt import run_dbt


@dag(
    schedule=None,
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    max_active_runs=1,
    default_args=defaults.TASKS,
    params={
        "first": Param(type="string", format="date", description="The oldest flight date, YYYY-MM-DD."),
        "last": Param(type="string", format="date", description="The newest flight date, YYYY-MM-DD."),
        "airlines": schedule.AIRLINES_PARAM,
        "max_calls": Param(1000, type="integer", minimum=1, description="Calls that this run may spend."),
    },
    doc_md=__doc__,
    tags=["aviationstack"],
)
def flight_backfill() -> None:
    """Wire what is left to fetch and the budget to the steps of each slice, and those to dbt."""

    @task
    def choose_slices() -> list[str]:
        params = get_current_context()["params"]
        dates = schedule.dates_between(params["first"], params["last"])
        return backfill.without_final("flights", schedule.flight_slices(dates, schedule.partners(params)))

    @task
    def set_budget() -> dict[str, int]:
        return backfill.budget_within(get_current_context()["params"]["max_calls"])

    @task_group(prefix_group_id=False)
    def each_slice(slice_name: str, settings: dict[str, int]) -> None:
        extracted = ExtractOperator(
            task_id="extract_flight_data",
            endpoint="flights",
            slice_name=slice_name,
            settings=settings,
            skip_when_spent=True,
            deferrable=True,
            pool=defaults.API_POOL,
            max_active_tis_per_dag=1,
        )
        staged = StageOperator(
            task_id="upload_to_gcs", endpoint="flights", slice_name=slice_name, run_id=extracted.output
        )
        loaded = LoadOperator(
            task_id="load_to_snowflake",
            endpoint="flights",
            manifest=staged.output,
            pool=defaults.WAREHOUSE_POOL,
            max_active_tis_per_dag=defaults.LOADS_AT_ONCE,
        )
        AuditOperator(
            task_id="check_data_quality",
            manifest=loaded.output,
            pool=defaults.WAREHOUSE_POOL,
            max_active_tis_per_dag=defaults.LOADS_AT_ONCE,
        )

    slices = each_slice.partial(settings=set_budget()).expand(slice_name=choose_slices())
    slices >> run_dbt(trigger_rule=TriggerRule.NONE_FAILED_MIN_ONE_SUCCESS)


flight_backfill()
