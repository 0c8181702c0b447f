"""Outages of the servers that Airflow and its tasks depend on."""

from __future__ import annotations

import subprocess
import sys
import time

from tests.chaos.airflow.rounds import Round
from tests.chaos.airflow.world import EXTRACT, Strike, World
from tests.support.gcs_emulator import Fault

DOWN = 10.0  # seconds that a server stays down after it was missed, or stopped in order
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


def api(round_: Round, world: World) -> None:
    """Let AviationStack refuse connections until a task has failed."""
    round_.fetching()
    round_.breaks()
    with world.api.down():
        round_.struck()


def pace_store(round_: Round, world: World) -> None:
    """Kill the Redis of the pace until a task has failed."""
    round_.fetching()
    round_.breaks()
    world.pace_store.stop()
    try:
        round_.struck()
    finally:
        world.pace_store.start()


def broker(*, keeps_queue: bool) -> Strike:
    """Kill the broker while one task runs on a worker and a task of another run is queued in it.

    The workers take nothing from the queue meanwhile. The broker is started again when the running task has ended
    without it, and the one that follows could not be sent.
    """

    def do(round_: Round, world: World) -> None:
        assert world.broker is not None
        round_.fetching()
        with round_.cluster.frozen("worker-1", "worker-2"):
            round_.beside()
            round_.until(lambda: world.broker is not None and world.broker.queued() > 0)
            round_.breaks()
            world.broker.stop()
        try:
            round_.over(EXTRACT)
            round_.struck("queued", "up_for_retry", "failed")
            time.sleep(DOWN)
        finally:
            if not keeps_queue:
                world.broker.forget()
            world.broker.start()

    return do


def crashed_database(round_: Round, world: World) -> None:
    """End Postgres as a crash does, and start it again at once."""
    round_.fetching()
    round_.breaks()
    world.database.stop()
    world.database.start()


def stopped_database(round_: Round, world: World) -> None:
    """Stop Postgres in order, and start it again after a while."""
    round_.fetching()
    round_.breaks()
    world.database.stop("fast")
    try:
        time.sleep(DOWN)
    finally:
        world.database.start()


def duckdb(round_: Round, _world: World) -> None:
    """Hold the DuckDB file in another process until a load has failed."""
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


def bucket(round_: Round, world: World) -> None:
    """Let the bucket reset connections until a task has failed."""
    round_.fetching()
    round_.breaks()
    world.bucket.faults = lambda _: Fault(reset=True)
    try:
        round_.struck()
    finally:
        world.bucket.faults = None
