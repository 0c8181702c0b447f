"""``run_dbt``: the marts by one ``dbt build``, for the slices of a run that were loaded.

dbt runs in its own process. ``AVIASTACK_DBT_EXECUTABLE`` names a dbt in another environment, so that its
dependencies never meet Airflow's.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from airflow.sdk import TriggerRule, get_current_context, task
from airflow.sdk.exceptions import AirflowSkipException

from aviastack.airflow import defaults, steps
from aviastack.airflow.assets import marts_of
from aviastack.airflow.connections import DEFAULT_CONNECTIONS, Connections
from aviastack.airflow.summary import slices_of

if TYPE_CHECKING:
    from airflow.sdk import XComArg

log = logging.getLogger(__name__)


def run_dbt(connections: Connections = DEFAULT_CONNECTIONS, **task_arguments: Any) -> XComArg:
    """Return the task ``run_dbt``, to be set downstream of the slices' tasks.

    It runs when all of these have ended, and builds when at least one slice was loaded. A slice that failed its quality
    check is logged as a warning, so that one partner's failure does not leave every partner's marts stale.
    """
    arguments = {
        "pool": defaults.WAREHOUSE_POOL,
        "trigger_rule": TriggerRule.ALL_DONE,
        "max_active_tis_per_dag": 1,
        **task_arguments,
    }
    outlets = [marts_of(connections.environment)]
    return task(task_id="run_dbt", outlets=outlets, **arguments)(_build)(connections.ids())


def _build(conn_ids: dict[str, str]) -> None:
    slices = slices_of(get_current_context())
    if not slices.loaded:
        raise AirflowSkipException("No slice was loaded, so the marts stay as they are.")
    for name in slices.loaded:
        if name not in slices.checked:
            log.warning("%s did not pass its quality check; the marts are built with the rows that it loaded.", name)
    steps.build_marts(connections=Connections(**conn_ids))
