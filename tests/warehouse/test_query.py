"""One read-only query, on DuckDB and on Snowflake's emulator."""

from __future__ import annotations

import pytest

from aviastack.errors import BadRequest
from aviastack.settings import settings_from
from aviastack.warehouse.query import check_read_only, columns, query, tables
from tests.warehouse.places import Place


@pytest.mark.emulators
def test_snowflake_answers_with_names_and_values_and_describes_its_tables(snowflake_place: Place) -> None:
    run = snowflake_place.stage({"a": "landed", "b": None}, run_id="r1")
    snowflake_place.load(run)
    settings = settings_from(warehouse="snowflake://")
    found = query(settings, 'SELECT "FLIGHT_KEY", "FLIGHT_STATUS" FROM AVIATIONSTACK.FLIGHTS ORDER BY 1')
    assert found.to_pylist() == [
        {"FLIGHT_KEY": "a", "FLIGHT_STATUS": "landed"},
        {"FLIGHT_KEY": "b", "FLIGHT_STATUS": None},
    ]
    assert "FLIGHTS" in tables(settings)["table"].to_pylist()
    assert {"FLIGHT_KEY", "FLIGHT_STATUS"} <= set(columns(settings)["column"].to_pylist())
    with pytest.raises(BadRequest, match="Snowflake rejects the query"):
        query(settings, "SELECT * FROM NO_SUCH_TABLE")


@pytest.mark.parametrize(
    "sql", ["SELECT 1", "  -- why\n with x as (select 1) select * from x", "/* a */ (SELECT 1)", "show tables"]
)
def test_statements_that_read_are_let_through(sql: str) -> None:
    check_read_only(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "insert into x select 1",
        "-- select\ndelete from x",
        "call p()",
        "with p as procedure () returns int call p()",
    ],
)
def test_other_statements_are_refused(sql: str) -> None:
    with pytest.raises(BadRequest, match="only read-only statements are allowed"):
        check_read_only(sql)


def test_an_empty_query_is_refused() -> None:
    with pytest.raises(BadRequest, match="The query is empty"):
        check_read_only("")
