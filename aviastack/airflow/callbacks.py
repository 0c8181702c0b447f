"""What is said when a task fails for good, and when a run misses its deadline: one line with the cause and the remedy.

Both write to Airflow's logs. Add a notifier (Slack, mail, PagerDuty) beside them in a DAG's ``on_failure_callback``.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from aviastack.errors import AviastackError

if TYPE_CHECKING:
    from airflow.sdk import Context

log = logging.getLogger(__name__)

KEPT = "What was fetched is kept: mend the cause, clear the task, and it goes on without fetching that again."


def report_failure(context: Context) -> None:
    """Log which task failed, why, and what to do: an ``on_failure_callback``, called after the last try."""
    error = context.get("exception")
    cause = f"{type(error).__name__}: {error}" if isinstance(error, AviastackError) else repr(error)
    log.error("%s failed. %s %s", context["task_instance_key_str"], cause, KEPT)


async def deadline_missed(*, context: dict[str, Any]) -> None:
    """Log that a run is not done in time. A deadline's callback: it runs in the triggerer, hence in this package."""
    run = context["dag_run"]
    log.error(
        "%s of %s missed its deadline: see which task waits, for the API, for a pool or for the warehouse.",
        run["dag_run_id"],
        run["dag_id"],
    )
