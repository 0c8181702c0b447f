"""``run_dbt``: the marts by one ``dbt build``, for the slices of a run that were loaded.

dbt runs in its own process. ``AVIASTACK_DBT_EXECUTABLE`` names a dbt in another environment, so that its
dependencies never meet Airflow's.
"""

from __future__ import annotations

import inspect
import logging
import os
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator, TriggerRule
from airflow.sdk.exceptions import AirflowSkipException

from aviastack.airflow import defaults, steps
from aviastack.airflow.assets import marts_of
from aviastack.airflow.connections import DEFAULT_CONNECTIONS, Connections
from aviastack.airflow.operators import interrupt, plainly
from aviastack.airflow.retries import RETRY_BY_CAUSE
from aviastack.airflow.summary import slices_of

if TYPE_CHECKING:
    from airflow.sdk import Context

log = logging.getLogger(__name__)

NO_COSMOS = (
    "AVIASTACK_DBT is not a setting: this task builds all marts with one 'dbt build'. Unset the variable. For one task "
    "per model, write a DAG with cosmos that is scheduled on the asset of flights."
)


def run_dbt(connections: Connections = DEFAULT_CONNECTIONS, **task_arguments: Any) -> BuildMartsOperator:
    """Return the task ``run_dbt``, to be set downstream of the slices' tasks, once per DAG."""
    arguments = {
        "pool": defaults.WAREHOUSE_POOL,
        "trigger_rule": TriggerRule.ALL_DONE,
        "max_active_tis_per_dag": 1,
        **task_arguments,
    }
    return BuildMartsOperator(task_id="run_dbt", connections=connections, **arguments)


class BuildMartsOperator(BaseOperator):
    """Build the marts when at least one slice of the run was loaded, else skip.

    A slice that failed its quality check is logged as a warning, so that one partner's failure does not leave every
    partner's marts stale. A killed task interrupts dbt, which cancels its running statements. Updates the marts' asset.
    """

    ui_color = "#ffedd5"

    def __init__(self, *, connections: Connections = DEFAULT_CONNECTIONS, **kwargs: Any) -> None:
        usual = {
            "retry_policy": RETRY_BY_CAUSE,
            "outlets": [marts_of(connections.environment)],
            "doc_md": inspect.cleandoc(type(self).__doc__ or ""),
        }
        super().__init__(**{**usual, **kwargs})
        self.connections = connections

    def execute(self, context: Context) -> None:
        """Build and test the marts."""
        if os.environ.get("AVIASTACK_DBT"):
            log.warning(NO_COSMOS)
        slices = slices_of(context)
        if not slices.loaded:
            raise AirflowSkipException("No slice was loaded, so the marts stay as they are.")
        for name in slices.loaded:
            if name not in slices.checked:
                self.log.warning("%s did not pass its quality check; the marts are built with its rows.", name)
        with plainly(self.log):
            steps.build_marts(connections=self.connections)

    def on_kill(self) -> None:
        """Interrupt dbt, and wait until it has cancelled its statements."""
        interrupt()
