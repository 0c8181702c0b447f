"""The load of a run: its staged Parquet into the warehouse."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from aviastack.manifest import Manifest
from aviastack.pipeline.anomalies import check_anomalies
from aviastack.settings import Settings
from aviastack.staging.store import Store

if TYPE_CHECKING:
    from aviastack.warehouse.loading import Loaded


def load_staged(store: Store, manifests: Sequence[Manifest], settings: Settings) -> list[Loaded]:
    """Load what the manifests name, in one session. Raises :class:`AuditFailed` for one that may not be loaded.

    What was loaded before it stays loaded; of the one itself nothing is changed.
    """
    from aviastack.warehouse.loading import load_all
    from aviastack.warehouse.open_warehouse import open_warehouse

    def checked() -> Iterator[tuple[Manifest, list[str]]]:
        for manifest in manifests:
            check_anomalies(store, manifest, settings.volume_policy)
            yield manifest, [store.address(file.path) for file in manifest.staged]

    with open_warehouse(settings, filesystem=store.fs) as warehouse:
        return list(load_all(warehouse, checked(), policy=settings.schema_policy))
