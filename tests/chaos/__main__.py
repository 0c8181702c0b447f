"""Kill real commands at random moments, and count what was lost, doubled and paid twice.

    python -m tests.chaos [--kills 200] [--seed 1]

``run`` and ``backfill`` are killed (SIGKILL, SIGTERM, SIGINT) against the simulator: on a folder and DuckDB; with a
Redis that is stopped and started; in a bucket that does not answer for a while; into a Snowflake whose emulator
loses its sessions; and on a disk that takes no file above a size. After some kills the command is run to its end, and
its warehouse must equal the API's lists. Paid twice are pages that were in the journal when they were requested again.
Exits 1 if anything was lost, doubled or paid twice. Redis and the emulators are needed; ``make chaos`` has them.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import date, timedelta
from itertools import count
from pathlib import Path
from random import Random

import duckdb

from aviastack.endpoints import Plan
from aviastack.simulator import running_simulator
from aviastack.slices import Slice
from tests.chaos.commands import KEY, Found, Round, finished, killed, starved
from tests.support.api_servers import RedisServer
from tests.support.gcs_emulator import Fault, GcsEmulator
from tests.support.snowflake_emulator import Loss, SnowflakeEmulator
from tests.warehouse.conftest import administer

KILLS_PER_ROUND = 5
SHARES = {"full disk": 0.1, "redis": 0.15, "bucket": 0.15, "snowflake": 0.1, "folder": 0.5}
FULL = (20_000, 60_000, 200_000)  # bytes that a file may have on a full disk
BUCKET, DATABASE = "chaos", "CHAOS"
_days = count()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args()
    random, total = Random(wanted.seed), Found()
    with ExitStack() as stack:
        api = stack.enter_context(running_simulator(plan=Plan.BASIC, flights_per_day=20_000, latency=0.05, jitter=0.05))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="aviastack-chaos-")))
        world = _World(stack, api, folder, random)
        for name, share in SHARES.items():
            found = Found()
            while found.kills < share * wanted.kills:
                with world.round(name) as (round_, seconds):
                    for _ in range(KILLS_PER_ROUND):
                        if name == "full disk":
                            found += starved(round_, random.choice(FULL))
                        else:
                            found += killed(round_, random, seconds)
                    world.calm()
                    found += finished(round_)
                print(f"    {name}: {_shown(found)}", file=sys.stderr, flush=True)
            print(f"{name}: {_shown(found)}", flush=True)
            for failure in found.failures:
                print(f"    {failure}", flush=True)
            total += found
    print(f"{total.kills} kills, {total.lost} lost, {total.doubled} doubled, {total.paid_twice} paid twice", flush=True)
    return 1 if total.lost or total.doubled or total.paid_twice or total.failures else 0


def _shown(found: Found) -> str:
    return f"{found.kills} kills, {found.lost} lost, {found.doubled} doubled, {found.paid_twice} paid twice"


class _World:
    """The servers beside the API, and the outages that they have while commands run."""

    def __init__(self, stack: ExitStack, api: str, folder: Path, random: Random) -> None:
        self._stack, self._api, self._folder, self._random = stack, api, folder, random
        self._redis: RedisServer | None = None
        self._bucket: GcsEmulator | None = None
        self._snowflake: SnowflakeEmulator | None = None
        self._outage = threading.Event()
        self._seconds: dict[str, float] = {}

    @contextmanager
    def round(self, name: str) -> Iterator[tuple[Round, float]]:
        """Yield a command over dates that no round had, and how long it takes if it is not killed."""
        if name not in self._seconds:
            with self._places(name) as round_:
                began = time.monotonic()
                warmed = finished(round_)
                if warmed.failures or warmed.lost:
                    raise RuntimeError(f"{name} fails without a kill: {warmed}")
                self._seconds[name] = time.monotonic() - began
        with self._places(name) as round_, self._outages(name):
            yield round_, self._seconds[name]

    def calm(self) -> None:
        """End the outages."""
        self._outage.set()
        time.sleep(0.5)

    @contextmanager
    def _places(self, name: str) -> Iterator[Round]:
        day = date(2026, 3, 1) + timedelta(days=3 * next(_days))
        single = name in ("folder", "full disk") and self._random.random() < 0.5
        days = [day] if single else [day, day + timedelta(days=1)]
        slices = [Slice.of("flights", {"flight_date": each.isoformat(), "airline_iata": "UA"}) for each in days]
        words = ["run", "flights", "--date", f"{day}", "--airline-iata", "UA", "--max-age", "90d"]
        if not single:
            words = ["backfill", "flights", "--from", f"{days[0]}", "--to", f"{days[-1]}", "--airline-iata", "UA"]
        place = self._folder / f"{day}"
        place.mkdir()
        warehouse = place / "warehouse.duckdb"
        variables = {
            "AVIASTACK_ACCESS_KEY": KEY,
            "AVIASTACK_BASE_URL": self._api,
            "AVIASTACK_PLAN": "basic",
            "AVIASTACK_PACE": "30/s",
            "AVIASTACK_STAGING": str(place / "staging"),
            "AVIASTACK_STATE": str(place / "state"),
            "AVIASTACK_WAREHOUSE": f"duckdb:///{warehouse}",
        }
        rows: Callable[[Slice], tuple[int, int]] = lambda slice_: _duckdb_rows(warehouse, slice_)  # noqa: E731
        if name == "redis":
            variables |= {"AVIASTACK_PACE_STORE": self._started_redis().url, "AVIASTACK_PACE_STORE_DOWN": "local"}
        if name in ("bucket", "snowflake"):
            variables |= self._in_bucket(str(day))
        if name == "snowflake":
            snowflake = self._started_snowflake(str(day))
            variables |= snowflake.variables | {
                "SNOWFLAKE_DATABASE": _database(day),
                "AVIASTACK_WAREHOUSE": "snowflake://",
            }
            rows = lambda slice_: _snowflake_rows(snowflake, _database(day), slice_)  # noqa: E731
        with _variables(variables if name in ("bucket", "snowflake") else {}):
            yield Round(words, slices, self._api, variables, rows)
        shutil.rmtree(place)

    @contextmanager
    def _outages(self, name: str) -> Iterator[None]:
        """Stop and start the server beside the API at random while commands run."""
        self._outage.clear()
        chance = Random(self._random.random())
        thread = threading.Thread(target=self._strike, args=(name, chance), daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._outage.set()
            thread.join()

    def _strike(self, name: str, chance: Random) -> None:
        while not self._outage.wait(chance.uniform(0.5, 4.0)):
            if name == "redis" and self._redis is not None:
                self._redis.stop()
                self._outage.wait(chance.uniform(0.1, 1.5))
                self._redis.start()
            elif name == "bucket" and self._bucket is not None:
                self._bucket.faults = lambda _: Fault(reset=True)
                self._outage.wait(chance.uniform(0.1, 1.5))
                self._bucket.faults = None
            elif name == "snowflake" and self._snowflake is not None:
                lost = Loss(after=chance.random() < 0.5)
                self._snowflake.faults = lambda _, lost=lost: lost  # type: ignore[misc]
                self._outage.wait(chance.uniform(0.1, 1.5))
                self._snowflake.faults = None

    def _started_redis(self) -> RedisServer:
        if self._redis is None:
            binary = shutil.which("redis-server")
            if binary is None:
                raise FileNotFoundError("redis-server is not installed: make chaos needs it")
            self._redis = RedisServer(binary)
            self._redis.start()
            self._stack.callback(self._redis.stop)
        return self._redis

    def _in_bucket(self, prefix: str) -> dict[str, str]:
        if self._bucket is None:
            self._bucket = self._stack.enter_context(GcsEmulator(BUCKET))
        return {"STORAGE_EMULATOR_HOST": self._bucket.url, "AVIASTACK_STAGING": f"gs://{BUCKET}/{prefix}"}

    def _started_snowflake(self, prefix: str) -> SnowflakeEmulator:
        assert self._bucket is not None
        if self._snowflake is None:
            self._snowflake = self._stack.enter_context(SnowflakeEmulator(gcs=self._bucket.url))
        place = f"URL = 'gcs://{BUCKET}/{prefix}/' FILE_FORMAT = (TYPE = PARQUET)"
        stage = f"CREATE STAGE AVIATIONSTACK.AVIASTACK_STAGE {place}"
        with _variables({"STORAGE_EMULATOR_HOST": self._bucket.url}):
            administer(self._snowflake, _database(date.fromisoformat(prefix)), "CREATE SCHEMA AVIATIONSTACK", stage)
        return self._snowflake


def _database(day: date) -> str:
    return f"{DATABASE}_{day:%Y%m%d}"


@contextmanager
def _variables(variables: dict[str, str]) -> Iterator[None]:
    """Set environment variables for this process too, which reads the bucket."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


COUNT = """
SELECT count(*), count(DISTINCT flight_key) FROM {table}
WHERE flight_date = DATE '{day}' AND airline_iata = '{airline}' AND _removed_at IS NULL
"""


def _duckdb_rows(path: Path, slice_: Slice) -> tuple[int, int]:
    query = dict(slice_.query)
    text = COUNT.format(table="aviationstack.flights", day=query["flight_date"], airline=query["airline_iata"])
    with duckdb.connect(str(path), read_only=True) as connection:
        [(rows, keys)] = connection.execute(text).fetchall()
    return int(rows), int(keys)


def _snowflake_rows(emulator: SnowflakeEmulator, database: str, slice_: Slice) -> tuple[int, int]:
    query = dict(slice_.query)
    table = f'"{database}"."AVIATIONSTACK"."FLIGHTS"'
    [(rows, keys)] = emulator.ask(COUNT.format(table=table, day=query["flight_date"], airline=query["airline_iata"]))
    return int(rows), int(keys)


if __name__ == "__main__":
    raise SystemExit(main())
