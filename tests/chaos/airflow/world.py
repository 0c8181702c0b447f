"""What a break acts on, and a row of the table: a break of a DAG's run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.chaos.airflow.cluster import IN_ACCOUNTS
from tests.chaos.airflow.places import Place
from tests.chaos.airflow.rounds import Round
from tests.chaos.airflow.services import Api, Broker, Postgres, Snowflake
from tests.support.api_servers import RedisServer
from tests.support.gcs_emulator import GcsEmulator

EXTRACT, LOAD = "extract_flight_data", "load_to_snowflake"
LOCAL, CELERY = "local", "celery"
EXECUTORS = (LOCAL, CELERY)


@dataclass
class World:
    """The servers beside Airflow, and the folder of staging, which may be a separate file system."""

    api: Api
    bucket: GcsEmulator
    snowflake: Snowflake
    database: Postgres
    pace_store: RedisServer
    broker: Broker | None
    folder: Place
    accounts: Place
    mounted: bool

    def place(self, dag: str) -> Place:
        """Return where a DAG stages and loads."""
        return self.accounts if dag == IN_ACCOUNTS else self.folder


Strike = Callable[[Round, World], None]


@dataclass(frozen=True)
class Break:
    """A row: the DAG, and what to do with a run that is under way or, with ``early``, about to begin."""

    title: str
    do: Strike
    dag: str = "flight_data"
    early: bool = False
    executors: tuple[str, ...] = EXECUTORS
    needs_mount: bool = False
