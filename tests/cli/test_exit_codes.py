"""Every documented exit code, and every error with the code that the reference gives it."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from aviastack import errors
from aviastack.cli.app import EXIT_CODES

REFERENCE = (Path(__file__).parents[2] / "docs" / "commands.md").read_text(encoding="utf-8")
DOCUMENTED = {name: int(code) for code, name in re.findall(r"^\| (\d+) \| `(\w+)` \|", REFERENCE, re.MULTILINE)}


def ends_with(cli, monkeypatch, error: BaseException):
    def fails(*_: object) -> None:
        raise error

    monkeypatch.setattr("aviastack.limits.ledger.known_quota", fails)
    return cli("status", "--json")


@pytest.mark.parametrize("name", [name for name in DOCUMENTED if hasattr(errors, name)])
def test_an_error_ends_a_command_with_its_documented_code(cli, monkeypatch, name: str) -> None:
    answer = ends_with(cli, monkeypatch, getattr(errors, name)("It failed.", remedy="Fix it."))
    assert (answer.code, answer.object["error"]["type"]) == (DOCUMENTED[name], name)
    assert answer.err == "error: It failed. Fix it.\n"


def test_an_unforeseen_error_ends_with_1_and_asks_for_a_report(cli, monkeypatch) -> None:
    answer = ends_with(cli, monkeypatch, ZeroDivisionError("by nothing"))
    assert (answer.code, answer.object["error"]["type"]) == (DOCUMENTED["Bug"], "Bug") == (1, "Bug")
    assert "Traceback" in answer.err
    assert "please report it" in answer.err


def test_an_interrupt_ends_with_130(cli, monkeypatch) -> None:
    answer = ends_with(cli, monkeypatch, KeyboardInterrupt())
    assert (answer.code, answer.object["error"]["type"]) == (DOCUMENTED["Interrupted"], "Interrupted")
    assert answer.code == 130


def test_an_interrupt_while_the_command_line_is_imported_ends_with_130(cli, monkeypatch) -> None:
    class Interrupted:
        def __getattr__(self, _: str) -> object:
            raise KeyboardInterrupt

    monkeypatch.setitem(sys.modules, "aviastack.cli.app", Interrupted())
    answer = cli("status", "--json")
    assert (answer.code, answer.object["error"]["type"]) == (DOCUMENTED["Interrupted"], "Interrupted")
    assert answer.err == "error: Interrupted. Run the same command again.\n"


def test_a_success_ends_with_0(cli) -> None:
    assert cli("status").code == 0


def test_the_help_documents_the_codes_of_the_reference() -> None:
    assert {int(code) for code in re.findall(r"(?:: |; )(\d+) ", EXIT_CODES)} == {0, *DOCUMENTED.values()}
