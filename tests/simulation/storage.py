"""What strikes storage and warehouse, in memory and for real: failures, deaths, delays, before and after an effect."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import duckdb

from aviastack.errors import LockRefused, WarehouseUnavailable
from aviastack.staging.folder import Folder
from aviastack.staging.store import Hold, Sink
from aviastack.warehouse.duckdb import DuckDB
from tests.simulation.chance import Chance
from tests.simulation.processes import PROCESS, Process, current, kill, pause

BEFORE = ("store fails before", "store kills before", "store is slow", "store is slow")
AFTER = ("store fails after", "store kills after")


class Trouble:
    """Strikes each step of storage and warehouse; ``share`` is the share of steps that are struck."""

    def __init__(self, chance: Chance, *, share: float = 0.01, kills: bool = True) -> None:
        self._chance, self._share, self._kills = chance, share, kills
        self.gives_way = share > 0
        self.read_only = False

    def seconds_of_a_copy(self) -> float:
        """Return how long a COPY takes, in which others may load and sweep."""
        return 30.0 if self._chance.draw(f"{_name()} copy") < 0.2 else 0.0

    def before(self, doing: str, path: str) -> None:
        """Fail, kill or delay before an effect."""
        self._strike(f"{_name()} {doing}", BEFORE, doing, path)

    def after(self, doing: str, path: str) -> None:
        """Fail or kill after it."""
        self._strike(f"{_name()} after {doing}", AFTER, doing, path)

    def torn(self, path: str) -> bool:
        """Whether a growing file takes only half of what is written now."""
        return bool(self._chance.fault(f"{_name()} append", self._share / 2, ("torn page",)))

    def loses_column(self) -> bool:
        """Whether COPY fills a column with nulls now, as Snowflake's does if it finds none of that name."""
        return bool(self._chance.fault(f"{_name()} copy", self._share, ("COPY loses a column",)))

    def statement(self, name: str, *, is_after: bool = False) -> None:
        """Fail, kill or delay before a statement of the warehouse or after it."""
        if self.read_only and name not in ("columns", "history", "enter", "begin", "rollback", "drop_staged"):
            raise WarehouseUnavailable("simulated: the warehouse is read-only")
        when = "after" if is_after else "before"
        if name in ("commit", "register"):
            kinds = [f"warehouse disconnects {when} {name.upper()}", f"kill {when} {name.upper()}"]
            kinds += ["warehouse refuses a lock"] * (name == "register" and not is_after)
            kind = self._chance.fault(f"{_name()} {when} {name}", 4 * self._share, kinds)
        else:
            kinds = [f"warehouse disconnects {when} a statement", f"kill {when} a statement"]
            kind = self._chance.fault(f"{_name()} {when} statement", self._share, kinds)
        if kind.startswith("kill") and self._kills:
            kill()
        elif "lock" in kind:
            raise LockRefused("simulated: the queue of the table is full")
        elif "disconnects" in kind:
            raise WarehouseUnavailable(f"simulated: the session was lost {when} {name}")

    def _strike(self, site: str, kinds: tuple[str, ...], doing: str, path: str) -> None:
        kind = self._chance.fault(site, self._share, kinds)
        if "kills" in kind and self._kills:
            kill()
        elif "fails" in kind:
            raise OSError(errno.EIO, f"simulated: {kind} {doing} of {path}")
        elif "slow" in kind:
            pause(self._chance.between("slow", 0.0, 3.0))


def _name() -> str:
    process = PROCESS.get()
    return process.name if process else ""


class SimulatedFolder(Folder):
    """A real folder with the same troubles; its locks end with the simulated process."""

    def __init__(self, root: Path, process: Process, trouble: Trouble) -> None:
        super().__init__(str(root))
        self._process, self.trouble = process, trouble

    def create(self, path: str, data: bytes) -> None:
        with self.explaining("create", path):
            self.trouble.before("create", path)
        super().create(path, data)
        with self.explaining("create", path):
            self.trouble.after("create", path)

    @contextmanager
    def writer(self, path: str) -> Iterator[Sink]:
        with super().writer(path) as sink:
            yield sink
            with self.explaining("write", path):
                self.trouble.before("write", path)
        with self.explaining("write", path):
            self.trouble.after("write", path)

    def hold(self, path: str) -> Hold | None:
        held = super().hold(path)
        if held is not None:
            self._process.at_death.append(held.release)
        return held

    def sync(self, file: Any) -> None:
        file.flush()
        os.fsync(file.fileno())


def _end(warehouse: DuckDB) -> None:
    """Do what the end of its process does to a connection."""
    if warehouse._connection is not None:
        with suppress(duckdb.Error):
            warehouse._connection.execute("ROLLBACK")
        warehouse._close()


@contextmanager
def troubled_duckdb(trouble: Trouble, monkeypatch: Any) -> Iterator[None]:
    """Let every statement on DuckDB fail or kill, before its effect or after it."""
    run, enter = DuckDB.run, DuckDB.__enter__

    def entered(self: DuckDB) -> DuckDB:
        trouble.statement("enter")
        while self._turn.locked():
            pause(0.1)
        opened = enter(self)
        current().at_death.append(lambda: _end(self))
        return opened

    def troubled(self: DuckDB, statement: Any) -> Any:
        trouble.statement(statement.name)
        rows = run(self, statement)
        trouble.statement(statement.name, is_after=True)
        return rows

    monkeypatch.setattr(DuckDB, "run", troubled)
    monkeypatch.setattr(DuckDB, "__enter__", entered)
    yield
