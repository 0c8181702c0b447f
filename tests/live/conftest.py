"""Real accounts, named by environment variables; ``make test-live`` runs these tests, nothing else does.

``AVIASTACK_LIVE=1`` says that they may be used. Each run makes its own database and folder and removes both at
its end, also after a failure or Ctrl-C.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
import snowflake.connector

from aviastack.endpoints import ENDPOINTS
from aviastack.settings import settings_from
from aviastack.staging.open_store import open_store
from aviastack.staging.store import Store
from aviastack.warehouse.protocol import Warehouse
from aviastack.warehouse.snowflake import Snowflake
from aviastack.warehouse.snowflake_sign_in import sign_in
from aviastack.warehouse.statements import Tracer
from tests.warehouse.places import NARROW, Place

NEEDED = {
    "AVIASTACK_LIVE_STAGING": "a gs://bucket/prefix that application default credentials may write",
    "AVIASTACK_LIVE_SNOWFLAKE": "snowflake://NAME of a connection in connections.toml, or snowflake:// for the "
    "SNOWFLAKE_* variables; its role needs CREATE DATABASE and a warehouse",
    "AVIASTACK_LIVE_INTEGRATION": "the storage integration that may read the bucket; its role needs USAGE on it",
}
# Read at import: the tests themselves run without any AVIASTACK_* variable.
LIVE = {name: os.environ.get(name, "") for name in ("AVIASTACK_LIVE", *NEEDED)}


@pytest.fixture(scope="session", autouse=True)
def named_accounts() -> None:
    """Skip unless real accounts may be used, and end the run if one of them is not named."""
    if not LIVE["AVIASTACK_LIVE"]:
        pytest.skip("real accounts are opt-in: make test-live")
    missing = [f"{name}: {what}" for name, what in NEEDED.items() if not LIVE[name]]
    if missing:
        pytest.exit("make test-live needs these variables:\n  " + "\n  ".join(missing), returncode=2)


@pytest.fixture(scope="session")
def parameters() -> Iterator[dict[str, Any]]:
    """The sign-in to Snowflake, with a database of this run's own, which is dropped at its end."""
    given = sign_in(settings_from(warehouse=LIVE["AVIASTACK_LIVE_SNOWFLAKE"]))
    given = {name: value for name, value in given.items() if name not in ("database", "schema")}
    database = f"AVIASTACK_LIVE_{secrets.token_hex(6)}".upper()
    try:
        _administer(given, f"CREATE DATABASE {database}")
        yield {**given, "database": database}
    finally:
        _administer(given, f"DROP DATABASE IF EXISTS {database}")


@pytest.fixture(scope="session")
def root() -> Iterator[Store]:
    """A folder of this run's own below the live staging, removed at its end."""
    store = open_store(f"{LIVE['AVIASTACK_LIVE_STAGING'].rstrip('/')}/live-{secrets.token_hex(6)}")
    try:
        yield store
    finally:
        for path in [*store.list(""), *store.list(".writing")]:
            store.remove(path)


@pytest.fixture
def store(root: Store) -> Store:
    """An empty folder of the test's own in the bucket."""
    return open_store(root.address(secrets.token_hex(4)))


@pytest.fixture
def stage(parameters: dict[str, Any], root: Store) -> str:
    """The name of a stage over the folder of this run, in an empty schema AVIATIONSTACK."""
    name = f"LIVE_{secrets.token_hex(4)}".upper()
    url = root.address("").replace("gs://", "gcs://").rstrip("/")
    integration = LIVE["AVIASTACK_LIVE_INTEGRATION"]
    _administer(
        parameters,
        "DROP SCHEMA IF EXISTS AVIATIONSTACK CASCADE",
        "CREATE SCHEMA AVIATIONSTACK",
        f"CREATE STAGE AVIATIONSTACK.{name} URL = '{url}/' STORAGE_INTEGRATION = {integration} "
        "FILE_FORMAT = (TYPE = PARQUET)",
    )
    return name


@pytest.fixture
def place(parameters: dict[str, Any], stage: str, root: Store) -> Place:
    """The schema as a place to load into."""

    def write(path: str, data: bytes) -> str:
        root.replace(path, data)
        return root.address(path)

    return Place(partial(_opened, parameters, stage), write)


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let flights have few columns, as in the tests on the emulator."""
    monkeypatch.setitem(ENDPOINTS, "flights", NARROW)


def _opened(parameters: dict[str, Any], stage: str, tracer: Tracer) -> Warehouse:
    return Snowflake(parameters, stage=stage, tracer=tracer)


def _administer(parameters: dict[str, Any], *statements: str) -> None:
    options = {**parameters, "platform_detection_timeout_seconds": 0}
    with snowflake.connector.connect(**options) as connection, connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
