"""### The reference tables of the flights, every week.

`extract` → `upload` → `load` → `check` for each table. The tables are fetched one after another, whether or not the
previous one succeeded: a table that the plan does not serve fails alone. The API reloads these tables as a whole,
about daily. A table is one slice, named `all`, and costs one call per page of the plan. Failures of the API or the
warehouse are handled as in `flight_data`.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from airflow.sdk import TriggerRule, dag, task_group

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
    """Connect the four steps of each table, and each table's extraction to the next one's."""
    for earlier, later in pairwise([_table(table) for table in TABLES]):
        earlier >> later


def _table(table: str) -> ExtractOperator:
    extracts: list[ExtractOperator] = []

    @task_group(group_id=table)
    def steps() -> None:
        extracted = ExtractOperator(
            task_id="extract",
            endpoint=table,
            slice_name="all",
            deferrable=True,
            pool=defaults.API_POOL,
            trigger_rule=TriggerRule.ALL_DONE,
        )
        staged = StageOperator(task_id="upload", endpoint=table, slice_name="all", run_id=extracted.output)
        loaded = LoadOperator(task_id="load", endpoint=table, manifest=staged.output, pool=defaults.WAREHOUSE_POOL)
        AuditOperator(task_id="check", manifest=loaded.output, pool=defaults.WAREHOUSE_POOL)
        extracts.append(extracted)

    steps()
    return extracts[0]


reference_data_dag = reference_data()

if __name__ == "__main__":
    reference_data_dag.test()
