from __future__ import annotations

import shutil

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
    assert (answer.code, answer.object["error"]["type"]) == (6, "StagingUnavailable")
    assert DAY in answer.object["error"]["message"]
