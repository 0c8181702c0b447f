"""The warehouses to load into: DuckDB, and Snowflake's emulator over a bucket's."""

from __future__ import annotations

import secrets
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
import snowflake.connector

from aviastack.endpoints import ENDPOINTS
from aviastack.warehouse import evolution
from aviastack.warehouse.duckdb import DuckDB
from aviastack.warehouse.tables import LOADS
from tests.support.gcs_emulator import GcsEmulator
from tests.support.simulated_api import cli  # noqa: F401 - a fixture
from tests.support.snowflake_account import Account
from tests.support.snowflake_emulator import SnowflakeEmulator
from tests.warehouse.administration import Administered
from tests.warehouse.places import NARROW, Place, open_snowflake

BUCKET = "staged"


@pytest.fixture(autouse=True)
def declared_tables(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Let a first load create few tables, because the emulator's time goes by its statements; a test may add others."""
    few, every = {"flights", LOADS}, evolution._declared
    monkeypatch.setattr(
        evolution, "_declared", lambda: {table: columns for table, columns in every().items() if table in few}
    )
    return few


@pytest.fixture
def every_table(declared_tables: set[str]) -> None:
    """Let a first load create every table, as it does outside these tests."""
    declared_tables.update(endpoint.table for endpoint in ENDPOINTS.values())


@pytest.fixture
def duckdb_place(tmp_path: Path) -> Place:
    root = tmp_path / "staging"

    def write(path: str, data: bytes) -> str:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(data)
        return str(root / path)

    return Place(lambda tracer: DuckDB(tmp_path / "warehouse.duckdb", tracer=tracer), write)


@pytest.fixture(scope="session")
def bucket() -> Iterator[GcsEmulator]:
    with GcsEmulator(BUCKET) as emulator:
        yield emulator


@pytest.fixture(scope="session")
def emulator(bucket: GcsEmulator) -> Iterator[SnowflakeEmulator]:
    with SnowflakeEmulator(gcs=bucket.url) as emulator:
        yield emulator


@pytest.fixture
def snowflake_place(
    emulator: SnowflakeEmulator, bucket: GcsEmulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Place:
    """A database of the test's own, with a stage over a prefix of the test's own."""

    own = f"T{secrets.token_hex(6)}".upper()
    for name, value in {**emulator.variables, "SNOWFLAKE_DATABASE": own}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", bucket.url)
    emulator.faults = None
    emulator.said.clear()
    administer(
        emulator,
        own,
        "CREATE SCHEMA AVIATIONSTACK",
        f"CREATE STAGE AVIATIONSTACK.AVIASTACK_STAGE URL = 'gcs://{BUCKET}/{own}/' FILE_FORMAT = (TYPE = PARQUET)",
    )

    def write(path: str, data: bytes) -> str:
        upload(bucket, f"{own}/{path}", data)
        return f"gs://{BUCKET}/{own}/{path}"

    return Place(open_snowflake, write)


@pytest.fixture
def bucket_and_snowflake(
    emulator: SnowflakeEmulator, bucket: GcsEmulator, monkeypatch: pytest.MonkeyPatch
) -> dict[str, str]:
    """The two emulators as a user would name them, with a database and a prefix of the test's own."""
    variables = own_database(emulator, bucket)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return {"staging": f"gs://{BUCKET}/{variables['SNOWFLAKE_DATABASE']}", "warehouse": "snowflake://"}


def own_database(emulator: SnowflakeEmulator, bucket: GcsEmulator) -> dict[str, str]:
    """Make a database and a prefix in the bucket, and return the environment that names them."""
    own = f"WHOLE_{secrets.token_hex(6)}".upper()
    stage = f"CREATE STAGE AVIATIONSTACK.AVIASTACK_STAGE URL = 'gcs://{BUCKET}/{own}/' FILE_FORMAT = (TYPE = PARQUET)"
    administer(emulator, own, "CREATE SCHEMA AVIATIONSTACK", stage)
    return {**emulator.variables, "SNOWFLAKE_DATABASE": own, "STORAGE_EMULATOR_HOST": bucket.url}


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let flights have few columns."""
    monkeypatch.setitem(ENDPOINTS, "flights", NARROW)


@pytest.fixture(params=["duckdb", pytest.param("snowflake", marks=pytest.mark.emulators)])
def place(request: pytest.FixtureRequest) -> Place:
    """Each warehouse in turn."""
    return request.getfixturevalue(f"{request.param}_place")


@pytest.fixture
def administered(emulator: SnowflakeEmulator, tmp_path: Path) -> Iterator[Administered]:
    emulator.faults, emulator.account = None, Account()
    emulator.signed_in.clear()
    yield Administered(emulator, BUCKET, tmp_path)
    emulator.account = None


@pytest.fixture
def loading(administered: Administered, bucket: GcsEmulator, monkeypatch: pytest.MonkeyPatch) -> Place:
    """The place that the loader's service user loads into."""
    for name, value in administered.variables().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", bucket.url)

    def write(path: str, data: bytes) -> str:
        upload(bucket, f"{administered.database}/{path}", data)
        return f"gs://{BUCKET}/{administered.database}/{path}"

    return Place(open_snowflake, write)


def administer(emulator: SnowflakeEmulator, database: str, *statements: str) -> None:
    """Run statements as an administrator would."""
    given = {name.removeprefix("SNOWFLAKE_").lower(): value for name, value in emulator.variables.items()}
    options = {**given, "database": database, "platform_detection_timeout_seconds": 0}
    with snowflake.connector.connect(**options) as connection, connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def upload(bucket: GcsEmulator, name: str, data: bytes) -> None:
    """Put an object into the bucket, past any client."""
    url = f"{bucket.url}/upload/storage/v1/b/{BUCKET}/o?uploadType=media&name={urllib.request.quote(name, safe='')}"
    with urllib.request.urlopen(urllib.request.Request(url, data=data, method="POST")):
        pass
