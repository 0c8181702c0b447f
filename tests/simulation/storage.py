"""A staging folder and a DuckDB warehouse that fail before and after their effect, and die with their process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from aviastack.errors import StagingUnavailable, WarehouseUnavailable
from aviastack.staging.folder import Folder
from aviastack.staging.store import Hold, Sink
from aviastack.warehouse.duckdb import DuckDB
from tests.simulation.clock import Killed


@dataclass
class Trouble:
    """Chances that a step of storage fails or kills the process, before or after its effect."""

    chance: Random
    fails: float = 0.0
    kills: float = 0.0

    def strike(self, failure: Exception) -> None:
        """Fail, kill, or do nothing."""
        drawn = self.chance.random()
        if drawn < self.kills:
            raise Killed
        if drawn < self.kills + self.fails:
            raise failure


class SimulatedFolder(Folder):
    """A folder whose locks end with the simulated process."""

    def __init__(self, root: Path, trouble: Trouble) -> None:
        super().__init__(str(root))
        self._trouble = trouble
        self._holds: list[Hold] = []

    def create(self, path: str, data: bytes) -> None:
        self._trouble.strike(StagingUnavailable(f"simulated: {path} cannot be created"))
        super().create(path, data)
        self._trouble.strike(StagingUnavailable(f"simulated: {path} was created, and then the disk failed"))

    @contextmanager
    def writer(self, path: str) -> Iterator[Sink]:
        self._trouble.strike(StagingUnavailable(f"simulated: {path} cannot be written"))
        with super().writer(path) as sink:
            yield sink
        self._trouble.strike(StagingUnavailable(f"simulated: {path} was written, and then the disk failed"))

    def hold(self, path: str) -> Hold | None:
        held = super().hold(path)
        if held is not None:
            self._holds.append(held)
        return held

    def die(self) -> None:
        """Release what the kernel would release."""
        for held in self._holds:
            held.release()
        self._holds.clear()


@contextmanager
def troubled_warehouse(trouble: Trouble, monkeypatch: Any) -> Iterator[None]:
    """Let every statement of a load fail or kill, before or after its effect."""
    run = DuckDB._run

    def troubled(self: DuckDB, text: str, values: Any = ()) -> Any:
        trouble.strike(WarehouseUnavailable("simulated: the session is gone"))
        rows = run(self, text, values)
        trouble.strike(WarehouseUnavailable("simulated: the session was lost after the statement"))
        return rows

    monkeypatch.setattr(DuckDB, "_run", troubled)
    yield
