"""What is asked of Snowflake's metadata: by SHOW and DESCRIBE, without a warehouse, and only what the role may see."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pytest

from aviastack.marts.summary import marts_exist
from aviastack.settings import settings_from
from aviastack.warehouse.loading import Loaded
from aviastack.warehouse.query import columns, tables
from aviastack.warehouse.snowflake_show import type_of
from tests.support import snowflake_show
from tests.warehouse.administration import Administered
from tests.warehouse.places import Place


@pytest.mark.parametrize(
    ("data_type", "shown"),
    [
        ('{"type":"FIXED","precision":38,"scale":0,"nullable":true}', "NUMBER(38, 0)"),
        ('{"type":"FIXED","precision":5,"scale":2,"nullable":true}', "NUMBER(5, 2)"),
        ('{"type":"TEXT","length":16777216,"byteLength":16777216,"nullable":true,"fixed":false}', "TEXT"),
        ('{"type":"TEXT","length":134217728,"byteLength":134217728,"nullable":true,"fixed":false}', "TEXT"),
        ('{"type":"TEXT","length":4,"byteLength":16,"nullable":true,"fixed":false}', "VARCHAR(4)"),
        ('{"type":"REAL","nullable":true}', "FLOAT"),
        ('{"type":"TIMESTAMP_NTZ","precision":0,"scale":9,"nullable":true}', "TIMESTAMP_NTZ"),
        ('{"type":"TIMESTAMP_LTZ","precision":0,"scale":9,"nullable":true}', "TIMESTAMP_LTZ"),
        ('{"type":"DATE","nullable":true}', "DATE"),
        ('{"type":"VARIANT","nullable":true}', "VARIANT"),
    ],
)
def test_a_type_of_show_columns_is_shown_in_words(data_type: str, shown: str) -> None:
    assert type_of(data_type) == shown


def test_no_statement_for_snowflake_reads_the_information_schema() -> None:
    """A query of it needs a running warehouse, which is billed for a minute each time it wakes."""
    sql = [path for path in Path(str(files("aviastack"))).rglob("*.sql") if path.parent.name != "duckdb"]
    assert len(sql) > 30
    assert [path.name for path in sql if "information_schema" in path.read_text().lower()] == []


@pytest.mark.emulators
@pytest.mark.usefixtures("narrow")
def test_metadata_is_read_without_a_warehouse_and_a_query_is_not(
    administered: Administered, loading: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    administered.set_up()
    loading.load(loading.stage({"a": "landed"}, run_id="r1"))
    administered.administer(
        "USE ROLE SECURITYADMIN",
        "REVOKE USAGE ON WAREHOUSE AVIASTACK_LOAD FROM ROLE AVIASTACK_LOADER",
        "REVOKE USAGE ON WAREHOUSE AVIASTACK_READ FROM ROLE AVIASTACK_READER",
    )
    settings = settings_from(warehouse="snowflake://")

    found = {row["table"]: row["columns"] for row in tables(settings).to_pylist()}
    described = columns(settings).to_pylist()
    assert found.keys() == {"FLIGHTS", "_LOADS"}
    assert sum(found.values()) == len(described)
    assert {"schema": "AVIATIONSTACK", "table": "_LOADS", "column": "CALLS", "type": "NUMBER(38, 0)"} in [
        {name: row[name] for name in ("schema", "table", "column", "type")} for row in described
    ]
    assert not marts_exist(settings)

    for name, value in administered.variables("reader").items():
        monkeypatch.setenv(name, value)
    assert tables(settings).num_rows == columns(settings).num_rows == 0, "a reader sees none of the loads"


@pytest.mark.emulators
@pytest.mark.usefixtures("narrow")
def test_what_crashed_loads_left_does_not_push_the_tables_out_of_shows_10_000_rows(
    administered: Administered, loading: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    administered.set_up()
    loading.load(loading.stage({"a": "landed"}, run_id="r1"))
    with loading.open() as warehouse:
        own = sum(len(shape) for shape in warehouse.shapes().values())
    loading.ask('CREATE TABLE aviationstack."_LOAD_29991231T000000_0BADCAFE_FLIGHTS" (x NUMBER, y NUMBER)')
    monkeypatch.setattr(snowflake_show, "MOST", own)

    assert loading.load(loading.stage({"a": "landed", "b": None}, run_id="r2", at=1)) == [Loaded(1, 0, 0)]
