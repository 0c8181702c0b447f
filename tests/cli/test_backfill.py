from __future__ import annotations

import pytest

from tests.cli.conftest import BEFORE, DAY

RANGE = ("flights", "--from", BEFORE, "--to", DAY, "--airline-iata", "AA")


def test_backfill_skips_final_dates_and_says_why(cli, loaded) -> None:
    answer = cli("backfill", *RANGE)
    assert answer.code == 0
    assert answer.out.startswith("2 slices, ")
    assert ", 1 call (" in answer.out
    assert (
        "1 of 2 slices skipped: complete, and fetched after their date had settled. --again fetches them" in answer.err
    )


def test_again_fetches_final_dates(cli, loaded) -> None:
    answer = cli("backfill", *RANGE, "--again", "--json")
    assert (answer.code, answer.object["calls"]) == (0, 2)


def test_a_spent_budget_ends_with_5_and_says_what_was_not_begun(cli, api) -> None:
    answer = cli("backfill", *RANGE, "--max-calls", "0")
    assert answer.code == 5
    assert "error: 2 slices: " in answer.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--from", DAY), "Missing option '--to'."),
        (("--from", DAY, "--to", BEFORE), f"--from {DAY} is after --to {BEFORE}."),
        (("--from", "yesterday", "--to", DAY), "Invalid date 'yesterday'."),
        (("--from", BEFORE, "--to", DAY, "--flight-date", DAY), "--flight-date and --from exclude each other."),
    ],
)
def test_a_wrong_range_ends_with_2(cli, words, message) -> None:
    answer = cli("backfill", "flights", *words, "--json")
    assert (answer.code, answer.object["error"]["message"]) == (2, message)


def test_an_error_that_every_slice_meets_is_printed_once(cli, api, monkeypatch) -> None:
    monkeypatch.delenv("AVIASTACK_ACCESS_KEY")
    answer = cli("backfill", *RANGE)
    assert answer.code == 4
    [line] = [text for text in answer.err.splitlines() if text.startswith("error: ")]
    assert line.startswith("error: 2 slices: No access key is set.")
