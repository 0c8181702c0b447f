"""What a round works on: a command over dates that no other round has, its folder or bucket, and its warehouse."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import date, timedelta
from itertools import count
from pathlib import Path
from random import Random

from aviastack.slices import Slice
from tests.chaos.commands import KEY, Round
from tests.chaos.rows import duckdb_rows, snowflake_rows
from tests.chaos.servers import BUCKET, Servers
from tests.warehouse.conftest import administer

ONE_DATE = ("folder", "full disk", "largest file")  # kinds of which half the rounds are `run`, half `backfill`


class Rounds:
    """Makes rounds of every kind in a folder, on dates that follow one another."""

    def __init__(self, api: str, folder: Path, servers: Servers, random: Random) -> None:
        self._api, self._folder, self._servers, self._random = api, folder, servers, random
        self._days = (date(2026, 1, 1) + timedelta(days=3 * number) for number in count())

    @contextmanager
    def of(self, name: str) -> Iterator[Round]:
        """Yield a round; its folder is removed afterwards."""
        day = next(self._days)
        place = self._folder / f"{day}"
        with ExitStack() as stack:
            place.mkdir()
            stack.callback(shutil.rmtree, place)
            if name == "full disk":
                stack.enter_context(_disk(place))
            yield self._on(name, day, place)

    def _on(self, name: str, day: date, place: Path) -> Round:
        single = name in ONE_DATE and self._random.random() < 0.5
        days = [day] if single else [day, day + timedelta(days=1)]
        words = ["run", "flights", "--date", f"{day}", "--airline-iata", "UA", "--max-age", "90d"]
        if not single:
            words = ["backfill", "flights", "--from", f"{days[0]}", "--to", f"{days[-1]}", "--airline-iata", "UA"]
        warehouse = place / "warehouse.duckdb"
        round_ = Round(
            words,
            [Slice.of("flights", {"flight_date": each.isoformat(), "airline_iata": "UA"}) for each in days],
            self._api,
            {
                "AVIASTACK_ACCESS_KEY": KEY,
                "AVIASTACK_BASE_URL": self._api,
                "AVIASTACK_PLAN": "basic",
                "AVIASTACK_PACE": "30/s",
                "AVIASTACK_STAGING": str(place / "staging"),
                "AVIASTACK_STATE": str(place / "state"),
                "AVIASTACK_WAREHOUSE": f"duckdb:///{warehouse}",
            },
            lambda slice_: duckdb_rows(warehouse, slice_),
        )
        if name == "redis":
            store = {"AVIASTACK_PACE_STORE": self._servers.redis.url, "AVIASTACK_PACE_STORE_DOWN": "local"}
            round_.variables.update(store)
        if name in ("bucket", "snowflake"):
            self._put_in_bucket(round_, f"{day}")
        if name == "snowflake":
            self._load_into_snowflake(round_, day)
        return round_

    def _put_in_bucket(self, round_: Round, prefix: str) -> None:
        assert self._servers.bucket
        host, staging = self._servers.bucket_gate.url, f"gs://{BUCKET}/{prefix}"
        round_.variables.update({"STORAGE_EMULATOR_HOST": host, "AVIASTACK_STAGING": staging})

    def _load_into_snowflake(self, round_: Round, day: date) -> None:
        snowflake, database = self._servers.snowflake, f"CHAOS_{day:%Y%m%d}"
        place = f"URL = 'gcs://{BUCKET}/{day}/' FILE_FORMAT = (TYPE = PARQUET)"
        stage = f"CREATE STAGE AVIATIONSTACK.AVIASTACK_STAGE {place}"
        administer(snowflake, database, "CREATE SCHEMA AVIATIONSTACK", stage)
        variables = {
            "SNOWFLAKE_DATABASE": database,
            "SNOWFLAKE_PORT": f"{self._servers.snowflake_gate.port}",
            "AVIASTACK_WAREHOUSE": "snowflake://",
        }
        round_.variables.update(snowflake.variables | variables)
        round_.rows = lambda slice_: snowflake_rows(snowflake, database, slice_)


def resize(place: Path, size: int) -> None:
    """Give the disk at ``place`` so many bytes."""
    subprocess.run(["mount", "-o", f"remount,size={size}", place], check=True)


@contextmanager
def _disk(place: Path) -> Iterator[None]:
    """Mount a disk in memory; root may, and so may anyone under ``unshare --user --map-root-user --mount``."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1g", "chaos", place], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", place], check=True)
