"""### The tables that flights refer to, every week.

`extract` → `upload` → `load` → `check` for each of them, independently: a table that the plan does not serve fails
alone. The API reloads these tables as a whole, about daily. A whole table is one slice, named `all`, and costs its rows
divided by the plan's rows a page in calls. What happens when the API or the warehouse fails is as in `flight_data`.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from airflow.sdk import dag, task_group

from aviastack.airflow import AuditOperator, ExtractOperator, LoadOperator, StageOperator, defaults

TABLES = ("airports", "airlines", "airplanes", "aircraft_types", "taxes", "cities", "countries", "routes")


@dag(
    schedule="0 3 * * 0",
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=12),
    default_args=defaults.TASKS,
    doc_md=__doc__,
    tags=["aviationstack"],
)
def reference_data() -> None:
    """Wire the four steps of each table."""
    for table in TABLES:
        _table(table)


def _table(table: str) -> None:
    @task_group(group_id=table)
    def land() -> None:
        extracted = ExtractOperator(
            task_id="extract", endpoint=table, slice_name="all", deferrable=True, pool=defaults.API_POOL
        )
        staged = StageOperator(task_id="upload", endpoint=table, slice_name="all", run_id=extracted.output)
        loaded = LoadOperator(task_id="load", endpoint=table, manifest=staged.output, pool=defaults.WAREHOUSE_POOL)
        AuditOperator(task_id="check", manifest=loaded.output, pool=defaults.WAREHOUSE_POOL)

    land()


reference_data()
