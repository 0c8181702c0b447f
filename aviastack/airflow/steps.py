"""The steps of a slice as plain functions. The operators call them, and so may an ``@task``.

::

    extract(endpoint, slice_name) -> run id          the API into the journal
    stage(endpoint, slice_name, run_id) -> manifest  the journal into typed Parquet
    load(manifest) -> counts                         Parquet into the warehouse
    audit(manifest) -> manifest                      the quality check of a loaded slice

A manifest is named by its path in staging. Only such references and small counts pass from task to task; rows are never
in an XCom. A raised error names the connection's fields if a connection is in use.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Any

from aviastack.airflow.calls import Tally
from aviastack.airflow.connections import DEFAULT_CONNECTIONS, Connections
from aviastack.airflow.remedies import named, naming
from aviastack.errors import AviastackError, BudgetExhausted, QuotaExhausted, counted
from aviastack.slices import Slice

if TYPE_CHECKING:
    from aviastack.limits.quota import Quota
    from aviastack.manifest import Manifest
    from aviastack.pipeline.run import Pipeline
    from aviastack.settings import Settings
    from aviastack.staging.store import Store

log = logging.getLogger(__name__)


async def extract(
    endpoint: str,
    slice_name: str,
    *,
    again: bool = True,
    tally: Tally | None = None,
    connections: Connections = DEFAULT_CONNECTIONS,
    **overrides: Any,
) -> str:
    """Fetch the pages of a slice that its journal lacks, journal them, and return the run id.

    Unless ``again``, a final slice costs no call: the id of its run is returned. Raises an :class:`AviastackError`; the
    pages fetched so far are kept, and the next call of this function continues from them. The error of a spent month
    says when to try again. The calls made are added to ``tally``, also if an error is raised.
    """
    tally = tally or Tally()
    try:
        return await _extract(
            endpoint, slice_name, again=again, tally=tally, connections=connections, overrides=overrides
        )
    except AviastackError as error:
        raise await asyncio.to_thread(named, error, connections) from error


async def _extract(
    endpoint: str, slice_name: str, *, again: bool, tally: Tally, connections: Connections, overrides: dict[str, Any]
) -> str:
    settings, store = await asyncio.to_thread(_prepared, connections, overrides)
    slice_ = Slice.parse(endpoint, slice_name)
    if not again and (final := await asyncio.to_thread(_final, slice_, store)):
        log.info("%s %s: final since run %s, no call", endpoint, slice_name, final.run_id)
        return final.run_id
    from aviastack.airflow.progress import Progress
    from aviastack.api.session import Api
    from aviastack.pipeline.resume import IF_FINAL, NEVER
    from aviastack.pipeline.run import Pipeline

    async with Api(settings) as api:
        try:
            run_id, proof = await Pipeline(settings, store, api, Progress()).extract(
                slice_, NEVER if again else IF_FINAL
            )
        except QuotaExhausted as error:
            due = _next_try(await api.quota(), datetime.now(UTC))
            raise QuotaExhausted(error.message, remedy=f"{error.remedy} Try again at {due:%F %H:%M} UTC.") from error
        finally:
            tally.calls += api.calls
    log.info("%s %s: %s, %s", endpoint, slice_name, counted(api.calls, "call"), proof)
    return run_id


def final_run(endpoint: str, slice_name: str, *, connections: Connections = DEFAULT_CONNECTIONS) -> str | None:
    """Return the run of a slice that is final, or None. Costs no call."""
    from aviastack.staging.open_store import open_store

    with naming(connections):
        final = _final(Slice.parse(endpoint, slice_name), open_store(connections.settings().staging))
    return final.run_id if final else None


def require_budget(*, connections: Connections = DEFAULT_CONNECTIONS, **overrides: Any) -> None:
    """Raise :class:`BudgetExhausted` if the budget is spent, as the first call would; costs no call."""
    from aviastack.limits.ledger import known_quota

    settings = connections.settings(**overrides)
    used = known_quota(settings).used
    if settings.budget is not None and used >= settings.budget:
        raise BudgetExhausted(f"The budget of {counted(settings.budget, 'call')} is spent: {used:,} used.")


def stage(endpoint: str, slice_name: str, run_id: str, *, connections: Connections = DEFAULT_CONNECTIONS) -> str:
    """Write a run's journal as typed Parquet and return the path of its manifest. Costs no call."""
    with naming(connections):
        manifest = _pipeline(connections.settings()).stage(Slice.parse(endpoint, slice_name), run_id)
    rows = counted(manifest.rows, "row")
    log.info("%s: %s, %d quarantined, %s", manifest.path, rows, manifest.quarantined, manifest.proof)
    return manifest.path


def load(manifest: str, *, connections: Connections = DEFAULT_CONNECTIONS) -> dict[str, Any]:
    """Load the files of a manifest; return its partition and counts. Loading it twice changes nothing."""
    from aviastack.staging import manifest_log

    with naming(connections):
        pipeline = _pipeline(connections.warehouse_settings())
        read = manifest_log.read(pipeline.store, manifest)
        loaded = pipeline.load(read)
    counts = {"rows": read.rows, "inserted": loaded.inserted, "updated": loaded.updated, "removed": loaded.removed}
    log.info("%s: %s, superseded: %s", manifest, counts, loaded.superseded)
    return {
        "partition": read.slice,
        "manifest": manifest,
        **counts,
        "complete": read.complete,
        "as_of": read.as_of.isoformat(),
    }


def audit(manifest: str, *, connections: Connections = DEFAULT_CONNECTIONS) -> str:
    """Check a loaded slice and return the path of its manifest. Raises :class:`AuditFailed` naming each broken rule."""
    from aviastack.airflow.audit import check_quality
    from aviastack.staging import manifest_log

    with naming(connections):
        settings = connections.warehouse_settings()
        read = manifest_log.read(_pipeline(settings).store, manifest)
        warnings = check_quality(read, settings)
    for warning in warnings:
        log.warning("%s: %s.", manifest, warning)
    return manifest


def waits_elsewhere(*, connections: Connections = DEFAULT_CONNECTIONS) -> bool:
    """Whether a load waits for Snowflake rather than working on this machine."""
    return connections.settings().warehouse.startswith("snowflake://")


def build_marts(*, connections: Connections = DEFAULT_CONNECTIONS) -> None:
    """Build and test the marts with one ``dbt build``."""
    from aviastack.marts.build import build_marts as build

    with naming(connections):
        build(connections.warehouse_settings())


def _next_try(quota: Quota, now: datetime) -> datetime:
    """Return when a call may succeed: at the reset if its day is known, else when one call may find out."""
    from aviastack.limits.quota import RETRY_AFTER

    return datetime.combine(quota.resets, time(), UTC) if quota.resets else now + RETRY_AFTER


def _final(slice_: Slice, store: Store) -> Manifest | None:
    from aviastack.pipeline.resume import IF_FINAL, on_record

    return on_record(store, slice_, IF_FINAL)


def _prepared(connections: Connections, overrides: dict[str, Any]) -> tuple[Settings, Store]:
    """Return settings for use on an event loop, after the imports and clients that would block it are made."""
    import aviastack.api.session
    import aviastack.pipeline.run
    import aviastack.records.duplicates  # noqa: F401 - imported here so that no one imports it on the loop
    from aviastack.airflow.retries import log_retries_once
    from aviastack.staging.open_store import open_store

    log_retries_once()
    settings = connections.settings(**overrides)
    return settings, open_store(settings.staging)


def _pipeline(settings: Settings) -> Pipeline:
    """Return the pipeline for the steps that make no call."""
    from aviastack.pipeline.run import Pipeline
    from aviastack.staging.open_store import open_store

    return Pipeline(settings, open_store(settings.staging))
