"""The load of a run: its staged Parquet into the warehouse."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aviastack.manifest import Manifest
from aviastack.pipeline.anomalies import check_anomalies
from aviastack.settings import Settings
from aviastack.staging.parquet import check_files
from aviastack.staging.store import Store

if TYPE_CHECKING:
    from aviastack.warehouse.loading import Loaded


def load_staged(store: Store, manifest: Manifest, settings: Settings) -> Loaded:
    """Load what the manifest names. Raises :class:`AuditFailed` if it may not be loaded; nothing is changed then."""
    from aviastack.warehouse.loading import load
    from aviastack.warehouse.open_warehouse import open_warehouse

    check_anomalies(store, manifest, settings.volume_policy)
    check_files(store, manifest)
    addresses = [store.address(file.path) for file in manifest.staged]
    with open_warehouse(settings, filesystem=store.fs) as warehouse:
        return load(warehouse, manifest, addresses, policy=settings.schema_policy)
