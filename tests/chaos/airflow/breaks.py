"""What is killed and broken, by the title of its row.

What is outside of Airflow is broken under LocalExecutor alone: the tasks meet it in the same way under Celery.
"""

from __future__ import annotations

import signal

from tests.chaos.airflow import full_disks, outages, snowflake_losses
from tests.chaos.airflow.cluster import IN_ACCOUNTS, ON_WORKERS
from tests.chaos.airflow.kills import component, machine, process, worker
from tests.chaos.airflow.world import CELERY, EXTRACT, LOAD, LOCAL, Break
from tests.support.snowflake_emulator import Loss

KILL, TERM = signal.SIGKILL, signal.SIGTERM
ONLY_LOCAL, ONLY_CELERY = (LOCAL,), (CELERY,)

TASKS = [
    Break("extract's process on a worker, SIGKILL", process(EXTRACT, KILL), ON_WORKERS),
    Break("extract's process on a worker, SIGTERM", process(EXTRACT, TERM), ON_WORKERS),
    Break("the load's process, SIGKILL", process(LOAD, KILL)),
    Break("the load's process, SIGTERM", process(LOAD, TERM)),
]
COMPONENTS = [
    Break("triggerer, SIGKILL", component("triggerer", KILL, EXTRACT)),
    Break("triggerer, SIGTERM", component("triggerer", TERM, EXTRACT, alone=True)),
    Break("scheduler while the triggerer fetches, SIGKILL", component("scheduler", KILL, EXTRACT)),
    Break("scheduler while a worker fetches, SIGTERM", component("scheduler", TERM, EXTRACT, alone=True), ON_WORKERS),
    Break(
        "scheduler and its extraction, SIGKILL", component("scheduler", KILL, EXTRACT), ON_WORKERS, executors=ONLY_LOCAL
    ),
    Break("scheduler and its load, SIGKILL", component("scheduler", KILL, LOAD), executors=ONLY_LOCAL),
    Break("scheduler alone during a load, SIGKILL", component("scheduler", KILL, LOAD, alone=True)),
    Break("DAG processor, SIGKILL", component("dag-processor", KILL, EXTRACT)),
    Break("API server while a worker fetches, SIGKILL", component("api-server", KILL, EXTRACT), ON_WORKERS),
    Break("API server while a worker fetches, SIGTERM", component("api-server", TERM, EXTRACT, alone=True), ON_WORKERS),
    Break("API server while the triggerer fetches, SIGKILL", component("api-server", KILL, EXTRACT)),
    Break("metadata database (Postgres) crashed and restarted", outages.crashed_database),
    Break("metadata database (Postgres) stopped for 10 s", outages.stopped_database, ON_WORKERS),
]
WORKERS = [
    Break("Celery worker that extracts, lost with its machine", machine(EXTRACT), ON_WORKERS, executors=ONLY_CELERY),
    Break("Celery worker that loads, lost with its machine", machine(LOAD), executors=ONLY_CELERY),
    Break(
        "Celery worker that extracts, main process, SIGKILL", worker(EXTRACT, KILL), ON_WORKERS, executors=ONLY_CELERY
    ),
    Break("Celery worker that extracts, SIGTERM", worker(EXTRACT, TERM), ON_WORKERS, executors=ONLY_CELERY),
    Break(
        "broker (Redis) killed, its queue lost", outages.broker(keeps_queue=False), ON_WORKERS, executors=ONLY_CELERY
    ),
    Break(
        "broker (Redis) killed, its queue on disk", outages.broker(keeps_queue=True), ON_WORKERS, executors=ONLY_CELERY
    ),
]
OUTSIDE = [
    Break("AviationStack refuses connections", outages.api, executors=ONLY_LOCAL),
    Break("pace store (Redis) down during an extraction", outages.pace_store, executors=ONLY_LOCAL),
    Break("DuckDB file held by another process", outages.duckdb, executors=ONLY_LOCAL),
    Break("Snowflake refuses connections", snowflake_losses.down, IN_ACCOUNTS, executors=ONLY_LOCAL),
    Break(
        "Snowflake loses a load's session after COPY, before MERGE",
        snowflake_losses.lost("COPY", Loss(after=True)),
        IN_ACCOUNTS,
        executors=ONLY_LOCAL,
    ),
    Break(
        "Snowflake loses a load's session after MERGE, before COMMIT",
        snowflake_losses.lost("COMMIT", Loss()),
        IN_ACCOUNTS,
        executors=ONLY_LOCAL,
    ),
    Break(
        "Snowflake loses a load's session after COMMIT, unacknowledged",
        snowflake_losses.lost("COMMIT", Loss(after=True)),
        IN_ACCOUNTS,
        executors=ONLY_LOCAL,
    ),
    Break("the bucket resets connections during an extraction", outages.bucket, IN_ACCOUNTS, executors=ONLY_LOCAL),
    Break("staging without space during an extraction", full_disks.full, executors=ONLY_LOCAL, needs_mount=True),
    Break("staging read-only", full_disks.read_only, early=True, executors=ONLY_LOCAL, needs_mount=True),
]
BREAKS = [*TASKS, *COMPONENTS, *WORKERS, *OUTSIDE]
