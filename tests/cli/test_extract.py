from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import AA


def test_extract_stages_and_leaves_the_warehouse_alone(cli, api) -> None:
    answer = cli("extract", *AA, "--json")
    assert (answer.code, answer.slice["complete"], answer.slice["inserted"]) == (0, True, None)
    assert (Path("data/staging") / answer.slice["staged"][0]).exists()
    assert not Path("data/aviastack.duckdb").exists()


def test_its_closing_line_names_no_table(cli, api) -> None:
    answer = cli("extract", *AA)
    assert answer.code == 0
    assert "table" not in answer.out


def test_an_api_that_does_not_answer_ends_with_7(cli, api) -> None:
    answer = cli("extract", *AA, "--base-url", "http://127.0.0.1:9/v1", "--json")
    assert (answer.code, answer.object["error"]["type"]) == (7, "ApiUnavailable")
    first, *retries = [line for line in answer.err.splitlines() if line.startswith("flights ")]
    assert first.endswith(": fetching page 0")
    assert [line.split(": ")[1] for line in retries] == ["attempt 2 of 4", "attempt 3 of 4", "attempt 4 of 4"]
