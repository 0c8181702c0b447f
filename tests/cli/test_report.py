from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import BEFORE, DAY, day_of
from tests.support.simulated_api import Answer


@pytest.mark.slow
def test_report_writes_one_page_about_the_dates_in_the_marts(cli, demo: tuple[Path, Answer]) -> None:
    folder, _ = demo
    warehouse = f"duckdb:///{folder / 'data/demo/aviastack.duckdb'}"
    answer = cli("report", "--out", "page.html", "--no-build", "--warehouse", warehouse, "--json")
    day = str(day_of(folder))
    assert (answer.code, answer.object) == (0, {"report": "page.html", "from": day, "to": day})
    assert "<html" in Path("page.html").read_text(encoding="utf-8")


@pytest.mark.slow
@pytest.mark.parametrize(("display", "opens"), [(":0", True), (":0", False), (None, True)])
def test_open_shows_the_page_or_says_where_it_is(
    cli, demo: tuple[Path, Answer], monkeypatch: pytest.MonkeyPatch, display: str | None, opens: bool
) -> None:
    folder, _ = demo
    warehouse = f"duckdb:///{folder / 'data/demo/aviastack.duckdb'}"
    opened: list[str] = []
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    if display is not None:
        monkeypatch.setenv("DISPLAY", display)
    monkeypatch.setattr("webbrowser.open", lambda address: opened.append(address) or opens)
    answer = cli("report", "--no-build", "--open", "--warehouse", warehouse)
    address = Path("report.html").resolve().as_uri()
    assert answer.code == 0
    assert opened == ([address] if display else [])
    shown = display is not None and opens
    assert ("No browser is available here." in answer.err) != shown
    assert (address in answer.err.replace("\n", "")) != shown


@pytest.mark.slow
def test_the_closing_line_offers_to_open_the_page(cli, demo: tuple[Path, Answer]) -> None:
    folder, _ = demo
    warehouse = f"duckdb:///{folder / 'data/demo/aviastack.duckdb'}"
    answer = cli("report", "--no-build", "--warehouse", warehouse)
    assert "report.html" in answer.out
    assert "--open shows it in the browser" in answer.out


@pytest.mark.parametrize("text", ["JFK", "JFKLAX", "JFK-LAX-SFO", "JF-LAX", ","])
def test_a_route_that_is_not_two_airports_is_refused_before_the_marts_are_built(cli, loaded, text: str) -> None:
    answer = cli("report", "--routes", text, "--json")
    assert answer.code == 2
    assert answer.object["error"]["message"] == f"Invalid route '{text}': write two airport codes, such as JFK-LAX."


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


def test_marts_that_are_not_built_are_named_without_a_build(cli, loaded) -> None:
    answer = cli("report", "--no-build", "--json")
    assert (answer.code, answer.object["error"]["message"]) == (2, "The marts are not built yet.")
