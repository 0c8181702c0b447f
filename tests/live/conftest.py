"""Real accounts, named by environment variables; ``make test-live`` runs these tests, nothing else does.

- ``AVIASTACK_LIVE=1``: says that real accounts may be used.
- ``AVIASTACK_LIVE_SNOWFLAKE``: a connection of connections.toml whose role may create schemas and stages in its
  database. The database must have a name that ends in ``_TEST``: its schema AVIATIONSTACK is replaced by every test.
- ``AVIASTACK_LIVE_STAGING``: a ``gs://bucket/prefix`` that application default credentials may write; every run of the
  tests writes below a folder of its own and removes it.
- ``AVIASTACK_LIVE_INTEGRATION``: the storage integration that may read it.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from functools import partial

import pytest
import snowflake.connector

from aviastack.endpoints import ENDPOINTS
from aviastack.settings import settings_from
from aviastack.staging.open_store import open_store
from aviastack.staging.store import Store
from aviastack.warehouse.open_warehouse import open_warehouse
from aviastack.warehouse.protocol import Warehouse
from aviastack.warehouse.statements import Tracer
from tests.warehouse.places import NARROW, Place

# Read at import: the tests themselves run without any AVIASTACK_* variable.
LIVE = {name: os.environ.get(f"AVIASTACK_LIVE{name}", "") for name in ("", "_SNOWFLAKE", "_STAGING", "_INTEGRATION")}


@pytest.fixture(autouse=True)
def named_accounts() -> None:
    """Skip where no account is named; what is missing is told."""
    missing = [f"AVIASTACK_LIVE{name}" for name, value in LIVE.items() if not value]
    if missing:
        pytest.skip(f"real accounts are opt-in; not set: {', '.join(missing)}")


@pytest.fixture(scope="session")
def root() -> Iterator[Store]:
    """A folder of this run's own below the live staging, removed at its end."""
    store = open_store(f"{LIVE['_STAGING'].rstrip('/')}/live-{secrets.token_hex(6)}")
    yield store
    for path in store.list(""):
        store.remove(path)


def _opened(stage: str, tracer: Tracer) -> Warehouse:
    settings = settings_from(warehouse=f"snowflake://{LIVE['_SNOWFLAKE']}", stage=stage)
    return open_warehouse(settings, tracer=tracer)


@pytest.fixture
def place(root: Store) -> Iterator[Place]:
    """A new schema AVIATIONSTACK with a stage over the folder of this run; both are dropped at the end."""
    stage = f"LIVE_{secrets.token_hex(4)}".upper()
    with snowflake.connector.connect(connection_name=LIVE["_SNOWFLAKE"]) as connection, connection.cursor() as cursor:
        if not str(connection.database).upper().endswith("_TEST"):
            pytest.fail(f"database {connection.database} is no test's: its name does not end in _TEST")
        url = root.address("").replace("gs://", "gcs://").rstrip("/")
        cursor.execute("DROP SCHEMA IF EXISTS AVIATIONSTACK CASCADE")
        cursor.execute("CREATE SCHEMA AVIATIONSTACK")
        cursor.execute(
            f"CREATE STAGE AVIATIONSTACK.{stage} URL = '{url}/' STORAGE_INTEGRATION = {LIVE['_INTEGRATION']} "
            "FILE_FORMAT = (TYPE = PARQUET)"
        )

    def write(path: str, data: bytes) -> str:
        root.replace(path, data)
        return root.address(path)

    yield Place(partial(_opened, stage), write)
    with snowflake.connector.connect(connection_name=LIVE["_SNOWFLAKE"]) as connection, connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA IF EXISTS AVIATIONSTACK CASCADE")  # and with it the stage


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let flights have few columns, as in the tests on the emulator."""
    monkeypatch.setitem(ENDPOINTS, "flights", NARROW)
