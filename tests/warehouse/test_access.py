"""The administrator's setup in an account that enforces it: who may do what, and what is refused without a grant."""

from __future__ import annotations

import re
from typing import Any

import pytest
import snowflake.connector

from aviastack.endpoints import TAXES
from aviastack.errors import WarehouseUnavailable
from aviastack.marts.build import complete_sources
from aviastack.marts.summary import marts_are_stale
from aviastack.settings import settings_from
from aviastack.warehouse.loading import Loaded
from aviastack.warehouse.snowflake_grants import missing_grants
from tests.support.simulated_api import Cli
from tests.support.snowflake_account import Account
from tests.warehouse.administration import Administered, statements
from tests.warehouse.places import Place

pytestmark = [pytest.mark.emulators, pytest.mark.usefixtures("narrow")]

GERMAN = {
    "DATE_OUTPUT_FORMAT": "DD.MM.YYYY",
    "DATE_INPUT_FORMAT": "DD.MM.YYYY",
    "TIMESTAMP_TYPE_MAPPING": "TIMESTAMP_LTZ",
    "TIMEZONE": "Europe/Berlin",
}


def run_as(administered: Administered, who: str, *sql: str, **more: str) -> list[list[Any]]:
    """Run statements as a service user."""
    given = {name.removeprefix("SNOWFLAKE_").lower(): v for name, v in administered.variables(who, **more).items()}
    with snowflake.connector.connect(**given, platform_detection_timeout_seconds=0) as connection:
        return [connection.cursor().execute(statement).fetchall() for statement in sql]


def refused(administered: Administered, who: str, sql: str, errno: int, **more: str) -> bool:
    with pytest.raises(snowflake.connector.Error) as error:
        run_as(administered, who, sql, **more)
    return error.value.errno == errno


def test_the_setup_runs_twice_and_finds_no_difference(administered: Administered) -> None:
    assert [rows for rows in administered.set_up() if rows] == []
    assert [rows for rows in administered.set_up() if rows] == []


def test_another_bucket_reaches_an_integration_and_a_stage_that_exist(administered: Administered) -> None:
    administered.set_up()
    administered.set_up(staging="gs://another-bucket/prefix")

    assert administered.emulator.account
    changed = administered.emulator.account.attributes
    stage = changed["STAGE", f"{administered.database}.AVIATIONSTACK.AVIASTACK_STAGE"]
    assert stage["URL"] == "gcs://another-bucket/prefix/"
    assert changed["INTEGRATION", "AVIASTACK_GCS"]["STORAGE_ALLOWED_LOCATIONS"] == "('gcs://another-bucket/prefix/')"


def test_the_setup_reports_what_exists_and_differs(administered: Administered) -> None:
    own = administered.database
    administered.administer(
        "USE ROLE SYSADMIN",
        "CREATE WAREHOUSE AVIASTACK_LOAD WAREHOUSE_SIZE = LARGE",
        f"CREATE DATABASE {own}",
        f"CREATE SCHEMA {own}.MARTS",
        f"CREATE SCHEMA {own}.AVIATIONSTACK",
        "USE WAREHOUSE AVIASTACK_LOAD",
        f"CREATE TABLE {own}.AVIATIONSTACK.FLIGHTS (x INT)",
    )
    [warehouses, schemas, tables, *_] = administered.set_up()

    assert [row[:2] for row in warehouses] == [("AVIASTACK_LOAD", "LARGE")]
    assert sorted(row[0] for row in schemas) == ["AVIATIONSTACK", "MARTS"]
    assert [row[:2] for row in tables] == [("FLIGHTS", "SYSADMIN")]


def test_each_service_user_has_one_role_and_no_secondary_roles(administered: Administered, loading: Place) -> None:
    administered.set_up()
    administered.administer("USE ROLE USERADMIN", "GRANT ROLE AVIASTACK_TRANSFORMER TO USER AVIASTACK_LOADER_SVC")
    [*_, of_the_loader, of_dbt] = administered.set_up()
    assert [row[0] for row in of_the_loader] == ["AVIASTACK_TRANSFORMER"]
    assert of_dbt == []

    loading.load(loading.stage({"a": None}, run_id="r1"))
    run_as(administered, "dbt", "CREATE TABLE MARTS.t (x INT)")
    session = administered.emulator.signed_in[-2]
    assert (session.role, session.secondary) == ("AVIASTACK_LOADER", False)
    assert refused(administered, "loader", "SELECT * FROM MARTS.t", 2003)


def test_the_loader_loads_with_the_rights_of_the_setup_and_no_more(administered: Administered, loading: Place) -> None:
    administered.set_up()
    run = loading.stage({"a": "landed", "b": None}, run_id="r1")

    assert loading.load(run) == [Loaded(2, 0, 0)]
    assert loading.load(run) == [Loaded(0, 0, 0)]
    assert refused(administered, "loader", "CREATE TABLE MARTS.x (y INT)", 2003)
    for sql in ("CREATE SCHEMA x", "CREATE STAGE AVIATIONSTACK.s URL = 'gcs://x/'"):
        assert refused(administered, "loader", sql, 3001), sql


def test_dbt_reads_what_is_loaded_and_builds_where_it_may(administered: Administered, loading: Place) -> None:
    administered.set_up()
    loading.load(loading.stage({"a": "landed"}, run_id="r1"))

    [rows, *_] = run_as(
        administered,
        "dbt",
        "SELECT flight_key FROM AVIATIONSTACK.FLIGHTS",
        "CREATE OR REPLACE VIEW STAGING.v AS SELECT flight_key FROM AVIATIONSTACK.FLIGHTS",
        "CREATE OR REPLACE TRANSIENT TABLE MARTS.t AS (SELECT * FROM STAGING.v)",
        "CREATE OR REPLACE TRANSIENT TABLE MARTS.t AS (SELECT * FROM STAGING.v)",
        "ALTER TABLE MARTS.t ADD COLUMN more INT",
        "DROP VIEW IF EXISTS STAGING.v",
    )
    assert rows == [("a",)]
    for sql in ("DELETE FROM AVIATIONSTACK.FLIGHTS", "DROP TABLE AVIATIONSTACK.FLIGHTS", "CREATE SCHEMA x"):
        assert refused(administered, "dbt", sql, 3001), sql


def test_a_reader_reads_the_marts_that_dbt_replaced_and_nothing_else(
    administered: Administered, loading: Place
) -> None:
    administered.set_up()
    loading.load(loading.stage({"a": "landed"}, run_id="r1"))
    for _ in range(2):
        run_as(administered, "dbt", "CREATE OR REPLACE TABLE MARTS.t AS SELECT flight_key FROM AVIATIONSTACK.FLIGHTS")

    assert run_as(administered, "reader", "SELECT * FROM MARTS.t") == [[("a",)]]
    assert refused(administered, "reader", "SELECT * FROM AVIATIONSTACK.FLIGHTS", 2003)
    assert refused(administered, "reader", "CREATE TABLE MARTS.mine (x INT)", 3001)


def test_a_readers_report_takes_the_marts_as_they_are_because_it_sees_no_loads(
    administered: Administered, loading: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    administered.set_up()
    loading.load(loading.stage({"a": "landed"}, run_id="r1"))
    settings = settings_from(warehouse="snowflake://")
    with monkeypatch.context() as reader:
        for name, value in administered.variables("reader").items():
            reader.setenv(name, value)
        assert marts_are_stale(settings), "there are none"
        run_as(administered, "dbt", "CREATE TABLE MARTS.data_freshness (own_taxi_times VARCHAR)")
        assert not marts_are_stale(settings)


def test_a_table_that_dbts_sources_lack_is_created_by_the_loader(
    administered: Administered, loading: Place, declared_tables: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    administered.set_up()
    loading.load(loading.stage({"a": "landed"}, run_id="r1"))
    declared_tables.add(TAXES.table)  # as a later version of aviastack would
    as_dbt(monkeypatch)

    complete_sources(settings_from(warehouse="snowflake://"))

    assert administered.emulator.account
    owners = administered.emulator.account.owners
    assert owners["TABLE", f"{administered.database}.AVIATIONSTACK.TAXES"] == "AVIASTACK_LOADER"
    assert run_as(administered, "dbt", "SELECT * FROM AVIATIONSTACK.TAXES") == [[]]


def test_marts_that_existed_before_the_setup_are_granted_to_readers(administered: Administered) -> None:
    own = administered.database
    administered.set_up()
    run_as(administered, "dbt", "CREATE TABLE MARTS.t (x INT)")
    revoked = f"REVOKE SELECT ON ALL TABLES IN SCHEMA {own}.MARTS FROM ROLE AVIASTACK_READER"
    administered.administer("USE ROLE SECURITYADMIN", revoked)
    assert refused(administered, "reader", "SELECT * FROM MARTS.t", 2003)

    administered.set_up()
    assert run_as(administered, "reader", "SELECT * FROM MARTS.t") == [[]]


@pytest.mark.parametrize(
    "missing",
    [
        "GRANT USAGE ON WAREHOUSE AVIASTACK_LOAD TO ROLE AVIASTACK_LOADER",
        "GRANT USAGE, CREATE TABLE ON SCHEMA",
        "GRANT USAGE ON STAGE",
        "GRANT ROLE AVIASTACK_LOADER TO USER",
    ],
)
def test_without_a_grant_a_load_is_refused(administered: Administered, loading: Place, missing: str) -> None:
    administered.set_up(without=[missing])
    with pytest.raises(WarehouseUnavailable):
        loading.load(loading.stage({"a": "landed"}, run_id="r1"))


def test_a_load_is_the_same_under_the_accounts_own_formats(administered: Administered, loading: Place) -> None:
    """The loader's parameters are the session's, so even a user of the customer's own is safe."""
    administered.set_up(without=["ALTER USER AVIASTACK_LOADER_SVC"], account=Account(parameters=GERMAN))
    administered.administer(
        "USE ROLE USERADMIN",
        "ALTER USER AVIASTACK_LOADER_SVC SET DEFAULT_ROLE = AVIASTACK_LOADER DEFAULT_WAREHOUSE = AVIASTACK_LOAD",
    )
    first = loading.stage({"a": "landed", "b": None}, run_id="r1", path="flights/1.parquet")
    second = loading.stage({"a": "landed"}, run_id="r2", at=1, path="flights/2.parquet")

    assert loading.load(first, second) == [Loaded(2, 0, 0), Loaded(0, 0, 1)]
    assert loading.load(first) == [Loaded(0, 0, 0)]
    assert loading.present() == {"a": "landed"}


def test_the_setups_users_are_protected_from_the_accounts_formats(administered: Administered) -> None:
    administered.set_up(account=Account(parameters=GERMAN))
    dated = "SELECT CAST(CAST('2026-11-21' AS DATE) AS VARCHAR)"
    assert run_as(administered, "dbt", dated) == [[("2026-11-21",)]]
    with snowflake.connector.connect(
        **administered.address, user="ADMIN", password="admin", platform_detection_timeout_seconds=0
    ) as connection:
        german = "SELECT CAST(CAST('21.11.2026' AS DATE) AS VARCHAR)"
        assert connection.cursor().execute(german).fetchall() == [("21.11.2026",)]


def test_a_service_user_signs_in_with_its_key_and_not_with_a_password(administered: Administered) -> None:
    administered.set_up()
    assert run_as(administered, "loader", "SELECT 1") == [[(1,)]]
    by_password = {"user": "AVIASTACK_LOADER_SVC", "password": "guess", "platform_detection_timeout_seconds": 0}
    with pytest.raises(snowflake.connector.DatabaseError, match="Incorrect username or password"):
        snowflake.connector.connect(**administered.address, **by_password)


@pytest.mark.parametrize("stage", ["aviastack_stage", "elsewhere.s", "other_db.elsewhere.s"])
def test_a_stage_is_named_with_its_own_database_and_schema(stage: str) -> None:
    from aviastack.warehouse.snowflake_setup import setup_sql

    script = setup_sql(settings_from(staging="gs://bucket/prefix", stage=stage))
    whole = {
        "aviastack_stage": "AVIASTACK.AVIATIONSTACK.AVIASTACK_STAGE",
        "elsewhere.s": "AVIASTACK.ELSEWHERE.S",
        "other_db.elsewhere.s": "OTHER_DB.ELSEWHERE.S",
    }[stage]
    assert set(re.findall(r"STAGE (?:IF NOT EXISTS )?(\w+\.\S+)", script)) == {whole}
    assert ("GRANT USAGE ON DATABASE OTHER_DB TO ROLE AVIASTACK_LOADER;" in script) is stage.startswith("other")
    schema = whole.rpartition(".")[0]
    assert any(re.match(rf"GRANT USAGE.* ON SCHEMA {schema} TO ROLE AVIASTACK_LOADER", s) for s in statements(script))


@pytest.mark.parametrize("is_loaded", [False, True])
def test_doctor_finds_nothing_missing_after_the_setup_and_leaves_nothing_behind(
    administered: Administered, loading: Place, cli: Cli, monkeypatch: pytest.MonkeyPatch, *, is_loaded: bool
) -> None:
    administered.set_up()
    if is_loaded:
        loading.load(loading.stage({"a": "landed"}, run_id="r1"))
    before = set(administered.emulator.account.owners) if administered.emulator.account else set()
    as_dbt(monkeypatch)

    answer = cli("doctor", "--json", "--warehouse", "snowflake://")
    [found] = [f for f in answer.object["findings"] if f["subject"] == "grants"]
    assert found["ok"], found
    assert "GRANT DATABASE ROLE SNOWFLAKE.USAGE_VIEWER TO ROLE AVIASTACK_LOADER" in found["message"]
    assert administered.emulator.account
    assert set(administered.emulator.account.owners) == before


@pytest.mark.parametrize(
    ("missing", "named"),
    [
        (
            "GRANT USAGE ON WAREHOUSE AVIASTACK_LOAD TO",
            "GRANT USAGE ON WAREHOUSE AVIASTACK_LOAD TO ROLE AVIASTACK_LOADER",
        ),
        ("GRANT USAGE, CREATE TABLE ON SCHEMA", "CREATE TABLE ON SCHEMA AVIATIONSTACK TO ROLE AVIASTACK_LOADER"),
        ("GRANT USAGE ON STAGE", "GRANT USAGE ON STAGE"),
        ("MARTS TO ROLE AVIASTACK_TRANSFORMER", "ON SCHEMA MARTS TO ROLE AVIASTACK_TRANSFORMER"),
        ("SNAPSHOTS TO ROLE AVIASTACK_TRANSFORMER", "ON SCHEMA SNAPSHOTS TO ROLE AVIASTACK_TRANSFORMER"),
        (
            "GRANT USAGE ON WAREHOUSE AVIASTACK_TRANSFORM",
            "ON WAREHOUSE AVIASTACK_TRANSFORM TO ROLE AVIASTACK_TRANSFORMER",
        ),
        (
            "GRANT SELECT ON FUTURE TABLES",
            "SELECT ON FUTURE TABLES IN SCHEMA AVIATIONSTACK TO ROLE AVIASTACK_TRANSFORMER",
        ),
    ],
)
def test_a_missing_grant_is_named(
    administered: Administered, loading: Place, monkeypatch: pytest.MonkeyPatch, missing: str, named: str
) -> None:
    administered.set_up(without=[missing])
    as_dbt(monkeypatch)
    settings = settings_from(warehouse="snowflake://")
    found = missing_grants(settings)
    assert any(named in grant for grant in found), found


def test_loaded_tables_that_dbt_may_not_read_are_named(
    administered: Administered, loading: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = administered.database
    administered.set_up()
    loading.load(loading.stage({"a": "landed"}, run_id="r1"))
    revoked = f"REVOKE SELECT ON ALL TABLES IN SCHEMA {own}.AVIATIONSTACK FROM ROLE AVIASTACK_TRANSFORMER"
    administered.administer("USE ROLE SECURITYADMIN", revoked)
    as_dbt(monkeypatch)

    assert missing_grants(settings_from(warehouse="snowflake://")) == [
        "GRANT SELECT ON ALL TABLES IN SCHEMA AVIATIONSTACK TO ROLE AVIASTACK_TRANSFORMER;"
    ]


def as_dbt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AVIASTACK_DBT_USER", "AVIASTACK_DBT_SVC")
    monkeypatch.setenv("AVIASTACK_DBT_ROLE", "AVIASTACK_TRANSFORMER")
    monkeypatch.setenv("AVIASTACK_DBT_WAREHOUSE", "AVIASTACK_TRANSFORM")
