"""Settings that the tasks of every DAG share: retries, callbacks and pools. They are read when a DAG is parsed.

``AVIASTACK_API_POOL``, ``AVIASTACK_WAREHOUSE_POOL``
    Names of pools that exist: Airflow never schedules a task whose pool is missing. The default is Airflow's own pool.
``AVIASTACK_EXTRACTS_AT_ONCE``, ``AVIASTACK_LOADS_AT_ONCE``
    Mapped tasks of one DAG that run at once, 1 by default. Raise the first with a shared pace
    (``AVIASTACK_PACE_STORE``) and the second with a warehouse that accepts concurrent loads.
``AVIASTACK_RETRY_DELAY``
    Seconds before the first retry, 120 by default. Each further delay doubles, up to 20 minutes: five retries end
    within the hour for which the pages of a changing list stay usable.
``AVIASTACK_LATE_AFTER``
    Seconds after a scheduled run of ``flight_data`` was due, when it is reported as late if it has not succeeded by
    then; 10,800 by default.
``AVIASTACK_ENVIRONMENTS``
    Environments that get their own DAGs, separated by commas: ``default,test`` makes ``flight_data`` and
    ``flight_data_test``. Only ``default`` by default.
``AVIASTACK_RECOVER_DAYS``
    Days back that ``flight_data`` searches for dates without a complete slice, 7 by default; 0 turns the search off.

An empty variable counts as unset. An invalid value raises :class:`BadRequest`, which Airflow shows as the DAG's import
error.
"""

from __future__ import annotations

import os
import re
from datetime import timedelta
from typing import Any

from aviastack.airflow.callbacks import report_failure
from aviastack.airflow.connections import DEFAULT
from aviastack.airflow.retries import RETRY_BY_CAUSE
from aviastack.errors import BadRequest


def count(name: str, default: int, *, least: int = 1) -> int:
    """Return a variable as a whole number of at least ``least``. Raises :class:`BadRequest` for anything else."""
    text = os.environ.get(name, "").strip()
    if not text:
        return default
    if not text.isdecimal() or int(text) < least:
        raise BadRequest(f"Invalid {name} {text!r}: use a whole number of at least {least}.", remedy=f"Fix {name}.")
    return int(text)


def seconds(name: str, default: float) -> timedelta:
    """Return a variable as a duration. Raises :class:`BadRequest` for anything but a positive number of seconds."""
    text = os.environ.get(name, "").strip()
    try:
        duration = timedelta(seconds=float(text or default))
    except (ValueError, OverflowError):
        duration = timedelta()
    if duration <= timedelta():
        raise BadRequest(
            f"Invalid {name} {text!r}: use a positive number of seconds, for example {default:g}.",
            remedy=f"Fix {name}.",
        )
    return duration


def names(name: str, default: str) -> list[str]:
    """Return the names in a variable, each once. Raises :class:`BadRequest` for one that no id may contain."""
    found = [part.strip() for part in os.environ.get(name, "").split(",") if part.strip()]
    for part in found:
        if re.fullmatch(r"[a-z0-9_]+", part) is None:
            raise BadRequest(
                f"Invalid {name} {part!r}: use names of a-z, 0-9 and _, separated by commas, such as default,test.",
                remedy=f"Fix {name}.",
            )
    return list(dict.fromkeys(found)) or [default]


def named(name: str, environment: str) -> str:
    """Return the id of an environment's DAG or Variable: ``flight_data``, or ``flight_data_test``."""
    return name if environment == DEFAULT else f"{name}_{environment}"


API_POOL = os.environ.get("AVIASTACK_API_POOL", "").strip() or "default_pool"
WAREHOUSE_POOL = os.environ.get("AVIASTACK_WAREHOUSE_POOL", "").strip() or "default_pool"
EXTRACTS_AT_ONCE = count("AVIASTACK_EXTRACTS_AT_ONCE", 1)
LOADS_AT_ONCE = count("AVIASTACK_LOADS_AT_ONCE", 1)
LATE_AFTER = seconds("AVIASTACK_LATE_AFTER", 10_800)
ENVIRONMENTS = names("AVIASTACK_ENVIRONMENTS", DEFAULT)
RECOVER_DAYS = count("AVIASTACK_RECOVER_DAYS", 7, least=0)

TASKS: dict[str, Any] = {
    "owner": "aviastack",
    "retries": 5,
    "retry_delay": seconds("AVIASTACK_RETRY_DELAY", 120),
    "retry_exponential_backoff": 2.0,
    "max_retry_delay": timedelta(minutes=20),
    "retry_policy": RETRY_BY_CAUSE,
    "execution_timeout": timedelta(hours=2),
    "on_failure_callback": report_failure,
}
