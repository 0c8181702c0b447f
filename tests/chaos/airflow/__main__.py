"""Kill and break the parts of a real Airflow, one in each run of a DAG, and count what that cost.

    python -m tests.chaos.airflow [--executor local] [--executor celery] [--only TEXT ...] [--times 1] [--seed 1]

Airflow's components are processes of their own that are started again when they end; Postgres holds the metadata, Redis
the pace and, under Celery, the queue. The API is simulated; the warehouse is DuckDB or an emulated Snowflake. A failed
run is cleared as an on-call engineer would. Lost are pages of the journal, and rows of the API's list that the
warehouse lacks in the end; paid twice are pages that were in the journal when they were requested again. Prints the
table of docs/airflow.md, and exits 1 on a loss, a double or a second payment. ``make chaos-airflow`` makes the
environment.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import date, timedelta
from itertools import count
from pathlib import Path
from random import Random
from signal import SIGTERM, default_int_handler, signal

from aviastack.endpoints import Plan
from tests.chaos.airflow.breaks import BREAKS, Break, World
from tests.chaos.airflow.cluster import IN_ACCOUNTS, ON_WORKERS, Cluster
from tests.chaos.airflow.places import BUCKET, accounts, connections, folder
from tests.chaos.airflow.rounds import Round, Row, TooLate
from tests.chaos.airflow.services import Api, Postgres, Snowflake
from tests.support.api_servers import RedisServer
from tests.support.gcs_emulator import GcsEmulator

DATES = 1  # of a run
TRIES = 5  # of a round whose process had ended before it was killed
STAGING = "128m"
_days = count()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--executor", action="append", choices=("local", "celery"))
    parser.add_argument("--only", action="append", help="rows whose title contains this")
    parser.add_argument("--times", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args()
    signal(SIGTERM, default_int_handler)  # every process that was started ends with this one
    random = Random(wanted.seed)
    bad = False
    for executor in wanted.executor or ("local", "celery"):
        breaks = [each for each in BREAKS if executor in each.executors and _wanted(each, wanted.only or [""])]
        rows = []
        with _running(executor) as (cluster, world):
            lasts = _undisturbed(cluster, world, random)
            for break_ in breaks * wanted.times:
                if break_.needs_mount and not world.mounted:
                    print(f"{break_.title}: left out, because only root may mount a file system", file=sys.stderr)
                    continue
                rows.append(_broken(cluster, world, break_, random, lasts))
                print(_shown(rows[-1]), rows[-1].tries, *rows[-1].failures, file=sys.stderr, flush=True)
        print(
            f"\n| killed or broken, {executor} | lost | paid twice | recovers alone | seconds | first line in the log |"
        )
        print("|---|---|---|---|---|---|")
        for row in rows:
            print(_shown(row), *(f"    {failure}" for failure in row.failures), sep="\n", flush=True)
        bad |= any(row.bad for row in rows)
    return int(bad)


def _wanted(break_: Break, texts: list[str]) -> bool:
    return any(text in break_.title for text in texts)


def _undisturbed(cluster: Cluster, world: World, random: Random) -> dict[str, float]:
    """Run both DAGs without a break, and return how long each task ran."""
    lasts: dict[str, float] = {}
    for dag in (IN_ACCOUNTS, ON_WORKERS, "flight_data"):
        round_ = Round(cluster, world.place(dag), dag, _dates(), random, {})
        round_.begin()
        round_.breaks()
        row = round_.finish(f"nothing ({dag})")
        print(_shown(row), file=sys.stderr, flush=True)
        if row.bad or not row.alone:
            raise RuntimeError(f"{dag} fails without a break: {row}")
        lasts |= round_.lasted()
    return lasts


def _broken(cluster: Cluster, world: World, break_: Break, random: Random, lasts: dict[str, float]) -> Row:
    for _ in range(TRIES):
        round_ = Round(cluster, world.place(break_.dag), break_.dag, _dates(), random, lasts)
        try:
            if not break_.early:
                round_.begin()
            break_.do(round_, world)
            return round_.finish(break_.title)
        except TooLate:
            continue
        except (TimeoutError, AssertionError) as hang:
            return Row(break_.title, failures=[f"hangs: {hang}"])
        finally:
            cluster.give_back()
    return Row(break_.title, failures=[f"the process had ended each time, {TRIES} times"])


@contextmanager
def _running(executor: str) -> Iterator[tuple[Cluster, World]]:
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
        broker = _redis(stack) if executor == "celery" else None
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
        print(f"Airflow with {executor} started in {time.monotonic() - began:.0f} s: {home}", file=sys.stderr)
        yield cluster, World(api, bucket, snowflake, database, pace_store, broker, folder(home), in_accounts, mounted)


def _redis(stack: ExitStack) -> RedisServer:
    binary = shutil.which("redis-server")
    if binary is None:
        raise FileNotFoundError("redis-server is not installed: make chaos-airflow needs it")
    server = RedisServer(binary)
    server.start()
    stack.callback(server.stop)
    return server


def _dates() -> list[str]:
    return [f"{date(2026, 3, 1) + timedelta(days=next(_days))}" for _ in range(DATES)]


def _shown(row: Row) -> str:
    lost = f"{row.lost} rows, {row.doubled} doubled" if row.lost or row.doubled else "nothing"
    paid = f"{row.paid_twice} pages" if row.paid_twice else "nothing"
    paid += f"; {row.under_way} calls under way made again" if row.under_way else ""
    alone = "yes" if row.alone else "no: clear the task"
    return f"| {row.title} | {lost} | {paid} | {alone} | {row.seconds:.0f} | `{row.first_line}` |"


if __name__ == "__main__":
    raise SystemExit(main())
