from __future__ import annotations

import os
import time

import pytest

from tests.cli.conftest import AA


@pytest.fixture
def aged(cli, loaded):
    """A second run of the slice, so that the first is no longer needed, and all files a day old."""
    assert cli("run", *AA).code == 0
    before = time.time() - 86_400
    for path in loaded.rglob("*"):
        os.utime(path, (before, before))
    return loaded


def test_hours_are_said_as_hours_and_files_are_counted_as_files(cli, aged) -> None:
    answer = cli("prune", "--older-than", "12h")
    assert answer.code == 0
    listed = answer.out.splitlines()[:-1]
    files = sum(int(line.split("  ")[1].split(" ")[0]) for line in listed)
    assert answer.out.splitlines()[-1].startswith(f"Would remove {files} files, ")
    assert answer.out.splitlines()[-1].endswith("older than 12 hours. Remove with --yes.")


def test_yes_removes_what_was_listed(cli, aged) -> None:
    found = cli("prune", "--older-than", "12h", "--json").object
    removed = cli("prune", "--older-than", "12h", "--yes", "--json")
    assert (removed.code, removed.object) == (0, found | {"removed": True})
    assert found["files"] > found["entries"] > 0
    assert not [path for path in (aged / found["paths"][0]).rglob("*") if path.is_file()]


def test_nothing_to_remove_says_so(cli, loaded) -> None:
    answer = cli("prune", "--older-than", "1d")
    assert (answer.code, answer.out) == (0, "Nothing is older than 1 day.\n")


def test_an_age_without_a_unit_ends_with_2(cli) -> None:
    answer = cli("prune", "--older-than", "12", "--json")
    assert answer.code == 2
    assert answer.object["error"]["message"].startswith("Invalid --older-than '12': write a number and a unit")
