"""What is killed and broken, by the title of its row."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from tests.chaos.airflow.cluster import IN_ACCOUNTS, ON_WORKERS
from tests.chaos.airflow.places import Place
from tests.chaos.airflow.rounds import Round, TooLate
from tests.chaos.airflow.services import Api, Postgres, Snowflake
from tests.support.api_servers import RedisServer
from tests.support.gcs_emulator import Fault, GcsEmulator
from tests.support.snowflake_emulator import Loss

EXTRACT, LOAD = "extract_flight_data", "load_to_snowflake"
LOCK = """
import duckdb, sys
while True:
    try:
        held = duckdb.connect(sys.argv[1])
        break
    except duckdb.IOException:
        pass
print("held", flush=True)
sys.stdin.read()
"""


@dataclass
class World:
    """The servers beside Airflow, and the folder of staging, which may be a file system of its own."""

    api: Api
    bucket: GcsEmulator
    snowflake: Snowflake
    database: Postgres
    pace_store: RedisServer
    broker: RedisServer | None
    folder: Place
    accounts: Place
    mounted: bool

    def place(self, dag: str) -> Place:
        """Return where a DAG stages and loads."""
        return self.accounts if dag == IN_ACCOUNTS else self.folder


@dataclass(frozen=True)
class Break:
    """A row: the DAG, and what to do with a run that is under way or, with ``early``, about to begin."""

    title: str
    do: Callable[[Round, World], None]
    dag: str = "flight_data"
    early: bool = False
    executors: tuple[str, ...] = ("local", "celery")
    needs_mount: bool = False


def _at_work(round_: Round, task: str) -> int:
    """Return the process of a task on a worker at a random moment of its work."""
    if task == EXTRACT:
        round_.fetching()
        return round_.process(task)
    return round_.working(task)


def _process(task: str, number: signal.Signals) -> Callable[[Round, World], None]:
    def do(round_: Round, _world: World) -> None:
        pid = _at_work(round_, task)
        round_.breaks()
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            raise TooLate from None

    return do


def _component(name: str, number: signal.Signals, task: str, *, alone: bool = False) -> Callable[[Round, World], None]:
    def do(round_: Round, _world: World) -> None:
        if task == EXTRACT:
            round_.fetching()  # in the triggerer, or on a worker
        else:
            round_.working(task)
        round_.breaks()
        round_.cluster.strike(name, number, alone=alone)

    return do


def _worker(task: str, *, machine: bool) -> Callable[[Round, World], None]:
    """Kill the Celery worker that runs the task: with its machine for good, or its main process alone."""

    def do(round_: Round, _world: World) -> None:
        try:
            worker = round_.cluster.worker_of(_at_work(round_, task))
        except LookupError:
            raise TooLate from None
        round_.breaks()
        if machine:
            round_.cluster.withdraw(worker)
        else:
            round_.cluster.strike(worker, signal.SIGTERM, alone=True)

    return do


def _api(round_: Round, world: World) -> None:
    round_.fetching()
    round_.breaks()
    with world.api.down():
        round_.struck()


def _pace_store(round_: Round, world: World) -> None:
    round_.fetching()
    round_.breaks()
    world.pace_store.stop()
    try:
        round_.struck()
    finally:
        world.pace_store.start()


def _broker(round_: Round, world: World) -> None:
    """Redis keeps nothing on disk here, so the tasks that it had queued are lost."""
    assert world.broker is not None
    round_.fetching()
    round_.breaks()
    world.broker.stop()
    try:
        round_.struck("queued", "success", "up_for_retry", "failed")
    finally:
        world.broker.start()


def _database(round_: Round, world: World) -> None:
    round_.fetching()
    round_.breaks()
    world.database.stop()
    world.database.start()


def _duckdb(round_: Round, _world: World) -> None:
    round_.fetching()
    path = round_.cluster.variables["AVIASTACK_WAREHOUSE"].removeprefix("duckdb:///")
    command = [sys.executable, "-c", LOCK, path]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdin is not None
        assert holder.stdout is not None
        holder.stdout.readline()
        round_.breaks()
        try:
            round_.struck()
        finally:
            holder.stdin.close()


def _full(round_: Round, world: World) -> None:
    round_.fetching()
    round_.breaks()
    with _no_space(Path(world.folder.staging)):
        round_.struck()


def _read_only(round_: Round, world: World) -> None:
    round_.breaks()
    _remount(world.folder.staging, "ro")
    try:
        round_.begin()
        round_.struck()
    finally:
        _remount(world.folder.staging, "rw")


def _bucket(round_: Round, world: World) -> None:
    round_.fetching()
    round_.breaks()
    world.bucket.faults = lambda _: Fault(reset=True)
    try:
        round_.struck()
    finally:
        world.bucket.faults = None


def _snowflake_down(round_: Round, world: World) -> None:
    round_.fetching()
    round_.breaks()
    with world.snowflake.down():
        round_.struck()


def _snowflake_lost(round_: Round, world: World) -> None:
    """Lose the session at a random statement of the load, and at each later one until the load has failed."""
    statements, first = count(1), round_.random.randint(1, 8)

    def lost(_text: str) -> Loss | None:
        return Loss(after=round_.random.random() < 0.5) if next(statements) >= first else None

    round_.fetching()
    round_.breaks()
    world.snowflake.faults = lost
    try:
        round_.struck()
    finally:
        world.snowflake.faults = None


@contextmanager
def _no_space(folder: Path) -> Iterator[None]:
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4_096))
    try:
        yield
    finally:
        filler.unlink()


def _remount(folder: str, how: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{how}", folder], check=True)


KILL, TERM = signal.SIGKILL, signal.SIGTERM
BREAKS = [
    Break("extract's process on a worker, SIGKILL", _process(EXTRACT, KILL), ON_WORKERS),
    Break("extract's process on a worker, SIGTERM", _process(EXTRACT, TERM), ON_WORKERS),
    Break("the load's process, SIGKILL", _process(LOAD, KILL)),
    Break("the load's process, SIGTERM", _process(LOAD, TERM)),
    Break("triggerer, SIGKILL", _component("triggerer", KILL, EXTRACT)),
    Break("triggerer, SIGTERM", _component("triggerer", TERM, EXTRACT, alone=True)),
    Break("scheduler while the triggerer fetches, SIGKILL", _component("scheduler", KILL, EXTRACT)),
    Break(
        "scheduler and its extraction, SIGKILL", _component("scheduler", KILL, EXTRACT), ON_WORKERS, False, ("local",)
    ),
    Break("scheduler and its load, SIGKILL", _component("scheduler", KILL, LOAD), executors=("local",)),
    Break("scheduler alone during a load, SIGKILL", _component("scheduler", KILL, LOAD, alone=True)),
    Break(
        "Celery worker that extracts, lost with its machine",
        _worker(EXTRACT, machine=True),
        ON_WORKERS,
        False,
        ("celery",),
    ),
    Break("Celery worker that loads, lost with its machine", _worker(LOAD, machine=True), executors=("celery",)),
    Break("Celery worker that extracts, SIGTERM", _worker(EXTRACT, machine=False), ON_WORKERS, False, ("celery",)),
    Break("broker (Redis) restarted without its queue", _broker, ON_WORKERS, False, ("celery",)),
    Break("DAG processor, SIGKILL", _component("dag-processor", KILL, EXTRACT)),
    Break("API server while a worker fetches, SIGKILL", _component("api-server", KILL, EXTRACT), ON_WORKERS),
    Break("API server while the triggerer fetches, SIGKILL", _component("api-server", KILL, EXTRACT)),
    Break("metadata database (Postgres) crashed and restarted", _database),
    Break("AviationStack refuses connections", _api),
    Break("pace store (Redis) down during an extraction", _pace_store),
    Break("DuckDB file held by another process", _duckdb),
    Break("Snowflake refuses connections", _snowflake_down, IN_ACCOUNTS),
    Break("Snowflake loses the session of a load", _snowflake_lost, IN_ACCOUNTS),
    Break("the bucket resets connections during an extraction", _bucket, IN_ACCOUNTS),
    Break("staging without space during an extraction", _full, needs_mount=True),
    Break("staging read-only", _read_only, early=True, needs_mount=True),
]
