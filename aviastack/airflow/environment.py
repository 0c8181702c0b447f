"""``check_environment``: the proof, before a run's first call, that its machines share what they must share.

The triggerer fetches and the workers stage and load. When staging is a folder, both must see the same one; when the
warehouse is a DuckDB file, every worker must. One worker writes a marker there, the triggerer and other workers read
it. Without this proof a run would spend its calls and then fail to find its pages.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import socket
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator
from airflow.triggers.base import BaseTrigger, TriggerEvent

from aviastack.airflow.connections import DEFAULT_CONNECTIONS, Connections
from aviastack.airflow.retries import RETRY_BY_CAUSE
from aviastack.airflow.triggers import result_of
from aviastack.errors import AviastackError, BadRequest, KeyRefused, StagingUnavailable

if TYPE_CHECKING:
    from airflow.sdk import Context

    from aviastack.settings import Settings
    from aviastack.staging.store import Store

FOLDER = "checks"  # of the markers, relative to the staging root
KEPT = timedelta(days=1)
DUCKDB = "duckdb:///"


class CheckEnvironmentOperator(BaseOperator):
    """Check that a key is set and that workers and triggerer share staging, and workers the DuckDB file.

    Returns the marker, ``{"token", "host"}``; give it to :func:`confirm` in a task that may run on another worker.
    Fails with :class:`BadRequest`, which is not retried, when a machine does not see the marker. Costs no call.
    """

    ui_color = "#e5e7eb"

    def __init__(self, *, connections: Connections = DEFAULT_CONNECTIONS, **kwargs: Any) -> None:
        super().__init__(**{"retry_policy": RETRY_BY_CAUSE, **kwargs})
        self.connections = connections

    def execute(self, context: Context) -> None:  # noqa: ARG002 - Airflow's signature
        """Write the marker and hand it to the triggerer."""
        settings = self.connections.settings()
        if not settings.access_key.get_secret_value():
            raise KeyRefused(
                "No access key is set.",
                remedy=f"Set the password of connection '{self.connections.aviationstack_conn_id}', "
                "or AVIASTACK_ACCESS_KEY on workers and triggerers.",
            )
        marker = write_marker(settings)
        self.defer(
            trigger=EnvironmentTrigger(marker, self.connections.ids()),
            method_name="execute_complete",
            timeout=self.execution_timeout,
        )

    def execute_complete(self, context: Context, event: dict[str, Any]) -> dict[str, str]:  # noqa: ARG002
        """Raise what the triggerer found, check this worker, and return the marker."""
        marker: dict[str, str] = result_of(event)
        confirm(marker, connections=self.connections)
        return marker


class EnvironmentTrigger(BaseTrigger):
    """Read a worker's marker in the triggerer."""

    def __init__(self, marker: dict[str, str], conn_ids: dict[str, str]) -> None:
        super().__init__()
        self.marker = marker
        self.conn_ids = conn_ids

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Return what another process needs to run the same trigger."""
        return f"{__name__}.{type(self).__name__}", {"marker": self.marker, "conn_ids": self.conn_ids}

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Yield the marker, or the error."""
        try:
            await asyncio.to_thread(self._check)
        except AviastackError as error:
            yield TriggerEvent({"error": error.to_json()})
        else:
            yield TriggerEvent({"result": self.marker})

    def _check(self) -> None:
        settings = Connections(**self.conn_ids).settings()
        _require(_staging(settings), self.marker, "triggerer", "staging", "set AVIASTACK_STAGING to gs://")


def write_marker(settings: Settings) -> dict[str, str]:
    """Write a marker into staging, and beside a DuckDB file, and return it. Markers older than a day are removed."""
    marker = {"token": secrets.token_hex(8), "host": socket.gethostname()}
    for store in filter(None, (_staging(settings), _beside_duckdb(settings))):
        store.replace(_path(marker), json.dumps(marker).encode())
        for old in store.entries(FOLDER):
            if old.modified < datetime.now(UTC) - KEPT:
                store.remove(old.path)
    return marker


def confirm(marker: dict[str, str], *, connections: Connections = DEFAULT_CONNECTIONS) -> None:
    """Raise :class:`BadRequest` unless this worker sees a marker in staging and beside the DuckDB file."""
    settings = connections.settings()
    _require(_staging(settings), marker, "worker", "staging", "set AVIASTACK_STAGING to gs://")
    if (beside := _beside_duckdb(settings)) is not None:
        _require(beside, marker, "worker", "the folder of the DuckDB file", "load Snowflake")


def _require(store: Store, marker: dict[str, str], process: str, what: str, otherwise: str) -> None:
    try:
        seen = store.exists(_path(marker))
        why = ""
    except StagingUnavailable as error:
        seen, why = False, f" ({error.message})"
    if not seen:
        raise BadRequest(
            f"The {process} on {socket.gethostname()} does not see {what} of the worker on {marker['host']}: "
            f"{store.address('')} is not the same folder there{why}.",
            remedy=f"Mount one folder at this path on all machines, or {otherwise}.",
        )


def _path(marker: dict[str, str]) -> str:
    return f"{FOLDER}/{marker['token']}.json"


def _staging(settings: Settings) -> Store:
    from aviastack.staging.open_store import open_store

    return open_store(settings.staging)


def _beside_duckdb(settings: Settings) -> Store | None:
    from aviastack.staging.open_store import open_store

    if not settings.warehouse.startswith(DUCKDB):
        return None
    return open_store(str(Path(settings.warehouse.removeprefix(DUCKDB)).parent))
