"""How far the slices of a DAG run came: what ``run_dbt`` builds by, and the summary that the last task returns."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow.sdk import TriggerRule, get_current_context, task
from airflow.sdk.exceptions import AirflowFailException

from aviastack.airflow.callbacks import report_failure
from aviastack.airflow.calls import CALLS
from aviastack.airflow.connections import DEFAULT_CONNECTIONS, Connections
from aviastack.airflow.empty import is_empty
from aviastack.airflow.notify import notifiers
from aviastack.airflow.schedule import label

if TYPE_CHECKING:
    from airflow.sdk import Context, XComArg

    from aviastack.manifest import Manifest
    from aviastack.settings import Settings

log = logging.getLogger(__name__)

CHOOSE = "choose_slices"
EXTRACT = "extract_flight_data"
LOAD = "load_to_snowflake"
CHECK = "check_data_quality"
STEPS = (EXTRACT, "upload_to_gcs", LOAD, CHECK)
FAILED = ("failed", "upstream_failed")


@dataclass(frozen=True)
class Slices:
    """The slices of a DAG run that were chosen, loaded and checked, in the order in which they were chosen.

    ``manifests`` maps a loaded slice to the path of its manifest.
    """

    chosen: list[str]
    manifests: dict[str, str]
    checked: frozenset[str]

    @property
    def loaded(self) -> list[str]:
        """The slices that were loaded."""
        return [name for name in self.chosen if name in self.manifests]


def slices_of(context: Context) -> Slices:
    """Return the slices of the context's DAG run, by what its tasks returned."""
    manifests = {slice_of(path): path for path in _returned(context, LOAD)}
    [chosen] = _returned(context, CHOOSE) or [[]]
    return Slices(list(chosen), manifests, frozenset(slice_of(path) for path in _returned(context, CHECK)))


def summarize_run(connections: Connections = DEFAULT_CONNECTIONS) -> XComArg:
    """Return the task ``summarize_run``, the last one of a run: set it downstream of all others.

    It returns and logs what the run did. It fails, and calls the configured notifiers, when a slice or the marts
    failed, so that such a run is red.
    """
    callbacks = [report_failure, *notifiers()]
    arguments = {"trigger_rule": TriggerRule.ALL_DONE, "retries": 0, "on_failure_callback": callbacks}
    return task(task_id="summarize_run", **arguments)(_summarize)(connections.ids())


def _summarize(conn_ids: dict[str, str]) -> dict[str, Any]:
    """Return, log and measure what the run did; fail if a slice or the marts failed."""
    context = get_current_context()
    slices = slices_of(context)
    states = _states(context)
    connections = Connections(**conn_ids)
    settings = connections.settings()
    failed = {
        name: step for place, name in enumerate(slices.chosen) if (step := _failed_step(states, place)) is not None
    }
    summary = {
        "slices": len(slices.chosen),
        "loaded": len(slices.loaded),
        "failed": failed,
        "skipped": [name for place, name in enumerate(slices.chosen) if states.get(f"{EXTRACT}_{place}") == "skipped"],
        **_counts(slices.manifests.values(), context, settings),
        "marts": states.get("run_dbt"),
    }
    log.info("%s", ", ".join(f"{name}: {value}" for name, value in summary.items()))
    context["ti"].xcom_push("summary", summary)
    _measure(summary, settings, connections.environment)
    faults = [f"{label(name)} ({step})" for name, step in failed.items()]
    tasks = [name for name in ("check_environment", CHOOSE, "set_budget", "run_dbt") if states.get(name) in FAILED]
    if faults or tasks:
        which = f"{len(faults)} of {len(slices.chosen)} slices failed: {', '.join(faults)}. " if faults else ""
        which += f"Failed: {', '.join(tasks)}. " if tasks else ""
        raise AirflowFailException(
            f"{which}The log of each failed task begins with its cause and the fix; clear these tasks afterwards."
        )
    return summary


def _counts(paths: Iterable[str], context: Context, settings: Settings) -> dict[str, Any]:
    """Count the calls of all extractions of this DAG run, and what the loaded slices have."""
    from aviastack.limits.ledger import known_quota
    from aviastack.staging import manifest_log
    from aviastack.staging.open_store import open_store

    store = open_store(settings.staging)
    manifests: list[Manifest] = [manifest_log.read(store, path) for path in paths]
    return {
        "calls": sum(_returned(context, EXTRACT, CALLS)),
        "rows": sum(manifest.rows for manifest in manifests),
        "quarantined": sum(manifest.quarantined for manifest in manifests),
        "incomplete": [manifest.slice for manifest in manifests if not (manifest.complete or is_empty(manifest))],
        "empty": [manifest.slice for manifest in manifests if is_empty(manifest)],
        "quota_left": known_quota(settings).remaining,
    }


def _measure(summary: dict[str, Any], settings: Settings, environment: str) -> None:
    """Send counts, the calls left and the pace as metrics of Airflow, to where ``[metrics]`` sends its own."""
    from airflow.sdk.observability import stats

    from aviastack.endpoints import ENDPOINTS

    tags = {"environment": environment}
    for name in ("calls", "rows", "quarantined"):
        stats.incr(f"aviastack.{name}", summary[name], tags=tags)
    for name in ("incomplete", "empty"):
        stats.incr(f"aviastack.{name}", len(summary[name]), tags=tags)
    pace = settings.pace or ENDPOINTS["flights"].pace_for(settings.plan)
    if not pace.is_off:
        stats.gauge("aviastack.pace", pace.calls / pace.period, tags=tags)
    if summary["quota_left"] is not None:
        stats.gauge("aviastack.quota_left", summary["quota_left"], tags=tags)


def _failed_step(states: dict[str, str], place: int) -> str | None:
    return next((step for step in STEPS if states.get(f"{step}_{place}") in FAILED), None)


def _states(context: Context) -> dict[str, str]:
    """Return the states of the run's tasks; those of mapped tasks are named ``TASK_INDEX``."""
    run = context["dag_run"]
    states = context["ti"].get_task_states(dag_id=run.dag_id, run_ids=[run.run_id])
    return dict(states.get(run.run_id, {}))


def _returned(context: Context, task_id: str, key: str = "return_value") -> list[Any]:
    """Return what the instances of a task returned, or pushed as ``key``, in the order of their map index."""
    return [value for value in context["ti"].xcom_pull(task_ids=[task_id], key=key) or [] if value is not None]


def slice_of(manifest: str) -> str:
    """Return the name of the slice of a manifest's path."""
    return manifest.split("/")[-2]
