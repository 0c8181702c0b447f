from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.cli.conftest import BEFORE, DAY
from tests.support.simulated_api import Answer


@pytest.mark.slow
def test_report_writes_one_page_about_the_dates_in_the_marts(cli, demo: tuple[Path, Answer]) -> None:
    folder, _ = demo
    warehouse = f"duckdb:///{folder / 'data/demo/aviastack.duckdb'}"
    answer = cli("report", "--out", "page.html", "--no-build", "--warehouse", warehouse, "--json")
    yesterday = (datetime.now(UTC).date() - timedelta(days=1)).isoformat()
    assert (answer.code, answer.object) == (0, {"report": "page.html", "from": yesterday, "to": yesterday})
    assert "<html" in Path("page.html").read_text(encoding="utf-8")


def test_nothing_loaded_ends_with_2(cli) -> None:
    answer = cli("report", "--json")
    assert (answer.code, answer.object["error"]["type"]) == (2, "BadRequest")


def test_a_range_that_ends_before_it_begins_is_refused_before_the_marts_are_built(cli, loaded) -> None:
    answer = cli("report", "--from", DAY, "--to", BEFORE, "--json")
    assert (answer.code, answer.object["error"]["remedy"]) == (2, "Swap --from and --to.")


def test_a_folder_as_file_is_refused_before_the_marts_are_built(cli, loaded) -> None:
    answer = cli("report", "--out", "data", "--json")
    assert (answer.code, answer.object["error"]["message"]) == (2, "--out data is a folder.")


def test_a_missing_extra_is_named_before_the_marts_are_built(cli, loaded, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aviastack.extras.find_spec", lambda _: None)
    answer = cli("report", "--json")
    assert (answer.code, answer.object["error"]["type"]) == (2, "MissingExtra")


def test_a_failing_dbt_test_ends_with_3(cli, loaded, monkeypatch: pytest.MonkeyPatch) -> None:
    from aviastack.errors import MartsFailed

    def failing(*_: object) -> None:
        raise MartsFailed("dbt could not build the marts: fct_flights: 1 row.")

    monkeypatch.setattr("aviastack.marts.build.build_marts", failing)
    answer = cli("report", "--json")
    assert (answer.code, answer.object["error"]["type"]) == (3, "MartsFailed")
