from __future__ import annotations

import pytest

from tests.cli.conftest import AA, BEFORE, DAY


def test_plan_costs_one_call_that_the_run_reuses(cli, api) -> None:
    planned = cli("plan", *AA, "--json")
    assert (planned.code, len(planned.object["slices"])) == (0, 1)
    ran = cli("run", *AA, "--json")
    assert (ran.code, ran.slice["calls"]) == (0, 0)


def test_an_estimate_counts_in_words(cli, loaded) -> None:
    answer = cli("plan", *AA, "--estimate")
    assert answer.code == 0
    assert "0 calls, less than a minute at this pace" in answer.out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--to", DAY), "--to needs --from."),
        (("--from", DAY), "--from needs --to."),
        (("--date", DAY, "--from", BEFORE, "--to", DAY), f"--date {DAY} and --from {BEFORE} exclude each other."),
    ],
)
def test_options_that_need_or_exclude_each_other_end_with_2_before_any_call(cli, words, message) -> None:
    answer = cli("plan", "flights", *words, "--json")
    assert (answer.code, answer.object["error"]["message"]) == (2, message)


def test_an_estimate_without_an_earlier_run_is_a_lower_bound(cli, api) -> None:
    answer = cli("plan", *AA, "--estimate")
    assert answer.out.splitlines()[-1].startswith("at least 0 calls, ")
    assert "1 slice without an earlier run." in answer.err
