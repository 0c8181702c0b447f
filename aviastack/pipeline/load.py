"""The load of staged runs: their Parquet into the warehouse, in one session."""

from __future__ import annotations

import threading
from time import monotonic
from types import TracebackType
from typing import TYPE_CHECKING, Self

from aviastack.errors import WarehouseUnavailable
from aviastack.manifest import Manifest
from aviastack.pipeline.anomalies import check_anomalies
from aviastack.settings import Settings
from aviastack.staging.parquet import check_files
from aviastack.staging.store import Store

if TYPE_CHECKING:
    from aviastack.warehouse.loading import Loaded, Loader
    from aviastack.warehouse.statements import Statement

UNDOES = {"rollback", "drop_staged"}  # statements that a load which is stopped still has to run
IDLE_SECONDS = 3600  # Snowflake ends a session that is idle for four hours


class LoadSession:
    """A session of the warehouse for loads, each in its own transaction. Opened at its first use; blocks.

    Used by one thread at a time. Once ``stop`` is set, no further statement runs but those that undo.
    """

    def __init__(self, store: Store, settings: Settings) -> None:
        self.stop = threading.Event()
        self._store, self._settings = store, settings
        self._loader: Loader | None = None
        self._used = 0.0
        self._loaded: dict[str, set[str]] = {}  # endpoint -> the runs that the warehouse has

    def load(self, manifest: Manifest) -> Loaded:
        """Load what the manifest names. Loading it again changes nothing.

        Raises :class:`AuditFailed` or :class:`DamagedFile` if it may not be loaded, and :class:`WarehouseUnavailable`,
        also if the load was stopped. Nothing of it is loaded then; what was loaded before stays.
        """
        check_anomalies(self._store, manifest, self._settings.volume_policy)
        check_files(self._store, manifest)
        addresses = [self._store.address(file.path) for file in manifest.staged]
        loaded = self.open().load(manifest, addresses)
        if not loaded.superseded:
            self._loaded.get(manifest.endpoint, set()).add(manifest.run_id)
        return loaded

    def is_loaded(self, manifest: Manifest) -> bool:
        """Whether the warehouse has the run. One query per endpoint, at the first question."""
        from aviastack.warehouse.loads import loaded_runs

        if manifest.endpoint not in self._loaded:
            self._loaded[manifest.endpoint] = loaded_runs(self.open().warehouse, manifest.endpoint)
        return manifest.run_id in self._loaded[manifest.endpoint]

    def open(self) -> Loader:
        """Return the loader of this session. Raises :class:`WarehouseUnavailable` if the warehouse can't be opened."""
        from aviastack.warehouse.loading import Loader
        from aviastack.warehouse.open_warehouse import open_warehouse

        if self._loader is not None and monotonic() - self._used > IDLE_SECONDS:
            self.close()
        if self._loader is None:
            warehouse = open_warehouse(self._settings, filesystem=self._store.fs, tracer=self._stopping)
            self._loader = Loader(warehouse.__enter__(), self._settings.schema_policy)
        self._used = monotonic()
        return self._loader

    def pause(self) -> None:
        """Let other processes into the warehouse if the session shuts them out; the next use opens it again."""
        if self._loader is not None and self._loader.warehouse.exclusive:
            self.close()

    def close(self, error: BaseException | None = None) -> None:
        """End the session. Unless an error ended it, drop what crashed loads left in the warehouse."""
        if self._loader is None:
            return
        loader, self._loader = self._loader, None
        try:
            if error is None and loader.has_loaded:
                loader.warehouse.sweep()
        finally:
            loader.warehouse.__exit__(None, error, None)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close(error)

    def _stopping(self, statement: Statement) -> None:
        if self.stop.is_set() and statement.name not in UNDOES:
            raise WarehouseUnavailable(
                "The load was interrupted, and nothing was changed.",
                remedy="Run the same command again: it loads what is staged, without a call.",
            )
