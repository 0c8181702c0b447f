from __future__ import annotations

import csv
import io
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
        ("", "The query begins with ''"),
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
