"""A cluster and the servers beside it, from nothing to healthy, and gone at the end."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from aviastack.endpoints import Plan
from tests.chaos.airflow.cluster import Cluster
from tests.chaos.airflow.places import BUCKET, accounts, connections, folder
from tests.chaos.airflow.services import Api, Broker, Postgres, Snowflake
from tests.chaos.airflow.world import CELERY, World
from tests.support.api_servers import RedisServer
from tests.support.gcs_emulator import GcsEmulator

STAGING = "128m"


@contextmanager
def running(executor: str) -> Iterator[tuple[Cluster, World]]:
    """Run Airflow under an executor during the ``with`` block."""
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="aviastack-chaos-airflow-")))
        staging = home / "data" / "staging"
        staging.mkdir(parents=True)
        size = f"size={STAGING}"
        mounted = not subprocess.run(
            ["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(staging)], check=False
        ).returncode
        if mounted:
            stack.callback(subprocess.run, ["umount", "--lazy", str(staging)], check=True)
        api = stack.enter_context(Api(plan=Plan.BASIC, flights_per_day=60_000, latency=0.8, jitter=0.4).running())
        database = Postgres()
        stack.callback(database.remove)
        database.start()
        pace_store = _redis(stack)
        broker = _broker(stack) if executor == CELERY else None
        bucket = stack.enter_context(GcsEmulator(BUCKET))
        os.environ["STORAGE_EMULATOR_HOST"] = bucket.url  # for this process too, which reads the bucket
        snowflake = stack.enter_context(Snowflake(gcs=bucket.url))
        in_accounts = accounts(snowflake, executor)
        variables = {"AVIASTACK_PACE": "50/s", "AVIASTACK_PACE_STORE": pace_store.url}
        variables |= connections(api.url, snowflake, executor)
        cluster = Cluster(home, api.url, database.url, broker.url if broker else None, variables)
        stack.callback(cluster.stop)
        began = time.monotonic()
        cluster.start()
        print(f"Airflow with {executor} started in {time.monotonic() - began:.0f} s: {home}", flush=True)
        yield cluster, World(api, bucket, snowflake, database, pace_store, broker, folder(home), in_accounts, mounted)


def _redis(stack: ExitStack) -> RedisServer:
    server = RedisServer(_redis_binary())
    server.start()
    stack.callback(server.stop)
    return server


def _broker(stack: ExitStack) -> Broker:
    server = Broker(_redis_binary())
    stack.callback(server.remove)
    server.start()
    return server


def _redis_binary() -> str:
    binary = shutil.which("redis-server")
    if binary is None:
        raise FileNotFoundError("redis-server is not installed: make chaos-airflow needs it")
    return binary
