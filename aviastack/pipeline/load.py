"""The load of a run: its staged Parquet into the warehouse."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from aviastack.errors import WarehouseUnavailable
from aviastack.manifest import Manifest
from aviastack.pipeline.anomalies import check_anomalies
from aviastack.settings import Settings
from aviastack.staging.parquet import check_files
from aviastack.staging.store import Store

if TYPE_CHECKING:
    from aviastack.warehouse.loading import Loaded
    from aviastack.warehouse.statements import Statement, Tracer

UNDOES = {"rollback", "drop_staged"}  # statements that a load which is stopped still has to run


def load_staged(
    store: Store, manifests: Sequence[Manifest], settings: Settings, stop: threading.Event | None = None
) -> list[Loaded]:
    """Load what the manifests name, in one session, until ``stop`` is set.

    Raises :class:`AuditFailed` or :class:`DamagedFile` for one that may not be loaded, and
    :class:`WarehouseUnavailable` if the load was stopped. What was loaded before stays loaded, and nothing of that one.
    """
    from aviastack.warehouse.loading import load_all
    from aviastack.warehouse.open_warehouse import open_warehouse

    def checked() -> Iterator[tuple[Manifest, list[str]]]:
        for manifest in manifests:
            check_anomalies(store, manifest, settings.volume_policy)
            check_files(store, manifest)
            yield manifest, [store.address(file.path) for file in manifest.staged]

    with open_warehouse(settings, filesystem=store.fs, tracer=stops_at(stop or threading.Event())) as warehouse:
        return list(load_all(warehouse, checked(), policy=settings.schema_policy))


def stops_at(stop: threading.Event) -> Tracer:
    """Return a tracer that ends work in the warehouse before its next statement once ``stop`` is set."""

    def check(statement: Statement) -> None:
        if stop.is_set() and statement.name not in UNDOES:
            raise WarehouseUnavailable(
                "The load was interrupted, and nothing was changed.",
                remedy="Run the same command again: it loads what is staged, without a call.",
            )

    return check
