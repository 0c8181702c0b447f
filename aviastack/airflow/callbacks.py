"""Log lines for a task that failed for good and for a run that missed its deadline.

Both write to Airflow's logs. To be notified elsewhere, see :mod:`aviastack.airflow.notify`.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from aviastack.errors import AviastackError

if TYPE_CHECKING:
    from airflow.sdk import Context

log = logging.getLogger(__name__)

KEPT = (
    "Fix the cause and clear the task. Journaled pages are not fetched again, except those of a date that still "
    "changes once they are an hour old: that slice is refetched from offset 0."
)


def report_failure(context: Context) -> None:
    """Log which task failed, why, and the fix. An ``on_failure_callback``, called after the last try."""
    error = context.get("exception")
    cause = f"{type(error).__name__}: {error}" if isinstance(error, AviastackError) else repr(error)
    log.error("%s failed. %s %s", context["task_instance_key_str"], cause, KEPT)


async def deadline_missed(*, context: dict[str, Any]) -> None:
    """Log that a run is late. A deadline's callback runs in the triggerer and must therefore be in a package.

    Runs of Airflow's own backfill are for dates long past and are not reported.
    """
    run = context["dag_run"]
    if run["run_type"] == "backfill":
        return
    log.error(
        "%s of %s missed its deadline. Look for the task that waits for the API, a pool or the warehouse.",
        run["dag_run_id"],
        run["dag_id"],
    )
