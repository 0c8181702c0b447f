from __future__ import annotations


def test_tables_are_listed(cli, loaded) -> None:
    answer = cli("schema", "--json")
    assert answer.code == 0
    tables = {(row["schema"], row["table"]) for row in answer.object["tables"]}
    assert {("aviationstack", "flights"), ("aviationstack", "_loads")} <= tables


def test_the_columns_of_a_table_have_types_and_order(cli, loaded) -> None:
    for name in ("flights", "aviationstack.flights", "FLIGHTS"):
        answer = cli("schema", name, "--json")
        assert answer.code == 0
        first, *_ = answer.object["columns"]
        assert (first["column"], first["type"]) == ("flight_key", "VARCHAR")


def test_an_unknown_table_is_suggested_and_ends_with_2(cli, loaded) -> None:
    answer = cli("schema", "fligths", "--json")
    assert (answer.code, answer.object["error"]["message"]) == (2, "Unknown table 'fligths'.")
    assert answer.object["error"]["remedy"].startswith("Did you mean 'flights'?")
