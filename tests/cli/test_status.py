from __future__ import annotations

import re
from datetime import datetime

import msgspec
import pytest

from aviastack.manifest import Manifest
from tests.cli.conftest import AA, BEFORE, DAY


def test_status_shows_runs_their_manifests_and_the_quota_whole_when_piped(cli, api) -> None:
    assert cli("run", *AA).code == 0  # here, because the calls of a month count
    answer = cli("status")
    assert answer.code == 0
    heading, run, month = answer.out.splitlines()
    assert heading.split() == ["slice", "as", "of", "(UTC)", "rows", "quarantined", "calls", "complete", "manifest"]
    assert f"flights {DAY}.airline_iata=AA" in run
    assert "manifests/flights/" in run
    assert run.rstrip().endswith(".json")
    assert re.match(r"1 run\. This month: \d+ calls? of 1,000,000, ", month)


def test_times_in_json_are_iso_8601(cli, loaded) -> None:
    [run] = cli("status", "--json").object["runs"]
    assert "T" in run["as_of"]
    datetime.fromisoformat(run["as_of"])


@pytest.mark.parametrize("proof", ["see [/docs/offset]", "[bold red]", "\x1b[2J\x1b]0;title\x07", ":smile:"])
def test_a_proof_is_shown_as_it_is_whatever_the_api_said(cli, loaded, proof: str) -> None:
    [manifest] = loaded.rglob("manifests/**/*.json")
    changed = msgspec.structs.replace(Manifest.from_json(manifest.read_bytes()), complete=False, proof=proof)
    manifest.write_bytes(changed.to_json())
    answer = cli("status")
    assert answer.code == 0
    assert "\x1b" not in answer.out
    assert proof.replace("\x1b", "\\x1b").replace("\x07", "\\x07") in answer.out


@pytest.mark.parametrize(("name", "data"), [("notes.txt", b"hello"), ("x.json", b"\xff\xfe{"), ("y.json", b"[]")])
def test_a_foreign_file_among_the_manifests_does_not_end_the_command(cli, loaded, name: str, data: bytes) -> None:
    [manifest] = loaded.rglob("manifests/**/*.json")
    manifest.with_name(name).write_bytes(data)
    answer = cli("status", "--json")
    assert (answer.code, len(answer.object["runs"])) == (0, 1)


def test_an_unknown_endpoint_ends_with_2(cli, loaded) -> None:
    answer = cli("status", "airport", "--json")
    assert (answer.code, answer.object["error"]["message"]) == (2, "Unknown endpoint 'airport'.")
    assert answer.object["error"]["remedy"].startswith("Did you mean 'airports'? Valid endpoints: ")


def test_a_range_that_ends_before_it_begins_ends_with_2(cli, loaded) -> None:
    answer = cli("status", "--from", DAY, "--to", BEFORE, "--json")
    assert (answer.code, answer.object["error"]["remedy"]) == (2, "Swap --from and --to.")
