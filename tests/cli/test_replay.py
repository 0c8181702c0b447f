from __future__ import annotations

import shutil

from aviastack.errors import DamagedFile
from aviastack.pipeline import load as loads
from tests.cli.conftest import AA, BEFORE, DAY


def test_replay_stages_and_loads_again_without_a_call(cli, loaded) -> None:
    answer = cli("replay", *AA, "--json")
    assert (answer.code, answer.object["calls"], answer.slice["inserted"]) == (0, 0, 0)
    assert "rows, 0 calls, complete" in " ".join(answer.err.split())


def test_stage_only_does_not_load(cli, loaded) -> None:
    answer = cli("replay", *AA, "--stage-only", "--json")
    assert (answer.code, answer.slice["inserted"]) == (0, None)


def test_a_range_needs_both_ends(cli, loaded) -> None:
    answer = cli("replay", "flights", "--from", BEFORE, "--airline-iata", "AA", "--json")
    assert (answer.code, answer.object["error"]["message"]) == (2, "--from needs --to.")


def test_a_journal_that_is_gone_ends_with_6(cli, loaded) -> None:
    shutil.rmtree(loaded / "journal")
    answer = cli("replay", *AA, "--json")
    assert (answer.code, answer.object["error"]["type"]) == (6, "DamagedFile")
    assert DAY in answer.object["error"]["message"]


def test_a_damaged_slice_does_not_end_the_replay_of_the_others(cli, loaded) -> None:
    assert cli("run", "flights", "--date", BEFORE, "--airline-iata", "AA").code == 0
    [journal] = (loaded / "journal" / "flights" / f"{BEFORE}.airline_iata=AA").glob("2*")
    (journal / "coverage.json").write_bytes(b"{")
    answer = cli("replay", "flights", "--from", BEFORE, "--to", DAY, "--airline-iata", "AA", "--json")
    by_slice = {each["slice"]: each for each in answer.object["slices"]}
    damaged, whole = by_slice[f"{BEFORE}.airline_iata=AA"], by_slice[f"{DAY}.airline_iata=AA"]
    assert (answer.code, damaged["error"]["type"]) == (6, "DamagedFile")
    assert (whole["error"], whole["inserted"], whole["updated"]) == (None, 0, 0)
    assert BEFORE in answer.err


def test_rows_that_fail_their_audit_do_not_end_the_load_of_the_others(cli, loaded, monkeypatch) -> None:
    assert cli("run", "flights", "--date", BEFORE, "--airline-iata", "AA").code == 0

    def refuses_one(store, manifest) -> None:
        if manifest.slice.startswith(BEFORE):
            raise DamagedFile("It was changed.")

    monkeypatch.setattr(loads, "check_files", refuses_one)
    answer = cli("replay", "flights", "--from", BEFORE, "--to", DAY, "--airline-iata", "AA", "--json")
    by_slice = {each["slice"]: each for each in answer.object["slices"]}
    assert answer.code == 6
    assert by_slice[f"{BEFORE}.airline_iata=AA"]["error"]["message"] == "It was changed."
    assert by_slice[f"{DAY}.airline_iata=AA"]["inserted"] == 0
