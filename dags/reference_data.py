"""### The reference tables of the flights, every week.

`check_environment`, then `extract` → `upload` → `load` → `check` for each table. The tables are fetched one after
another, whether or not the previous one succeeded: a table that the plan does not serve fails alone. The API reloads
these tables as a whole, about daily. A table is one slice, named `all`, and costs one call per page of the plan.
Failures of the API or the warehouse are handled as in `flight_data`.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from airflow.sdk import DAG, TriggerRule, dag, task_group

from aviastack.airflow import (
    AuditOperator,
    CheckEnvironmentOperator,
    ExtractOperator,
    LoadOperator,
    StageOperator,
    defaults,
)
from aviastack.airflow.connections import Connections

TABLES = ("airports", "airlines", "airplanes", "aircraft_types", "taxes", "cities", "countries", "routes")


def reference_data(environment: str) -> DAG:
    """Connect the four steps of each table, and each table's extraction to the next one's."""
    connections = Connections.of(environment)

    @dag(
        defaults.named("reference_data", environment),
        schedule="0 3 * * 0",
        start_date=datetime(2026, 1, 1, tzinfo=UTC),
        catchup=False,
        max_active_runs=1,
        dagrun_timeout=timedelta(hours=12),
        default_args=defaults.TASKS,
        doc_md=__doc__,
        tags=["aviationstack"],
    )
    def build() -> None:
        checked = CheckEnvironmentOperator(task_id="check_environment", connections=connections, marts=False)
        extracts = [_table(table, connections) for table in TABLES]
        checked >> extracts
        for earlier, later in pairwise(extracts):
            earlier >> later

    return build()


def _table(table: str, connections: Connections) -> ExtractOperator:
    extracts: list[ExtractOperator] = []

    @task_group(group_id=table)
    def steps() -> None:
        extracted = ExtractOperator(
            task_id="extract",
            endpoint=table,
            slice_name="all",
            connections=connections,
            deferrable=True,
            pool=defaults.API_POOL,
            trigger_rule=TriggerRule.ALL_DONE_MIN_ONE_SUCCESS,  # check_environment; earlier tables may have failed
        )
        staged = StageOperator(
            task_id="upload", endpoint=table, slice_name="all", run_id=extracted.output, connections=connections
        )
        loaded = LoadOperator(
            task_id="load",
            endpoint=table,
            manifest=staged.output,
            connections=connections,
            pool=defaults.WAREHOUSE_POOL,
        )
        AuditOperator(task_id="check", manifest=loaded.output, connections=connections, pool=defaults.WAREHOUSE_POOL)
        extracts.append(extracted)

    steps()
    return extracts[0]


DAGS = [reference_data(environment) for environment in defaults.ENVIRONMENTS]

if __name__ == "__main__":
    DAGS[0].test()
