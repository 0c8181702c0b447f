"""### Flights of our airline partners, every day.

`extract_flight_data` → `upload_to_gcs` → `load_to_snowflake` → `check_data_quality` for each partner and date, then
`run_dbt` once. A run fetches the **day before**, and again the **day three days before**: that list has settled by
then, so that copy is final. The names say where the rows go in production; with no connection configured the same
tasks stage in a local folder and load DuckDB.

| task | does | if it fails, what stays |
|---|---|---|
| `extract_flight_data` | asks the API, in the triggerer; journals each page as received | every page so far |
| `upload_to_gcs` | types and checks the rows; writes Parquet and a manifest | the journal |
| `load_to_snowflake` | COPY into a table of its own, audit, MERGE in a transaction | files; the target as it was |
| `check_data_quality` | is the slice whole, plausible, and in the warehouse? | all of it; only dbt waits |
| `run_dbt` | builds and tests the marts | the marts as they were |

**If the API fails.** Server faults, time-outs and *too fast* are retried 5 times, after pauses that grow from 2
minutes to an hour. A retry goes on from the journal and asks only for the pages that are missing. A refused key or
plan fails at once: mend the connection, clear the task. A spent month fails at once too, and says when the next try
is due; nothing more is asked. A list whose completeness can't be proven is loaded, for its rows are true, but removes
nothing: for the day before that is a warning, since the second fetch settles it; for the settled day
`check_data_quality` fails.

**If Snowflake is down.** Only `load_to_snowflake` fails, and is retried in the same way. Journal and Parquet are
kept, nothing is fetched again. A load that was cut off is finished or undone by the next try; loading twice changes
nothing.

**One slice fails, the others go on.** Only `run_dbt` waits for all of them. Mend the cause, clear the failed task,
and the run goes on to its end.

**By hand.** `dates` (YYYY-MM-DD) and `airlines` (IATA codes) say what to fetch; left empty they are the dates above
and the Variable `aviastack_airlines` (`AA,DL,UA` where there is none). Runs may overlap, repeat and come late: the
newest answer wins, whatever the order.

**Days that were missed.** `catchup` is off: after a pause the next run is for the last day alone. Ask for the days
between with a backfill of Airflow's (`airflow backfill create --dag-id flight_data ...`), or run `flight_backfill`. A
slice that is final (complete, and fetched after its date had settled) is not asked again by whichever run.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from airflow.sdk import (
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

from aviastack.airflow import AuditOperator, ExtractOperator, LoadOperator, StageOperator, defaults, schedule
from aviastack.airflow.dbt import run_dbt


@dag(
    # At noon UTC the day before has ended everywhere on earth.
    schedule=CronDataIntervalTimetable("0 12 * * *", timezone="UTC"),
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=12),
    deadline=DeadlineAlert(
        reference=DeadlineReference.DAGRUN_QUEUED_AT,
        interval=defaults.LATE_AFTER,
        callback=AsyncCallback("aviastack.airflow.callbacks.deadline_missed"),
    ),
    default_args=defaults.TASKS,
    params={
        "dates": Param(
            None,
            type=["array", "null"],
            items={"type": "string", "format": "date"},
            description="Flight dates, YYYY-MM-DD; the day before and the day three days before when empty.",
        ),
        "airlines": schedule.AIRLINES_PARAM,
    },
    doc_md=__doc__,
    tags=["aviationstack"],
)
def flight_data() -> None:
    """Wire the slices that are due to the steps of each, and those to dbt."""

    @task
    def choose_slices() -> list[str]:
        context = get_current_context()
        return schedule.flight_slices(schedule.due_dates(context), schedule.partners(context["params"]))

    @task_group(prefix_group_id=False)
    def each_slice(slice_name: str) -> None:
        extracted = ExtractOperator(
            task_id="extract_flight_data",
            endpoint="flights",
            slice_name=slice_name,
            again=False,
            deferrable=True,
            pool=defaults.API_POOL,
            max_active_tis_per_dag=defaults.EXTRACTS_AT_ONCE,
        )
        staged = StageOperator(
            task_id="upload_to_gcs",
            endpoint="flights",
            slice_name=slice_name,
            run_id=extracted.output,
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

    each_slice.expand(slice_name=choose_slices()) >> run_dbt()


flight_data()
