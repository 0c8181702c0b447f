"""What the tasks of every DAG have in common: retries, callbacks, pools, read when a DAG is parsed.

``AVIASTACK_API_POOL`` and ``AVIASTACK_WAREHOUSE_POOL`` name pools that exist (a task of a pool that does not is never
scheduled, so the default is Airflow's own). The API's pool should count deferred tasks. Within a DAG, tasks at once are
limited without any pool: by ``AVIASTACK_EXTRACTS_AT_ONCE`` and ``AVIASTACK_LOADS_AT_ONCE``, 1 each unless a shared pace
(``AVIASTACK_PACE_STORE``) and a warehouse that takes several loads make more of them safe. The first retry comes after
``AVIASTACK_RETRY_DELAY`` seconds (120); the pauses double from there, up to an hour. ``flight_data`` is late when a run
is not done ``AVIASTACK_LATE_AFTER`` seconds (10,800: three hours) after it was queued.
"""

from __future__ import annotations

import os
from datetime import timedelta
from typing import Any

from aviastack.airflow.callbacks import report_failure
from aviastack.airflow.retries import RETRY_BY_CAUSE

API_POOL = os.environ.get("AVIASTACK_API_POOL", "default_pool")
WAREHOUSE_POOL = os.environ.get("AVIASTACK_WAREHOUSE_POOL", "default_pool")
EXTRACTS_AT_ONCE = int(os.environ.get("AVIASTACK_EXTRACTS_AT_ONCE", "1"))
LOADS_AT_ONCE = int(os.environ.get("AVIASTACK_LOADS_AT_ONCE", "1"))
LATE_AFTER = timedelta(seconds=float(os.environ.get("AVIASTACK_LATE_AFTER", "10800")))

TASKS: dict[str, Any] = {
    "owner": "aviastack",
    "retries": 5,
    "retry_delay": timedelta(seconds=float(os.environ.get("AVIASTACK_RETRY_DELAY", "120"))),
    "retry_exponential_backoff": 2.0,
    "max_retry_delay": timedelta(hours=1),
    "retry_policy": RETRY_BY_CAUSE,
    "execution_timeout": timedelta(hours=2),
    "on_failure_callback": report_failure,
}
