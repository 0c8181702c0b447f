"""What holds for every command."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from aviastack.cli.app import app

HERE = Path(__file__).parent
ROOT: Any = get_command(app)


def every_command(group: Any = ROOT, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        yield f"{prefix}{name}", command
        if hasattr(command, "commands"):
            yield from every_command(command, f"{prefix}{name} ")


COMMANDS = dict(every_command())


@pytest.mark.parametrize("name", ROOT.commands)
def test_every_command_has_a_file_of_tests_that_states_its_exit_codes(name: str) -> None:
    file = HERE / f"test_{name}.py"
    assert file.exists(), f"write {file.name}"
    text = file.read_text(encoding="utf-8")
    assert re.search(r"code\b.* == \(?0", text), "no test states the exit code of a success"
    assert re.search(r"code\b.* == \(?[2-7]", text), "no test states the exit code of a failure"


@pytest.mark.parametrize("name", COMMANDS)
def test_help_has_a_summary_an_example_and_a_sentence_per_option(cli, name: str) -> None:
    answer = cli(*name.split(), "--help")
    assert answer.code == 0
    command = COMMANDS[name]
    assert command.help or command.epilog
    if not hasattr(command, "commands"):
        assert f"$ aviastack {name}" in answer.out
    for parameter in command.params:
        if parameter.name not in ("help", "install_completion", "show_completion"):
            assert re.fullmatch(r"[A-Z0-9a-z].*\.", (parameter.help or "").strip(), re.DOTALL), parameter.name


@pytest.mark.parametrize("name", [name for name, command in COMMANDS.items() if not hasattr(command, "commands")])
def test_every_command_takes_json_and_reports_wrong_usage_in_it(cli, name: str) -> None:
    assert "--json" in {option for parameter in COMMANDS[name].params for option in parameter.opts}
    answer = cli(*name.split(), "--json", "--no-such-option", "x", "y", "z")
    assert answer.code == 2
    assert answer.object["error"]["type"] == "BadRequest"
    assert answer.err.startswith("error: ")


def test_no_text_of_the_commands_uses_words_that_the_glossary_rules_out() -> None:
    for name, command in COMMANDS.items():
        texts = [command.help or "", *(getattr(parameter, "help", "") or "" for parameter in command.params)]
        for text in texts:
            assert not re.search(r"\b(mend|mended|told|whoever|asked for|is no|for nothing)\b", text), (name, text)


def test_a_mistyped_command_is_suggested(cli) -> None:
    answer = cli("backfil")
    assert (answer.code, answer.out) == (2, "")
    assert answer.err == "error: No such command 'backfil'. Did you mean 'backfill'? See: aviastack --help\n"


def test_no_command_at_all_shows_the_help(cli) -> None:
    answer = cli()
    assert answer.code == 2
    assert "Exit codes" in answer.out
    assert "130 interrupted" in " ".join(answer.out.split())


def test_the_version_is_shown(cli) -> None:
    answer = cli("--version")
    assert (answer.code, answer.out.split()[0]) == (0, "aviastack")


def test_an_invalid_setting_ends_every_command_that_has_settings_before_it_begins(cli, monkeypatch) -> None:
    monkeypatch.setenv("AVIASTACK_BUGDET", "5")
    answer = cli("status", "--json")
    assert (answer.code, answer.object["error"]["message"]) == (2, "Unknown variable AVIASTACK_BUGDET.")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("run", "flights", "--max-calls", "-1"), "Invalid --max-calls '-1': must be 0 or more."),
        (("run", "flights", "--concurrency", "300"), "Invalid --concurrency '300': must be 1 to 256."),
        (("run", "flights", "--budget", "x"), "Invalid --budget 'x': must be a whole number."),
        (
            ("run", "flights", "--plan", "gold"),
            "Invalid --plan 'gold': must be one of free, basic, professional, business, enterprise.",
        ),
        (("simulate", "--port", "70000"), "Invalid --port '70000': must be 0 to 65535."),
        (("simulate", "--latency", "slow"), "Invalid --latency 'slow': must be a number."),
        (("demo", "--days", "0"), "Invalid --days '0': must be 1 to 60."),
        (("quarantine", "show", "--limit", "0"), "Invalid --limit '0': must be 1 or more."),
        (("run", "flights", "--from", "2026-11-20"), "This command does not take --from."),
        (
            ("backfill", "flights", "--date", "2026-11-20", "--from", "x", "--to", "y"),
            "This command does not take --date.",
        ),
        (("extract", "flights", "--warehouse", "x"), "This command does not take --warehouse."),
        (
            ("query", "SELECT 1", "--warehouse", "duckdb://x"),
            "Invalid warehouse 'duckdb://x': write duckdb:///relative/file",
        ),
    ],
)
def test_a_refused_value_is_shown_with_its_rule(cli, words: tuple[str, ...], message: str) -> None:
    answer = cli(*words, "--json")
    assert answer.code == 2
    assert answer.object["error"]["message"].startswith(message)
    assert not answer.object["error"]["message"].endswith("..")
    assert answer.object["error"]["remedy"]
