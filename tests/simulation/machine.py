"""The machine on which the processes run: disk, ledger and warehouse, which outlive them; in memory or real."""

from __future__ import annotations

import logging
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from stamina.instrumentation import get_on_retry_hooks, set_on_retry_hooks

from aviastack.limits import pace
from aviastack.limits.ledger import FILE, Ledger, fingerprint
from aviastack.limits.quota import Account
from aviastack.limits.sqlite_ledger import AccountFile
from aviastack.settings import Settings, settings_from
from aviastack.staging.folder import Folder
from aviastack.staging.store import Store
from aviastack.warehouse.loading import Loader
from tests.simulation.chance import Chance
from tests.simulation.in_memory import Accounts, ArrowFiles
from tests.simulation.memory_store import Disk, MemoryStore
from tests.simulation.model import ModelWarehouse, from_parquet
from tests.simulation.processes import Process
from tests.simulation.storage import SimulatedFolder, Trouble, troubled_duckdb
from tests.simulation.tables import CONTENT, Row, Tables
from tests.simulation.world import KEY

ON_DUCKDB = 50  # one seed in so many runs on a real disk, SQLite and DuckDB


@cache
def _settings() -> Settings:
    return settings_from(
        base_url="http://127.0.0.1:9/v1",
        access_key=KEY,
        plan="basic",
        pace="5/s",
        staging="staging",
        warehouse="duckdb:///nowhere.duckdb",
        state="state",
        concurrency=4,
    )


def base_settings(*, pace: str, budget: int | None, max_calls: int | None, staging: str) -> Settings:
    """Return settings with a pace, limits and a staging root; files of a real machine are beside it."""
    from aviastack.endpoints import Rate

    root = Path(staging).parent
    changes = {"pace": Rate.of(pace), "budget": budget, "max_calls": max_calls, "staging": staging}
    places = {"warehouse": f"duckdb:///{root}/warehouse.duckdb", "state": root / "state"}
    return _settings().model_copy(update=changes | places)


class Machine(Protocol):
    """What outlives the processes."""

    staging: str
    trouble: Trouble
    log: list[str]

    def start(self) -> None:
        """Forget what a process keeps in memory."""

    def store(self, process: Process) -> Store:
        """Return the staging folder as a process sees it."""

    def ledger(self, settings: Settings) -> Ledger | None:
        """Return a process's ledger; None if it opens its own."""

    def account(self, settings: Settings) -> Account:
        """Return the stored account."""

    def observed(self) -> Store:
        """Return the staging folder without troubles."""

    def rows_of(self, path: str) -> pa.Table:
        """Return the rows of a staged file."""

    def warehouse(self) -> Tables:
        """Return the warehouse's rows and loads."""

    def full(self, is_full: bool) -> None:
        """Fill the disk, or free it."""

    def lose_power(self) -> set[str]:
        """Lose what was not flushed; return the files that lost something."""

    def flip(self, chance: Chance) -> set[str]:
        """Flip a bit of a file, and return its path."""


@contextmanager
def machine_of(seed: int, chance: Chance, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    """Return the machine of a seed, with the product's seams set to it."""
    monkeypatch.setattr("aviastack.endpoints.Plan.rows_per_page", property(lambda _: 10))
    log = _Log()
    hooks = get_on_retry_hooks()
    set_on_retry_hooks([])
    logger = logging.getLogger("aviastack")
    level, logger.propagate = logger.level, False
    logger.setLevel(logging.INFO)
    logger.addHandler(log)
    try:
        if seed % ON_DUCKDB:
            yield _in_memory(chance, log.texts, monkeypatch)
            return
        folder = Path(
            tempfile.mkdtemp(prefix=f"history-{seed}-", dir="/dev/shm" if Path("/dev/shm").is_dir() else None)
        )
        try:
            machine = RealMachine(folder, Trouble(chance), log.texts)
            machine.compare(monkeypatch)
            with troubled_duckdb(machine.trouble, monkeypatch):
                yield machine
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    finally:
        set_on_retry_hooks(hooks)
        logger.removeHandler(log)
        logger.setLevel(level)
        logger.propagate = True


class _Log(logging.Handler):
    """Keeps what is logged."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(record.getMessage())


def _in_memory(chance: Chance, log: list[str], monkeypatch: pytest.MonkeyPatch) -> MemoryMachine:
    machine = MemoryMachine(Trouble(chance), log)
    for module in ("aviastack.staging.parquet", "aviastack.pipeline.stage"):
        monkeypatch.setattr(f"{module}.pq", ArrowFiles)
    monkeypatch.setattr("aviastack.pipeline.stage.ThreadPoolExecutor", InTurn)
    open_in_place_of_duckdb(monkeypatch, lambda: ModelWarehouse(machine.tables, machine.trouble, machine.read))
    return machine


def open_in_place_of_duckdb(monkeypatch: pytest.MonkeyPatch, opened: Any) -> None:
    """Let the pipeline open the model."""
    monkeypatch.setattr("aviastack.warehouse.open_warehouse.open_warehouse", lambda *_, **__: opened())
    monkeypatch.setattr("aviastack.warehouse.loading.prepare", lambda *_: ())
    monkeypatch.setattr("aviastack.warehouse.loads.loaded_runs", lambda warehouse, _: set(warehouse.tables.loads))


class InTurn:
    """An executor that does its work at once."""

    def __init__(self, *_: Any, **__: Any) -> None:
        self._done: list[Any] = []

    def __enter__(self) -> InTurn:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is under way."""

    def submit(self, work: Any, *arguments: Any) -> Any:
        from concurrent.futures import Future

        done: Future[Any] = Future()
        done.set_result(work(*arguments))
        return done


@dataclass
class MemoryMachine:
    """A machine in memory."""

    trouble: Trouble
    log: list[str]

    def __post_init__(self) -> None:
        self.staging = "memory/staging"
        self.disk, self.accounts, self.tables = Disk(), Accounts(), Tables()

    def start(self) -> None:
        pace._schedules.clear()

    def store(self, process: Process) -> Store:
        return MemoryStore(self.disk, process, self.trouble)

    def ledger(self, settings: Settings) -> Ledger | None:
        return Ledger(settings, self.accounts)

    def account(self, settings: Settings) -> Account:
        return self.accounts.account

    def observed(self) -> Store:
        return MemoryStore(self.disk, Process("observer"), _untroubled())

    def rows_of(self, path: str) -> pa.Table:
        return ArrowFiles.table(self.disk.files[path])

    def read(self, source: Any) -> pa.Table:
        return ArrowFiles.table(self.disk.files[source.path])

    def warehouse(self) -> Tables:
        return self.tables

    def full(self, is_full: bool) -> None:
        self.disk.full = is_full

    def lose_power(self) -> set[str]:
        return self.disk.lose_power()

    def flip(self, chance: Chance) -> set[str]:
        paths = sorted(path for path, data in self.disk.files.items() if data)
        if not paths:
            return set()
        path = chance.among("flipped file", paths)
        self.disk.flip(path, int(chance.draw("flipped bit") * 8 * len(self.disk.files[path])))
        return {path}


@dataclass
class RealMachine:
    """A real folder, SQLite and DuckDB. What DuckDB commits is loaded into the model too."""

    folder: Path
    trouble: Trouble
    log: list[str]

    def __post_init__(self) -> None:
        self.staging = str(self.folder / "staging")
        self.model = Tables()
        self._connections: dict[str, Any] = {}

    def compare(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """After each COMMIT of DuckDB, load the same run into the model."""
        from aviastack.warehouse.duckdb import DuckDB

        load, run = Loader.load, DuckDB.run
        current: dict[int, tuple[Any, Sequence[str]]] = {}

        def loading_one(loader: Loader, manifest: Any, addresses: Sequence[str]) -> Any:
            if isinstance(loader.warehouse, DuckDB):
                current[id(loader.warehouse)] = manifest, addresses
            return load(loader, manifest, addresses)

        def committing(self: DuckDB, statement: Any) -> Any:
            rows = run(self, statement)
            if statement.name == "commit" and id(self) in current:
                manifest, addresses = current[id(self)]
                if _is_committed(self, manifest.run_id):  # else the tables were created
                    del current[id(self)]
                    with ModelWarehouse(model, _untroubled(), from_parquet) as session:
                        loader = Loader(session)
                        loader._prepared[manifest.endpoint] = ()
                        load(loader, manifest, addresses)
            return rows

        model = self.model
        monkeypatch.setattr(Loader, "load", loading_one)
        monkeypatch.setattr(DuckDB, "run", committing)

    def start(self) -> None:
        pace._schedules.clear()

    def store(self, process: Process) -> Store:
        return SimulatedFolder(Path(self.staging), process, self.trouble)

    def ledger(self, settings: Settings) -> Ledger | None:
        return Ledger(settings, AccountFile(settings.state / FILE, fingerprint(settings)))

    def account(self, settings: Settings) -> Account:
        import sqlite3

        import msgspec

        path = settings.state / FILE
        if not path.exists():
            return Account()
        file = sqlite3.connect(path)
        row = file.execute("SELECT account FROM accounts").fetchone()
        file.close()
        return msgspec.json.decode(row[0], type=Account) if row else Account()

    def observed(self) -> Store:
        return Folder(self.staging)

    def rows_of(self, path: str) -> pa.Table:
        return pq.read_table(f"{self.staging}/{path}", partitioning=None)

    def warehouse(self) -> Tables:
        path = self.folder / "warehouse.duckdb"
        if not path.exists():
            return Tables()
        with duckdb.connect(str(path)) as connection:
            names = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'aviationstack'"
            if ("_loads",) not in connection.execute(names).fetchall():
                return Tables()
            columns = ", ".join(CONTENT)
            found = connection.execute(
                f"SELECT flight_key, _run_id, _extracted_at, _loaded_at, _removed_at, {columns} "
                "FROM aviationstack.flights"
            ).fetchall()
            rows = {key: Row(key, tuple(content), run, seen, loaded, removed is not None)
                    for key, run, seen, loaded, removed, *content in found}  # fmt: skip
            loads = connection.sql("SELECT * FROM aviationstack._loads").to_arrow_table().to_pylist()
            return Tables(rows, {load["run_id"]: load for load in loads})

    def full(self, is_full: bool) -> None:
        """A real disk is filled by ``make chaos``."""

    def lose_power(self) -> set[str]:
        """A real disk keeps what the kernel has."""
        return set()

    def flip(self, chance: Chance) -> set[str]:
        """Files of a real disk are damaged by ``make fuzz``."""
        return set()


def _is_committed(warehouse: Any, run_id: str) -> bool:
    if warehouse._connection is None:
        return False
    found = warehouse._connection.execute(
        f"SELECT 1 FROM {warehouse.table('_loads')} WHERE run_id = ?",
        [run_id],
    )
    return bool(found.fetchall())


def _untroubled() -> Trouble:
    return Trouble(Chance(0), share=0.0)
