"""### Flights of our airline partners, every day.

`check_environment` → `choose_slices` → `extract_flight_data` → `upload_to_gcs` → `load_to_snowflake` →
`check_data_quality` for each partner and date, then `run_dbt` and `summarize_run` once. A run fetches the **day
before** and, again, the **day three days before**: by then that date has settled, so its copy is final. Settled dates
of the last week that have no complete slice, after an outage or a spent month, are fetched first. Without a
configured connection the same tasks stage in a local folder and load DuckDB.

| task | does | if it fails, what remains |
|---|---|---|
| `check_environment` | proves that workers and triggerer share staging, before the first call | nothing was spent |
| `extract_flight_data` | fetches the API's pages in the triggerer and journals each as received | every page so far |
| `upload_to_gcs` | types and checks the rows; writes Parquet and a manifest | the journal |
| `load_to_snowflake` | COPY into a transient table, audit, MERGE in one transaction | files; the target as it was |
| `check_data_quality` | is the slice complete, plausible, and in the warehouse? | everything; the marts are built |
| `run_dbt` | builds and tests the marts from the slices that were loaded | the marts as they were |
| `summarize_run` | returns counts of the run; fails if a slice or the marts failed | |

**If the API fails.** Server faults, timeouts and *too fast* are retried 5 times, after delays that grow from 2 to 20
minutes. A retry continues from the journal and fetches only missing pages; a date that still changes is refetched
from offset 0 once its pages are an hour old. A rejected key or plan fails at once: fix the connection, clear the
task. A spent month fails at once and says when to try again. A slice whose completeness cannot be proven is loaded,
because its rows are true, but removes nothing: for the day before that is a warning, because the second fetch
decides; for a settled date `check_data_quality` fails.

**If Snowflake is down.** Only `load_to_snowflake` fails, and is retried in the same way. Journal and Parquet are kept,
nothing is fetched again. The next try finishes or undoes an interrupted load; loading twice changes nothing.

**If one slice fails, the others go on.** `run_dbt` builds what was loaded and warns about the rest, and
`summarize_run` makes the run red and names the failed slices. Fix the cause, clear the failed tasks with their
downstream tasks, and the run continues.

**If the API lists no flights.** A check passes with a warning if other slices had rows on that day, unless the airline
has rows on every other date within two weeks. A settled date that passed so is not fetched again.

**If a check fails.** Its message gives the broken rules, the most frequent reasons and the path of the quarantined
records. Trigger this DAG with the same `dates` and `airlines` and with `again`, which fetches final slices again.

**Manual runs.** `dates` (YYYY-MM-DD) and `airlines` (IATA codes) choose the slices; when empty, the dates above and the
Variable `aviastack_airlines` (else `AA,DL,UA`) do. Runs may overlap, repeat and come late: the newest data win.

**Missed days.** `catchup` is off: after a pause the next run fetches its own dates and the settled dates of the last
week that are missing (`AVIASTACK_RECOVER_DAYS`). For older dates run `flight_backfill`, or Airflow's own backfill
(`airflow backfill create --dag-id flight_data ...`). A final slice is never fetched again unless `again` is set.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

from airflow.sdk import (
    DAG,
    AsyncCallback,
    CronDataIntervalTimetable,
    DeadlineAlert,
    DeadlineReference,
    Param,
    dag,
    get_current_context,
    task,
    task_group,
)

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


def flight_data(environment: str) -> DAG:
    """Connect the due slices to the steps of each, and these to dbt and the summary."""
    connections = Connections.of(environment)

    @dag(
        defaults.named("flight_data", environment),
        # At noon UTC the day before has ended everywhere on earth.
        schedule=CronDataIntervalTimetable("0 12 * * *", timezone="UTC"),
        start_date=datetime(2026, 1, 1, tzinfo=UTC),
        catchup=False,
        max_active_runs=3,  # a manual run does not wait for the daily one
        dagrun_timeout=timedelta(hours=12),
        deadline=DeadlineAlert(
            # Not DAGRUN_QUEUED_AT: Airflow 3.3.2 answers HTTP 500 when tasks of a run with such a deadline are cleared.
            reference=DeadlineReference.DAGRUN_LOGICAL_DATE,
            interval=timedelta(days=1) + defaults.LATE_AFTER,  # a run is due a day after its logical date
            callback=AsyncCallback("aviastack.airflow.callbacks.deadline_missed"),
        ),
        default_args=defaults.TASKS,
        params={
            "dates": Param(
                None,
                type=["array", "null"],
                items={"type": "string", "format": "date"},
                description="Flight dates, YYYY-MM-DD. When empty: the dates that are due.",
            ),
            "airlines": schedule.AIRLINES_PARAM,
            "again": schedule.AGAIN_PARAM,
        },
        doc_md=__doc__,
        tags=["aviationstack"],
    )
    def build() -> None:
        @task
        @plainly(log)
        def choose_slices(marker: dict[str, str]) -> list[str]:
            """Return the names of lost slices and of those due, as many as Airflow maps."""
            confirm(marker, connections=connections)
            context = get_current_context()
            partners = schedule.partners(context["params"], environment)
            due = schedule.flight_slices(schedule.due_dates(context), partners)
            recent = schedule.flight_slices(schedule.recent_dates(context), partners)
            lost = backfill.never_complete(recent, connections=connections)
            return backfill.at_most_mappable([*lost, *(name for name in due if name not in lost)])

        @task_group(prefix_group_id=False)
        def each_slice(slice_name: str) -> None:
            extracted = ExtractOperator(
                task_id="extract_flight_data",
                endpoint="flights",
                slice_name=slice_name,
                connections=connections,
                again=False,
                deferrable=True,
                pool=defaults.API_POOL,
                max_active_tis_per_dag=defaults.EXTRACTS_AT_ONCE,
            )
            staged = StageOperator(
                task_id="upload_to_gcs",
                endpoint="flights",
                slice_name=slice_name,
                connections=connections,
                run_id=extracted.output,
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
        slices = each_slice.expand(slice_name=choose_slices(checked.output))
        slices >> run_dbt(connections) >> summarize_run(connections)

    return build()


DAGS = [flight_data(environment) for environment in defaults.ENVIRONMENTS]

if __name__ == "__main__":
    DAGS[0].deadline = None  # dag.test() of Airflow 3.3 fails for a DAG with a deadline
    DAGS[0].test()
