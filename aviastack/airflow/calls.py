"""The calls that an extraction's task has made in a DAG run, over all of its tries.

They are in the task's state store, which Airflow keeps from try to try, and in the XCom ``calls``, from which
``summarize_run`` adds them up. A try that is killed, or that Airflow's API server does not answer, reports nothing: its
calls are in the ledger alone.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aviastack.errors import counted

if TYPE_CHECKING:
    from airflow.sdk import Context

CALLS = "calls"

log = logging.getLogger(__name__)


@dataclass
class Tally:
    """The calls of a try, failed ones among them."""

    calls: int = 0


def count(context: Context, calls: int) -> None:
    """Add the calls of a try that has ended to the task's.

    A count that Airflow's API server does not take is logged: it ends no extraction, and replaces no error of one.
    """
    from airflow.sdk.exceptions import AirflowRuntimeError

    try:
        before = context["task_state_store"].get(CALLS, 0)
        total = calls + (before if isinstance(before, int) else 0)
        context["task_state_store"].set(CALLS, total)
        context["ti"].xcom_push(CALLS, total)
    except AirflowRuntimeError as error:
        log.warning("The run's summary will lack %s of this try: %s", counted(calls, "call"), error)
