"""A run is frugal, resumable and honest: what it asks, what it keeps, what it says."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from aviastack.warehouse.duckdb import DuckDB

SETTLED = (datetime.now(UTC).date() - timedelta(days=4)).isoformat()
TODAY = datetime.now(UTC).date().isoformat()


def parquet_files() -> list[str]:
    return sorted(str(path) for path in Path("data/staging").rglob("*.parquet"))


def test_a_settled_day_costs_exactly_its_pages(simulated, cli) -> None:
    with simulated(flights_per_day=8_500) as api:
        answer = cli("run", "flights", "--date", SETTLED, "--json")
        assert answer.code == 0, answer.err
        assert api.asked() == answer.object["calls"] == -(-answer.slice["total"] // 1000)
    assert answer.slice["rows"] == answer.slice["total"]
    assert answer.slice["staged"] == [f"flights/date={SETTLED}/{SETTLED}.parquet"]


def test_the_plan_costs_one_call_and_the_run_uses_it(simulated, cli) -> None:
    with simulated(flights_per_day=3_000) as api:
        plan = cli("plan", "flights", "--date", SETTLED, "--json")
        assert plan.code == 0, plan.err
        assert api.asked() == 1
        assert cli("run", "flights", "--date", SETTLED, "--json").code == 0
        assert api.asked() == 1 + plan.object["calls"]


def test_an_estimate_costs_nothing(simulated, cli) -> None:
    with simulated() as api:
        answer = cli("plan", "flights", "--date", SETTLED, "--estimate", "--json")
        assert answer.code == 0, answer.err
        assert api.asked() == 0
    assert answer.object["slices"][0]["rows"] == 92_000


def test_extract_then_load_is_a_run(simulated, cli, query) -> None:
    with simulated(flights_per_day=2_000) as api:
        extracted = cli("extract", "flights", "--date", SETTLED, "--json")
        assert extracted.code == 0, extracted.err
        assert extracted.slice["inserted"] is None
        asked = api.asked()
        loaded = cli("load", extracted.slice["manifest"], "--json")
        assert loaded.code == 0, loaded.err
        assert loaded.slice["inserted"] == extracted.slice["rows"]
        assert api.asked() == asked
    assert query("select count(*) from aviationstack.flights") == [(extracted.slice["rows"],)]


def test_a_run_loads_what_was_extracted_before_and_asks_nothing(simulated, cli) -> None:
    with simulated(flights_per_day=2_000) as api:
        extracted = cli("extract", "flights", "--date", SETTLED, "--json")
        asked = api.asked()
        answer = cli("run", "flights", "--date", SETTLED, "--json")
        assert (answer.code, answer.object["calls"], api.asked()) == (0, 0, asked)
    assert answer.slice["run_id"] == extracted.slice["run_id"]
    assert answer.slice["inserted"] == extracted.slice["rows"]


def test_a_replay_asks_nothing_and_wins_over_the_run_it_repeats(simulated, cli, query) -> None:
    with simulated(flights_per_day=2_000) as api:
        first = cli("run", "flights", "--date", SETTLED, "--json")
        asked = api.asked()
    answer = cli("replay", "flights", "--date", SETTLED, "--json")
    assert answer.code == 0, answer.err
    assert answer.slice["run_id"] > first.slice["run_id"]
    assert (answer.slice["rows"], answer.slice["inserted"], answer.slice["updated"]) == (first.slice["rows"], 0, 0)
    assert asked == first.object["calls"]
    assert query("select count(distinct _run_id), min(_run_id) from aviationstack.flights") == [
        (1, answer.slice["run_id"])
    ]


def test_a_killed_run_goes_on_with_the_pages_that_are_missing(simulated, cli, tmp_path: Path) -> None:
    with simulated(flights_per_day=40_000, answers=12) as api:
        command = [sys.executable, "-m", "aviastack", "run", "flights", "--date", SETTLED, "--concurrency", "4"]
        process = subprocess.Popen(command, env=os.environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        while api.asked() <= 12 and process.poll() is None:
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        api.opened.set()
        before = api.asked()
        answer = cli("run", "flights", "--date", SETTLED, "--concurrency", "4", "--json")
        assert answer.code == 0, answer.err
        pages = -(-answer.slice["total"] // 1000)
        assert before < pages, "the run was over before it was killed"
        assert answer.slice["rows"] == answer.slice["total"]
        assert api.asked() <= pages + 9  # in flight or not yet in the journal when it was killed


def test_a_budget_stops_after_page_0_and_page_0_is_not_paid_again(simulated, cli) -> None:
    with simulated(flights_per_day=9_500) as api:
        refused = cli("run", "flights", "--date", SETTLED, "--max-calls", "5", "--json")
        assert refused.code == 5
        assert refused.object["error"]["type"] == "BudgetExhausted"
        assert "the limit of 5 calls per run leaves 4" in refused.object["error"]["message"]
        assert api.asked() == 1
        answer = cli("run", "flights", "--date", SETTLED, "--json")
        assert answer.code == 0, answer.err
        assert api.asked() == -(-answer.slice["total"] // 1000)


def test_a_moving_day_is_complete_by_its_seams_and_each_key_stands_once(simulated, cli, query) -> None:
    with simulated(flights_per_day=30_000):
        answer = cli("run", "flights", "--date", TODAY, "--json")
    assert answer.code == 0, answer.err
    assert answer.slice["complete"]
    assert "joined by shared rows" in answer.slice["proof"]
    assert query("select count(*), count(distinct flight_key) from aviationstack.flights") == [
        (answer.slice["rows"], answer.slice["rows"])
    ]


def test_the_window_is_never_complete_its_rows_are_kept_and_nothing_is_removed(simulated, cli, query) -> None:
    with simulated(flights_per_day=30_000, window=10_000):
        answer = cli("run", "flights", "--date", SETTLED, "--json")
    assert answer.code == 3
    assert not answer.slice["complete"]
    assert all(path.startswith("partial/flights/") for path in answer.slice["staged"])
    assert answer.slice["inserted"] == answer.slice["rows"] > 0
    assert answer.slice["removed"] == 0
    assert query("select complete from aviationstack._loads") == [(False,)]


def test_a_backfill_asks_each_date_once_and_not_again(simulated, cli) -> None:
    first = (date.fromisoformat(SETTLED) - timedelta(days=2)).isoformat()
    with simulated(flights_per_day=20_000) as api:
        words = ("backfill", "flights", "--from", first, "--to", SETTLED, "--airline-iata", "AA,DL", "--json")
        answer = cli(*words)
        assert answer.code == 0, answer.err
        names = [entry["slice"] for entry in answer.object["slices"]]
        assert len(names) == 6
        assert names[0].startswith(SETTLED)
        asked = api.asked()
        assert answer.object["calls"] == asked
        assert cli(*words).object["calls"] == 0
        assert api.asked() == asked


@pytest.mark.parametrize(
    "endpoint", ["airports", "airlines", "airplanes", "aircraft_types", "taxes", "cities", "countries", "routes"]
)
def test_every_table_runs(simulated, cli, query, endpoint: str) -> None:
    with simulated(flights_per_day=2_000):
        answer = cli("run", endpoint, "--json")
    assert answer.code == 0, answer.err
    assert answer.slice["complete"]
    assert query(f"select count(*) from aviationstack.{endpoint}") == [(answer.slice["rows"],)]
    assert answer.slice["rows"] > 0


@pytest.mark.parametrize("board", ["departure", "arrival"])
def test_boards_run(simulated, cli, query, board: str) -> None:
    with simulated(flights_per_day=20_000):
        timetable = cli("run", "timetable", "--iata-code", "JFK", "--type", board, "--json")
        day = (datetime.now(UTC).date() + timedelta(days=14)).isoformat()
        future = cli("run", "flightsFuture", "--date", day, "--iata-code", "JFK", "--type", board, "--json")
    for table, answer in (("timetable", timetable), ("flights_future", future)):
        assert answer.code == 0, answer.err
        assert answer.object["calls"] == 1
        assert query(f"select count(*) from aviationstack.{table}") == [(answer.slice["rows"],)]


def test_a_held_warehouse_costs_no_call(simulated, cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(DuckDB.__init__.__kwdefaults__, "wait", 0.5)
    Path("data").mkdir()
    code = "import duckdb, sys; c = duckdb.connect('data/aviastack.duckdb'); print(1, flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        with simulated(flights_per_day=2_000) as api:
            answer = cli("run", "flights", "--date", SETTLED, "--json")
            assert answer.code == 6
            assert "aviastack.duckdb" in answer.object["error"]["message"]
            assert api.asked() == 0
        holder.kill()


def test_a_full_disk_is_told_and_leaves_nothing_half_written(simulated, cli) -> None:
    code = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000)); import signal;"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); from aviastack.cli.main import main; sys.argv[0] = 'aviastack';"
        "main()"
    )
    with simulated(flights_per_day=20_000):
        words = ["extract", "flights", "--date", SETTLED, "--json"]
        done = subprocess.run(
            [sys.executable, "-c", code, *words], capture_output=True, text=True, env=os.environ, check=False
        )
    assert done.returncode == 6, done.stderr
    assert json.loads(done.stdout)["error"]["type"] == "StagingUnavailable"
    assert parquet_files() == []


def test_a_file_that_is_not_ours_is_refused(simulated, cli) -> None:
    with simulated(flights_per_day=2_000):
        extracted = cli("extract", "flights", "--date", SETTLED, "--json")
    Path("data/staging", extracted.slice["staged"][0]).write_bytes(b"not Parquet at all")
    answer = cli("load", extracted.slice["manifest"], "--json")
    assert answer.code in (3, 6)
    assert answer.object["error"]["message"]


def test_status_tells_runs_and_quota_without_a_call(simulated, cli) -> None:
    with simulated(flights_per_day=2_000, quota=500) as api:
        ran = cli("run", "flights", "--date", SETTLED, "--json")
        asked = api.asked()
        answer = cli("status", "--json")
        assert api.asked() == asked
    assert answer.code == 0, answer.err
    assert [entry["run_id"] for entry in answer.object["runs"]] == [ran.slice["run_id"]]
    assert (answer.object["quota"]["limit"], answer.object["quota"]["remaining"]) == (500, 500 - asked)
    assert duckdb.connect("data/aviastack.duckdb", read_only=True)


def test_ctrl_c_says_what_is_kept_and_the_same_command_goes_on(simulated, cli) -> None:
    with simulated(plan="basic", answers=2) as api:
        words = ["extract", "flights", "--date", SETTLED, "--airline-iata", "AA", "--concurrency", "2", "--json"]
        running = subprocess.Popen(
            [sys.executable, "-m", "aviastack", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        while api.asked() < 3 and running.poll() is None:
            time.sleep(0.05)
        running.send_signal(signal.SIGINT)
        out, err = running.communicate()
        api.opened.set()
        assert running.returncode == 130, err
        assert json.loads(out)["error"]["type"] == "Interrupted"
        assert "in the journal" in err
        asked = api.asked()
        finished = cli(*words)
        pages = finished.slice["pages"]
        assert finished.code == 0
        assert asked < pages
        assert api.asked() <= pages + 4, "at most what was under way is asked again"


def test_asking_again_for_what_is_final_is_done_and_told_to_be_for_nothing(simulated, cli) -> None:
    with simulated(flights_per_day=2_000) as api:
        cli("extract", "flights", "--date", SETTLED)
        once = api.asked()
        assert "spends calls and returns the same rows" not in cli("run", "flights", "--date", SETTLED).err, (
            "it loads what was extracted"
        )
        assert api.asked() == once
        assert "spends calls and returns the same rows" in cli("run", "flights", "--date", SETTLED).err
        assert api.asked() == 2 * once
        assert (
            "spends calls and returns the same rows"
            not in cli("run", "flights", "--date", SETTLED, "--max-age", "1d").err
        )
        assert api.asked() == 2 * once
