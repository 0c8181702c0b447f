"""The help of commands, and completion in the shell."""

from __future__ import annotations

import subprocess
import sys

import pytest

from aviastack.cli.main import main

HEAVY = {
    *("rich", "markdown_it", "pygments", "asyncio", "aiohttp", "stamina", "msgspec"),
    *("pyarrow", "polars", "pandas", "numpy", "duckdb", "fsspec", "airportsdata"),
}
PARSES_OPTIONS = {"pydantic"}  # newer typers check a command's options with it


@pytest.mark.parametrize(
    ("words", "heavy"),
    [
        (("--help",), HEAVY | PARSES_OPTIONS),
        (("--version",), HEAVY),
        (("run", "--help"), HEAVY),
        (("quarantine", "show", "--help"), HEAVY),
    ],
)
def test_help_and_version_import_nothing_heavy(words: tuple[str, ...], heavy: set[str]) -> None:
    code = f"import sys; from aviastack.cli.main import main; sys.argv = ['aviastack', *{words!r}]\n"
    code += "try: main()\nexcept SystemExit: pass\nprint('\\n', *{name.partition('.')[0] for name in sys.modules})"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert sorted(set(run.stdout.splitlines()[-1].split()) & heavy) == []


def test_help_begins_with_the_usage_and_groups_the_options(cli) -> None:
    answer = cli("run", "--help")
    assert answer.out.startswith("Usage: aviastack run [OPTIONS] ENDPOINT [FILTERS]\n")
    order = [answer.out.index(part) for part in ("Arguments:", "Options:", "Settings:", "Filters by", "Examples:")]
    assert order == sorted(order)
    assert "[default: AVIASTACK_CONCURRENCY, or 16; 1 to 256]" in " ".join(answer.out.split())


def test_an_optional_argument_is_in_brackets_and_a_flag_takes_no_value(cli) -> None:
    answer = cli("status", "--help")
    assert answer.out.startswith("Usage: aviastack status [OPTIONS] [ENDPOINT]\n")
    assert "<" not in answer.out
    assert "--json  " in answer.out


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_no_line_of_help_breaks_an_option_or_exceeds_the_terminal(cli, monkeypatch, columns: int) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    answer = cli("backfill", "--help")
    assert all(not line.endswith("-") for line in answer.out.splitlines())
    prose = answer.out.partition("Filters by")[0]  # filters and examples keep their lines
    assert max(len(line) for line in prose.splitlines()) <= max(columns, 60)


def test_a_group_without_a_command_shows_its_help(cli) -> None:
    answer = cli("quarantine")
    assert (answer.code, answer.err) == (2, "")
    assert "replay  Replay the slices" in answer.out


@pytest.mark.parametrize(
    ("line", "offered", "not_offered"),
    [
        ("ru", {"run"}, {"demo"}),
        ("run fl", {"flights", "flightsFuture"}, {"routes"}),
        ("status t", {"timetable", "taxes"}, {"flights"}),
        ("run flights --airl", {"--airline-iata", "--airline-icao", "--airline-name"}, {"--dep-iata"}),
        ("run flights --airline-iata AA --airline-i", {"--airline-icao"}, {"--airline-iata"}),
        ("run flights --flight-status l", {"landed"}, {"--airline-iata", "active"}),
        ("run routes --flight-s", set(), {"--flight-status"}),
        ("run flights --max", {"--max-age", "--max-calls", "--max-delay-dep"}, {"--pace"}),
        ("extract timetable --t", {"--type"}, set()),
        ("report --no", {"--no-build"}, {"--airline-iata"}),
    ],
)
def test_the_shell_completes_commands_endpoints_filters_and_their_values(
    line: str, offered: set[str], not_offered: set[str], monkeypatch, capsys
) -> None:
    monkeypatch.setattr(sys, "argv", ["aviastack"])
    monkeypatch.setenv("_AVIASTACK_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", f"aviastack {line}")
    monkeypatch.setenv("COMP_CWORD", str(len(line.split(" "))))
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0
    found = set(capsys.readouterr().out.split())
    assert offered <= found
    assert not found & not_offered
