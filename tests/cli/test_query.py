from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pyarrow.parquet as pq
import pytest

COUNT = "SELECT airline_iata, count(*) AS flights FROM aviationstack.flights GROUP BY 1"


def test_rows_come_as_table_csv_json_and_parquet(cli, loaded) -> None:
    answer = cli("query", COUNT, "--json")
    assert (answer.code, answer.object["columns"]) == (0, ["airline_iata", "flights"])
    [row] = answer.object["rows"]
    assert row["airline_iata"] == "AA"
    table = cli("query", COUNT).out.split()
    assert table == ["airline_iata", "flights", "AA", str(row["flights"])]
    assert list(csv.DictReader(io.StringIO(cli("query", COUNT, "--csv").out))) == [
        {"airline_iata": "AA", "flights": str(row["flights"])}
    ]
    assert cli("query", COUNT, "--parquet", "out/rows.parquet").code == 0
    assert pq.read_table("out/rows.parquet").to_pylist() == [row]


def test_foreign_text_in_a_row_is_not_markup(cli, loaded) -> None:
    answer = cli("query", "SELECT '[/docs/offset] \x1b[2J' AS text")
    assert (answer.code, "[/docs/offset] \\x1b[2J" in answer.out) == (0, True)


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("DELETE FROM aviationstack.flights", "The query begins with 'DELETE'; only read-only statements are allowed."),
        ("/* SELECT */ DROP TABLE x", "The query begins with 'DROP'"),
        ("", "The query is empty."),
        ("  -- a comment alone", "The query is empty."),
        ("(1)", "The query begins with '(1)'"),
        ("WITH p AS PROCEDURE () RETURNS INT AS $$ $$ CALL p()", "The query begins with 'WITH'"),
        ("SELECT * FROM aviationstack.flight", "DuckDB rejects the query: Catalog Error"),
        ("SELECT 1; DROP TABLE aviationstack.flights", "DuckDB rejects the query"),
        ("SELECT * FROM read_csv('/etc/passwd')", "DuckDB rejects the query: Permission Error"),
    ],
)
def test_a_statement_that_does_not_only_read_ends_with_2_and_changes_nothing(cli, loaded, sql, message) -> None:
    before = Path("data/aviastack.duckdb").read_bytes()
    answer = cli("query", sql, "--json")
    assert answer.code == 2
    assert answer.object["error"]["message"].startswith(message)
    assert Path("data/aviastack.duckdb").read_bytes() == before


def test_two_formats_at_once_end_with_2(cli, loaded) -> None:
    assert cli("query", COUNT, "--csv", "--json").code == 2


def test_a_warehouse_that_does_not_exist_ends_with_6_and_is_not_created(cli) -> None:
    answer = cli("query", COUNT, "--json")
    assert (answer.code, answer.object["error"]["type"]) == (6, "WarehouseUnavailable")
    assert "aviastack run" in answer.object["error"]["remedy"]
    assert not Path("data/aviastack.duckdb").exists()


def test_columns_of_one_name_are_told_apart_in_every_format(cli, loaded) -> None:
    sql = "SELECT 1 AS a, 2 AS a, 3 AS a_2"
    assert cli("query", sql, "--json").object["rows"] == [{"a": 1, "a_2": 2, "a_2_2": 3}]
    assert cli("query", sql).out.split() == ["a", "a_2", "a_2_2", "1", "2", "3"]


def test_json_has_only_numbers_that_json_has(cli, loaded) -> None:
    sql = "SELECT 'nan'::double AS n, 5::decimal(38, 0) AS whole, 1.5::decimal(9, 2) AS part, true AS yes"
    answer = cli("query", sql, "--json")
    assert "NaN" not in answer.out
    assert answer.object["rows"] == [{"n": None, "whole": 5, "part": 1.5, "yes": True}]
    assert cli("query", "SELECT true AS yes, NULL AS nothing", "--csv").out == "yes,nothing\ntrue,\n"


def test_marts_that_are_not_built_are_named_with_the_command_that_builds_them(cli, loaded) -> None:
    answer = cli("query", "SELECT * FROM marts.fct_flights", "--json")
    assert (answer.code, "aviastack report" in answer.object["error"]["remedy"]) == (2, True)


def test_a_table_that_nothing_was_loaded_into_is_named_with_the_command_that_loads_it(cli) -> None:
    cli("doctor")  # creates the database, and no table
    answer = cli("query", "SELECT * FROM aviationstack.routes", "--json")
    assert (answer.code, "aviastack run routes" in answer.object["error"]["remedy"]) == (2, True)


@pytest.mark.parametrize("place", ["data/staging", "data/aviastack.duckdb/rows.parquet", "/proc/rows.parquet"])
def test_a_file_that_cannot_be_written_is_refused_before_the_query(cli, loaded, place: str) -> None:
    answer = cli("query", "SELECT 1", "--parquet", place)
    assert answer.code == 2
    assert answer.err.startswith(f"error: --parquet {place}")


def test_a_refused_query_leaves_no_file_behind(cli, loaded) -> None:
    assert cli("query", "SELECT nothing", "--parquet", "rows.parquet").code == 2
    assert not Path("rows.parquet").exists()


def test_columns_that_do_not_fit_the_terminal_are_printed_down_and_none_is_lost(cli, loaded, monkeypatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")  # rich then takes the output for a terminal
    monkeypatch.setenv("COLUMNS", "100")
    columns = cli("query", "SELECT * FROM aviationstack.flights LIMIT 1", "--json").object["columns"]
    answer = cli("query", "SELECT * FROM aviationstack.flights LIMIT 12")
    shown = re.sub(r"\x1b\[[\d;]*m", "", answer.out)
    assert len(columns) > 60
    assert [name for name in columns if not re.search(rf"^{name}\b", shown, re.MULTILINE)] == []
    assert len(re.findall(r"^row \d+", shown, re.MULTILINE)) == 10
    assert "10 of 12 rows" in re.sub(r"\x1b\[[\d;]*m", "", answer.err)


def test_columns_that_fit_the_terminal_are_a_table(cli, loaded, monkeypatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "60")
    answer = cli("query", "SELECT 'a long text, which is wrapped in its column' AS text, 5 AS number")
    assert re.sub(r"\x1b\[[\d;]*m", "", answer.out).splitlines()[0].split() == ["text", "number"]
