from __future__ import annotations

from pathlib import Path

import pytest
import typer

from aviastack.endpoints import Plan
from aviastack.settings import settings_from


def test_init_writes_settings_that_are_read_back_and_ignores_the_data(cli) -> None:
    answer = cli("init", "--plan", "basic", "--partners", "aa, dl", "--budget", "8000", "--warehouse", "snowflake://P")
    assert answer.code == 0
    settings = settings_from()
    assert (settings.plan, settings.budget, settings.warehouse) == (Plan.BASIC, 8000, "snowflake://P")
    assert "--airline-iata AA,DL" in Path("aviastack.toml").read_text()
    assert Path(".gitignore").read_text().splitlines() == ["data/", ".env"]


def test_without_options_the_defaults_are_written_and_no_budget_is_set(cli) -> None:
    assert cli("init", "--json").object == {"written": ["aviastack.toml", ".gitignore"]}
    assert settings_from().budget is None


def test_an_existing_file_is_kept_without_force(cli) -> None:
    Path("aviastack.toml").write_text("budget = 5\n")
    Path(".gitignore").write_text("data/\n*.log")
    assert cli("init").code == 2
    assert settings_from().budget == 5
    assert cli("init", "--force").code == 0
    assert settings_from().budget is None
    assert Path(".gitignore").read_text().splitlines() == ["data/", "*.log", ".env"]


def test_a_value_that_no_command_would_take_is_refused_before_the_file_is_written(cli) -> None:
    answer = cli("init", "--staging", "", "--json")
    assert (answer.code, answer.object["error"]["message"]) == (2, "Invalid staging '': must not be empty.")
    assert not Path("aviastack.toml").exists()


def test_partners_that_no_command_would_take_are_refused(cli) -> None:
    answer = cli("init", "--partners", "AA,AAL", "--json")
    assert (answer.code, "AAL is an ICAO code" in answer.object["error"]["remedy"]) == (2, True)
    assert not Path("aviastack.toml").exists()


@pytest.fixture
def terminal(monkeypatch):
    """Answer the questions of a terminal from a list; an answer that is an exception is raised."""

    def answering(*answers: object) -> list[str]:
        left, asked = list(answers), []

        def prompt(question: str, **_: object) -> object:
            asked.append(question)
            answer = left.pop(0)
            if isinstance(answer, BaseException):
                raise answer
            return answer

        monkeypatch.setattr("aviastack.cli.init.typer.prompt", prompt)
        monkeypatch.setattr("aviastack.cli.init._is_terminal", lambda: True)
        return asked

    return answering


def test_a_question_is_asked_again_until_its_answer_is_valid(cli, terminal) -> None:
    asked = terminal("gold", "basic", "AAL", "aa,dl", "many", "500", "./staging", "sqlite://x", "snowflake://P")
    answer = cli("init")
    assert answer.code == 0
    assert len(asked) == 9
    assert answer.err.count("error: ") == 4
    settings = settings_from()
    assert (settings.plan, settings.budget, settings.warehouse) == (Plan.BASIC, 500, "snowflake://P")


def test_an_interrupted_question_ends_with_130_and_keeps_the_file(cli, terminal) -> None:
    Path("aviastack.toml").write_text("budget = 5\n")
    terminal("basic", typer.Abort())
    answer = cli("init", "--force")
    assert (answer.code, answer.err.startswith("error: Interrupted.")) == (130, True)
    assert Path("aviastack.toml").read_text() == "budget = 5\n"


def test_force_replaces_a_file_that_is_not_valid(cli) -> None:
    Path("aviastack.toml").write_text("plan =\n")
    assert cli("init", "--force", "--plan", "basic").code == 0
    assert settings_from().plan is Plan.BASIC
