from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import duckdb
import pytest

from aviastack.cli.demo import _next_steps, _show
from aviastack.settings import settings_from
from tests.cli.conftest import day_of
from tests.support.simulated_api import Answer


@pytest.mark.slow
def test_demo_ends_with_a_table_that_says_it_is_simulated(demo: tuple[Path, Answer]) -> None:
    folder, answer = demo
    assert answer.code == 0
    assert "Simulated data: these airlines never flew like this." in answer.out
    assert "data/demo/report.html" in answer.out
    assert (folder / "data/demo/report.html").is_file()


@pytest.mark.slow
def test_the_table_says_where_the_loaded_data_are_from(
    demo: tuple[Path, Answer], capsys: pytest.CaptureFixture[str]
) -> None:
    """The title follows what the loads recorded, not the command."""
    folder, _ = demo
    database = Path(shutil.copy(folder / "data/demo/aviastack.duckdb", "copy.duckdb"))
    with duckdb.connect(str(database)) as connection:
        connection.execute("update marts.data_freshness set source = 'api.example.org'")
    day = day_of(folder)
    _show(settings_from(warehouse=f"duckdb:///{database}"), day, day, Path("report.html"))
    shown = " ".join(capsys.readouterr().out.split())
    assert "Data from api.example.org, not from api.aviationstack.com." in shown
    assert "imulated" not in shown.partition("Next")[0]


def test_the_next_steps_run_as_they_are_printed(cli, api) -> None:
    steps = [step.partition("#")[0].strip() for step in _next_steps()]
    commands = [shlex.split(step) for step in steps if " -m aviastack " in step or step.startswith("aviastack ")]
    assert len(commands) == 4
    for words in commands:
        arguments = words[words.index("aviastack") + 1 :]
        answer = cli(*arguments)
        assert answer.code in (0, 3), answer.err  # 3: the simulated list is incomplete


def test_the_first_step_with_a_key_suits_a_free_one_and_names_its_cost() -> None:
    plan, run = [step for step in _next_steps() if "--dep-iata SFO" in step]
    assert "# 1 call" in plan
    assert re.search(r"# about \d+ of a free key's 100 calls", run)


def test_a_missing_extra_is_named_before_it_starts(cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aviastack.extras.find_spec", lambda _: None)
    answer = cli("demo", "--json")
    assert (answer.code, answer.object["error"]["type"]) == (2, "MissingExtra")
    assert "pip install 'aviastack[dbt-duckdb,report]'" in answer.object["error"]["remedy"]


def test_a_code_that_is_no_airlines_ends_with_2(cli) -> None:
    assert cli("demo", "--partners", "AAAA").code == 2
    assert cli("demo", "--days", "0").code == 2
