from __future__ import annotations

import pytest

from tests.cli.conftest import AA, DAY


def test_run_ends_with_one_line_of_what_came_what_it_cost_and_where_it_is(cli, api) -> None:
    answer = cli("run", *AA)
    assert answer.code == 0
    assert answer.out.count("\n") == 1
    line = answer.out.strip()
    assert line.startswith("1 slice, ")
    assert " rows, 1 call (" in line
    assert " left this month); /" in line
    assert line.endswith(f"date={DAY}/{DAY}.airline_iata=AA.parquet; table aviationstack.flights in "
                         "duckdb:///data/aviastack.duckdb")  # fmt: skip


def test_progress_names_the_slice_before_the_first_answer(cli, api) -> None:
    assert cli("run", *AA).err.splitlines()[0] == f"flights {DAY}.airline_iata=AA: fetching page 0"


def test_a_final_date_is_announced_before_it_is_fetched_again(cli, loaded) -> None:
    answer = cli("run", *AA)
    assert answer.code == 0
    first, second, *_ = answer.err.splitlines()
    assert first.endswith(
        "fetching it again spends calls and returns the same rows. --max-age 90d reads the journal instead; "
        "backfill skips it."
    )
    assert "fetching page 0" in second


def test_max_age_reads_the_journal_and_says_how_old_the_rows_are(cli, loaded) -> None:
    answer = cli("run", *AA, "--max-age", "90d")
    assert (answer.code, answer.out.startswith("1 slice, "), " 0 calls" in answer.out) == (0, True, True)
    assert "no call spent; these rows are as of " in answer.err
    assert "spends calls" not in answer.err


def test_an_incomplete_slice_ends_with_3(cli, api) -> None:
    answer = cli("run", "flights", "--date", DAY, "--airline-iata", "ZZ", "--json")
    assert (answer.code, answer.slice["complete"]) == (3, False)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("fligths",), "Unknown endpoint 'fligths'. Did you mean 'flights'? Valid endpoints: flights, timetable"),
        (
            ("flights", "--airlin-iata", "AA"),
            "Unknown option '--airlin-iata' for flights. Did you mean '--airline-iata'?",
        ),
        (("flights", "--jsn"), "Unknown option '--jsn' for flights. Did you mean '--json'?"),
        (("flights", "AA"), "Unexpected argument 'AA'."),
        (("flights", "--airline-iata", "AA", "--airline-iata", "DL"), "--airline-iata is given twice."),
        (
            ("flights", "--date", DAY, "--flight-date", "2026-01-01"),
            f"--date {DAY} and --flight-date 2026-01-01 differ",
        ),
        (("flights", "--max-age", "2 weeks"), "Invalid --max-age '2 weeks': write a number and a unit: 90s, 30m, 12h"),
        (("flights", "--pace", "fast"), "Invalid pace 'fast': use CALLS/SECONDS, for example 5/s or 1/10s, or 'off'."),
        (("airports", "--date", DAY), f"airports has no dates, so --date {DAY} is invalid."),
        ((), "Missing argument 'ENDPOINT'."),
    ],
)
def test_a_wrong_argument_names_the_value_and_the_fix(cli, words, message) -> None:
    answer = cli("run", *words, "--json")
    assert answer.code == 2
    assert message in f"{answer.object['error']['message']} {answer.object['error']['remedy']}"
    assert answer.err.startswith("error: ")


def test_a_missing_extra_is_an_error_before_any_call(cli, api, monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib.util

    found = importlib.util.find_spec
    missing = ("gcsfs", "snowflake.connector", "redis")
    monkeypatch.setattr("aviastack.extras.find_spec", lambda name: None if name in missing else found(name))
    for option, value, extra in (
        ("--staging", "gs://bucket/raw", "gcs"),
        ("--warehouse", "snowflake://NAME", "snowflake"),
    ):
        answer = cli("run", *AA, option, value, "--json")
        error = answer.object["slices"][0]["error"] if "slices" in answer.object else answer.object["error"]
        assert (answer.code, error["type"]) == (2, "MissingExtra")
        assert error["remedy"] == f"Install it: pip install 'aviastack[{extra}]'"
    monkeypatch.setenv("AVIASTACK_PACE_STORE", "redis://localhost")
    answer = cli("run", *AA, "--json")
    assert (answer.code, answer.object["error"]["type"]) == (2, "MissingExtra")
