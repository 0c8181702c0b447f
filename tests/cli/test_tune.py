from __future__ import annotations

from pathlib import Path

import pytest

pytestmark = pytest.mark.usefixtures("each_cost_once")


def test_without_a_run_on_record_it_says_that_sizes_are_assumed(cli) -> None:
    answer = cli("tune", "--airlines", "AA", "--plan", "basic")
    assert answer.code == 0
    assert "No run of these slices is on record, so the numbers of rows are assumed." in answer.err


def test_a_share_far_above_the_month_is_a_multiple(cli) -> None:
    answer = cli("tune", "--airlines", "AA,BA,DL,LH,QF", "--plan", "free")
    assert answer.code == 0
    assert "times the month's quota of 100 calls" in answer.out
    assert "000%" not in answer.out


def test_its_json_counts_retries_under_their_name(cli) -> None:
    answer = cli("tune", "--airlines", "AA", "--plan", "basic", "--json")
    assert (answer.code, answer.object["calls"], answer.object["retried"]) == (0, 0, 0)


@pytest.mark.parametrize(
    "words",
    [
        ("--max-calls", "3"),
        ("--airlines", "A"),
        ("--plot", "."),
        ("--latency", "0"),
        ("--airlines", "AA,DL,UA,LH,BA", "--plan", "free", "--write"),
    ],
)
def test_options_that_cannot_be_met_end_with_2_and_write_nothing(cli, words: tuple[str, ...]) -> None:
    answer = cli("tune", *words)
    assert answer.code == 2
    assert answer.err.startswith("error: ")
    assert not Path("aviastack.toml").exists()
