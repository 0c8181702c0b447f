"""``check_environment``: the checks, before a run's first call, of its machines and of what they must share.

A worker runs the checks of ``aviastack doctor``, the triggerer those that it needs: key, pace store, staging. The
triggerer fetches and the workers stage and load. When staging is a folder, both must see the same one; when the
warehouse is a DuckDB file, every worker must. One worker writes a marker there, the triggerer and other workers read
it. Without this proof a run would spend its calls and then fail to find its pages.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import logging
import secrets
import socket
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator
from airflow.triggers.base import BaseTrigger, TriggerEvent

from aviastack.airflow.connections import DEFAULT_CONNECTIONS, SNOWFLAKE, Connections
from aviastack.airflow.operators import plainly
from aviastack.airflow.remedies import naming
from aviastack.airflow.retries import RETRY_BY_CAUSE
from aviastack.airflow.triggers import result_of
from aviastack.errors import AviastackError, BadRequest, StagingUnavailable, WarehouseUnavailable

if TYPE_CHECKING:
    from airflow.sdk import Context

    from aviastack.settings import Settings
    from aviastack.staging.store import Store

log = logging.getLogger(__name__)

FOLDER = "checks"  # of the markers, relative to the staging root
KEPT = timedelta(days=1)
NEEDED = ("key", "quota", "staging")  # what the fetching of pages needs; the pace store is read for the quota
DUCKDB = "duckdb:///"


class CheckEnvironmentOperator(BaseOperator):
    """Run the checks of ``doctor`` on a worker and in the triggerer, and prove that machines share their folders.

    Returns the marker, ``{"token", "host"}``; give it to :func:`confirm` in a task that may run on another worker.
    Raises what the checks of key, pace store and staging find, on either machine, and :class:`BadRequest`, which is not
    retried, when a machine does not see the marker or, unless ``marts`` is false, when dbt cannot carry the sign-in of
    the Snowflake connection. Other findings about the warehouse and dbt are warnings, because pages can be fetched
    without them. Costs no call.
    """

    ui_color = "#e5e7eb"

    def __init__(self, *, connections: Connections = DEFAULT_CONNECTIONS, marts: bool = True, **kwargs: Any) -> None:
        super().__init__(
            **{"retry_policy": RETRY_BY_CAUSE, "doc_md": inspect.cleandoc(type(self).__doc__ or ""), **kwargs}
        )
        self.connections = connections
        self.marts = marts

    def execute(self, context: Context) -> None:  # noqa: ARG002 - Airflow's signature
        """Check this worker, write the marker, and hand it to the triggerer."""
        with plainly(self.log), naming(self.connections):
            _examine(self.connections, "worker", _checked_settings(self.connections, marts=self.marts))
            marker = write_marker(self.connections.settings())
        self.defer(
            trigger=EnvironmentTrigger(marker, self.connections.ids()),
            method_name="execute_complete",
            timeout=self.execution_timeout,
        )

    def execute_complete(self, context: Context, event: dict[str, Any]) -> dict[str, str]:  # noqa: ARG002
        """Raise what the triggerer found, check this worker, and return the marker."""
        with plainly(self.log):
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
        connections = Connections(**self.conn_ids)
        settings = connections.settings()
        with naming(connections):
            _examine(connections, "triggerer", settings, NEEDED)
        _require(_staging(settings), self.marker, "triggerer", "staging", "set AVIASTACK_STAGING to gs://")


def _checked_settings(connections: Connections, *, marts: bool) -> Settings:
    """Return the settings with the warehouse's sign-in, or without it while its token cannot be fetched.

    Raises :class:`BadRequest` for a Snowflake sign-in that the loader or, with ``marts``, dbt cannot use. Nothing is
    sent.
    """
    from aviastack.marts.dbt_profile import profile_variables
    from aviastack.warehouse.snowflake_sign_in import sign_in

    try:
        settings = connections.warehouse_settings()
        if settings.warehouse.startswith(SNOWFLAKE):
            sign_in(settings)
            if marts:
                profile_variables(settings)
    except WarehouseUnavailable as error:
        log.warning("warehouse on the worker: %s", error)
        return connections.settings()
    return settings


def _examine(connections: Connections, process: str, settings: Settings, subjects: Sequence[str] = ()) -> None:
    """Log what ``doctor`` finds here, and raise the first finding that would end a run before its pages are kept."""
    from aviastack.cli.doctor import examine

    for finding in examine(settings, *subjects):
        if finding.error is None:
            log.info("%s on the %s: %s", finding.subject, process, finding.message)
        elif finding.subject in NEEDED:
            remedy = finding.error.remedy
            if finding.subject == "key":
                conn_id = connections.aviationstack_conn_id
                remedy = f"Set the password of connection '{conn_id}', or AVIASTACK_ACCESS_KEY on every machine."
            message = f"The {process} on {socket.gethostname()} cannot fetch: {finding.message}"
            raise type(finding.error)(message, remedy=remedy)
        else:
            log.warning("%s on the %s: %s", finding.subject, process, finding.error)


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
