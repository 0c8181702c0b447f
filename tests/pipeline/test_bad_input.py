"""Bad input: one clear message that names the value, the rule and the remedy; its exit code; nothing half-written."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

TOMORROW_EVERYWHERE = (datetime.now(UTC) + timedelta(days=2)).date().isoformat()
SETTLED = (datetime.now(UTC).date() - timedelta(days=4)).isoformat()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (
            ("flights", "--date", "2026-13-01"),
            "'2026-13-01' is not a valid value of 'flight_date'. Set it to a date as YYYY",
        ),
        (("flights", "--date", TOMORROW_EVERYWHERE), "is in the future: the latest date is"),
        (("flights", "--airline-iata", "AAAAA"), "'AAAAA' is not a valid value of 'airline_iata'"),
        (
            ("flights", "--airline", "AA"),
            "Unknown option '--airline' for flights. Did you mean '--airline-name' or '--airline-iata' or",
        ),
        (("flights", "--airline-iata"), "--airline-iata needs a value"),
        (("flihgts",), "Unknown endpoint 'flihgts'. Did you mean 'flights'? Valid endpoints: flights, timetable"),
        (("airports", "--date", SETTLED), "airports has no dates"),
        (("timetable", "--type", "departure"), "timetable requires the parameter 'iataCode'"),
        (("flights", "--pace", "fast"), "Invalid pace 'fast': use CALLS/SECONDS, for example 5/s"),
        (("flights", "--warehouse", "mysql://x"), "Invalid warehouse 'mysql://x': write duckdb:///relative/file"),
        (("flights", "--staging", "s3://bucket"), "'s3://bucket' is neither a folder nor a gs:// address"),
    ],
)
def test_a_wrong_request_ends_with_2_before_any_call(simulated, cli, words: tuple[str, ...], expected: str) -> None:
    with simulated(flights_per_day=2_000) as api:
        answer = cli("run", *words, "--json")
        assert (answer.code, api.asked()) == (2, 0), answer.err
    error = answer.object["error"]
    assert expected in f"{error['message']} {error['remedy']}"
    assert expected.split("'", 1)[0] in " ".join(answer.err.split())


def test_an_unknown_airline_comes_back_empty_which_is_not_complete(simulated, cli) -> None:
    with simulated(flights_per_day=2_000):
        answer = cli("run", "flights", "--date", SETTLED, "--airline-iata", "ZZ", "--json")
    assert answer.code == 3
    assert "empty" in answer.slice["proof"]
    assert "ZZ" in answer.err


def test_a_missing_key_is_told_before_any_call(simulated, cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AVIASTACK_ACCESS_KEY")
    with simulated() as api:
        answer = cli("run", "flights", "--date", SETTLED, "--json")
        assert (answer.code, answer.object["error"]["type"], api.asked()) == (4, "KeyRefused", 0)
    assert "AVIASTACK_ACCESS_KEY" in answer.object["error"]["remedy"]


def test_a_refused_key_is_asked_once(simulated, cli) -> None:
    with simulated(key="another") as api:
        answer = cli("run", "flights", "--date", SETTLED, "--json")
        assert (answer.code, answer.object["error"]["type"], api.asked()) == (4, "KeyRefused", 1)


def test_a_plan_known_not_to_serve_dates_is_told_before_any_call(simulated, cli) -> None:
    with simulated(plan="free") as api:
        answer = cli("run", "flights", "--date", SETTLED, "--json")
        assert (answer.code, answer.object["error"]["type"], api.asked()) == (4, "PlanRefused", 0)


def test_an_account_that_does_not_serve_dates_is_asked_once(simulated, cli, monkeypatch: pytest.MonkeyPatch) -> None:
    with simulated(plan="free") as api:
        monkeypatch.setenv("AVIASTACK_PLAN", "basic")
        answer = cli("run", "flights", "--date", SETTLED, "--json")
        assert (answer.code, answer.object["error"]["type"], api.asked()) == (4, "PlanRefused", 1)
        assert answer.object["calls"] == answer.slice["calls"] == 1, "the API charges a call that it refuses"


def test_an_api_that_is_not_there_is_unavailable(cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AVIASTACK_BASE_URL", "http://127.0.0.1:9/v1")
    answer = cli("run", "flights", "--date", SETTLED, "--json")
    assert (answer.code, answer.object["error"]["type"]) == (7, "ApiUnavailable")
    assert "127.0.0.1:9" in answer.object["error"]["message"]


def test_a_spent_month_ends_with_5_and_keeps_what_is_done(simulated, cli) -> None:
    with simulated(flights_per_day=9_500, quota=4, plan="business") as api:
        answer = cli("run", "flights", "--date", SETTLED, "--json")
        assert (answer.code, answer.object["error"]["type"]) == (5, "QuotaExhausted")
        assert api.asked() <= 5
    assert list(Path("data/staging/journal").rglob("*.pages"))
    assert not list(Path("data/staging").rglob("*.parquet"))


def test_a_held_folder_is_told(simulated, cli) -> None:
    Path("blocked").write_text("a file where the folder should be")
    with simulated() as api:
        answer = cli("run", "flights", "--date", SETTLED, "--staging", "blocked/staging", "--json")
        assert (answer.code, answer.object["error"]["type"], api.asked()) == (6, "StagingUnavailable", 0)


def test_the_process_ends_with_its_code_once_threads_and_what_waits_for_the_end_are_done() -> None:
    code = (
        "import atexit, sys, threading, time; from aviastack.cli.main import command; sys.argv = ['aviastack', 'frob'];"
        "threading.Thread(target=lambda: (time.sleep(0.2), print('a thread'))).start();"
        "atexit.register(print, 'what was registered'); command()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.splitlines()) == (2, ["a thread", "what was registered"])
    assert "No such command" in done.stderr


def test_a_reader_that_leaves_early_draws_no_traceback() -> None:
    shown = subprocess.run(
        [f"{sys.executable} -m aviastack --help | head -1"], shell=True, capture_output=True, text=True, check=False
    )
    assert (shown.returncode, shown.stderr) == (0, "")
