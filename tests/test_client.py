from __future__ import annotations

import importlib.util
import logging
import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from aviastack import AviationStack, BadRequest, BudgetExhausted, MissingExtra, fetch_flights
from aviastack.client import FIVE_FIELDS

SETTLED = (datetime.now(UTC).date() - timedelta(days=4)).isoformat()
KEY = "00112233445566778899aabbccddeeff"


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AVIASTACK_ACCESS_KEY", KEY)
    monkeypatch.setenv("AVIASTACK_PACE", "off")


def test_fetch_flights_gives_the_five_fields(simulated, here) -> None:
    with simulated(flights_per_day=3_000):
        rows = fetch_flights(flight_date=SETTLED, airline_iata="DL")
    assert rows
    assert all(tuple(row) == FIVE_FIELDS for row in rows)
    assert {row["flight_date"] for row in rows} == {date.fromisoformat(SETTLED)}


def test_fetch_flights_gives_every_column_when_asked(simulated, here) -> None:
    with simulated(flights_per_day=3_000):
        rows = fetch_flights(flight_date=SETTLED, airline_iata="DL", fields="all")
    assert {"flight_key", "departure_scheduled_utc", "_extracted_at", "_unmapped"} <= set(rows[0])


async def test_fetch_flights_works_where_a_loop_is_running(simulated, here) -> None:
    with simulated(flights_per_day=3_000):
        assert fetch_flights(flight_date=SETTLED, airline_iata="DL")


def test_asking_again_answers_from_the_journal(simulated, here) -> None:
    with simulated(flights_per_day=3_000) as api:
        first = fetch_flights(flight_date=SETTLED)
        asked = api.asked()
        assert fetch_flights(flight_date=SETTLED) == first
        assert api.asked() == asked
        fetch_flights(flight_date=SETTLED, max_age=None)
        assert api.asked() == 2 * asked


async def test_settled_rows_come_while_pages_are_on_their_way(simulated, here) -> None:
    with simulated(flights_per_day=60_000, answers=40) as api:
        async with AviationStack(concurrency=2) as stack:
            rows = stack.flights(flight_date=SETTLED)
            count = 0
            async for batch in rows:  # the first batch while the API still holds a third of the pages
                api.opened.set()
                count += batch.num_rows
    assert rows.manifest is not None
    assert count == rows.manifest.rows == rows.manifest.total


async def test_leaving_the_loop_early_stops_asking_and_keeps_the_pages(simulated, here) -> None:
    with simulated(flights_per_day=60_000, answers=40) as api:
        async with AviationStack(concurrency=2) as stack:
            stream = aiter(stack.flights(flight_date=SETTLED))
            await anext(stream)
            await stream.aclose()
        assert api.asked() <= 42
        api.opened.set()
        async with AviationStack() as stack:
            rows = stack.flights(flight_date=SETTLED)
            table = await rows.to_arrow()
        assert api.asked() <= -(-table.num_rows // 1000) + 4


async def test_frames_are_the_same_rows(simulated, here) -> None:
    with simulated(flights_per_day=2_000):
        async with AviationStack() as stack:
            query = stack.flights(flight_date=SETTLED, airline_iata="DL")
            arrow, polars, pandas = await query.to_arrow(), await query.to_polars(), await query.to_pandas()
    assert arrow.num_rows == polars.height == len(pandas) > 0
    assert arrow.column_names == polars.columns == list(pandas.columns)


def test_the_generated_methods_are_what_the_declarations_say() -> None:
    path = Path(__file__).parents[1] / "docs" / "generate_methods.py"
    spec = importlib.util.spec_from_file_location("generate_methods", path)
    assert spec is not None
    assert spec.loader is not None
    generate = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generate)
    assert generate.MODULE.read_text(encoding="utf-8") == generate.module(), "stale: run make docs"


def test_every_endpoint_can_be_fetched_without_a_coroutine(simulated, here) -> None:
    with simulated(flights_per_day=2_000):
        api = AviationStack()
        countries = api.countries()
        assert len(countries.fetch()) == countries.fetch_polars().height == len(countries.fetch_pandas()) > 100
        assert countries.manifest is not None
        assert "timetable_key" in api.timetable(iataCode="JFK", type="departure").fetch_arrow().column_names


def test_a_mistyped_name_is_refused_with_a_suggestion_before_any_call(simulated, here) -> None:
    with simulated(flights_per_day=2_000) as api:
        with pytest.raises(BadRequest, match=r"'airlin_name'.* Did you mean 'airline_name'"):
            fetch_flights(flight_date=SETTLED, fields=("airlin_name",))
        with pytest.raises(BadRequest, match=r"'flite_date'.* Did you mean 'flight_date'"):
            fetch_flights(flite_date=SETTLED)
        with pytest.raises(BadRequest, match=r"'flite_date'.* Did you mean 'flight_date'"):
            AviationStack().flights(flite_date=SETTLED)
        with pytest.raises(BadRequest, match=r"'max_cals'.* Did you mean 'max_calls'"):
            AviationStack(max_cals=1)
        with pytest.raises(BadRequest, match=r"'fligths'.* Did you mean 'flights'"):
            AviationStack().rows("fligths")
        with pytest.raises(AttributeError, match=r"'flihgts'. Did you mean 'flights'"):
            _ = AviationStack().flihgts
        assert api.asked() == 0


def test_a_missing_extra_is_refused_before_any_call(simulated, here, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aviastack.extras.find_spec", lambda _: None)
    with simulated(flights_per_day=2_000) as api:
        with pytest.raises(MissingExtra, match=r"pip install 'aviastack\[notebook\]'"):
            AviationStack().flights(flight_date=SETTLED).fetch_pandas()
        assert api.asked() == 0


def test_operating_only_leaves_codeshares_out(simulated, here) -> None:
    with simulated(flights_per_day=3_000):
        every = fetch_flights(flight_date=SETTLED, fields=("flight_iata", "codeshared_flight_iata"))
        operating = fetch_flights(flight_date=SETTLED, fields=("flight_iata",), operating_only=True)
    flown = [row["flight_iata"] for row in every if row["codeshared_flight_iata"] is None]
    assert [row["flight_iata"] for row in operating] == flown
    assert 0 < len(flown) < len(every)


def test_a_notebook_shows_rows_before_and_after_they_are_fetched_with_everything_escaped(simulated, here) -> None:
    with simulated(flights_per_day=2_000):
        rows = AviationStack().airports(search="<b>x")
        assert "not fetched yet" in rows._repr_html_()
        assert "&lt;b&gt;x" in rows._repr_html_()
        rows.fetch()
        assert "<th>proof</th>" in rows._repr_html_()


def test_progress_is_shown_on_request(simulated, here, capfd: pytest.CaptureFixture[str]) -> None:
    with simulated(flights_per_day=2_000):
        fetch_flights(flight_date=SETTLED, progress=True)
    assert "complete" in capfd.readouterr().err


STOPPED = """
import asyncio, os, signal, sys, threading
from aviastack import fetch_flights

def interrupt():
    import time, json, urllib.request
    while True:
        with urllib.request.urlopen(os.environ["STATS"]) as answer:
            if json.load(answer)["requests"] > 3:
                os.kill(os.getpid(), signal.SIGINT)
                return
        time.sleep(0.02)

threading.Thread(target=interrupt, daemon=True).start()
def cell():
    fetch_flights(flight_date=sys.argv[1], concurrency=1)

async def in_asyncio_run():
    cell()

async def _cell():
    cell()

def in_a_notebook():  # a loop that runs, without the signal handler of asyncio.run
    asyncio.new_event_loop().run_until_complete(_cell())

try:
    asyncio.run(in_asyncio_run()) if sys.argv[2] == "asyncio.run" else in_a_notebook()
except KeyboardInterrupt:
    print("interrupted")
"""


@pytest.mark.parametrize("how", ["asyncio.run", "notebook"])
def test_an_interrupt_stops_fetch_flights_and_the_pages_are_kept(simulated, here, how: str) -> None:
    with simulated(flights_per_day=60_000, answers=3) as api:
        env = {**os.environ, "STATS": api.url.removesuffix("/v1") + "/_sim/stats"}
        words = [sys.executable, "-c", STOPPED, SETTLED, how]
        done = subprocess.run(words, env=env, capture_output=True, text=True, check=False)
        api.opened.set()
        assert done.stdout == "interrupted\n", done.stderr
        assert api.asked() == 4
        rows = fetch_flights(flight_date=SETTLED)
        assert api.asked() <= -(-len(rows) // 1000) + 1, "the pages that had arrived are not fetched again"


async def test_every_endpoint_is_a_method(simulated, here) -> None:
    with simulated(flights_per_day=2_000):
        async with AviationStack() as stack:
            countries = await stack.countries().to_arrow()
            board = await stack.timetable(iataCode="JFK", type="departure").to_arrow()
    assert countries.num_rows > 100
    assert "timetable_key" in board.column_names
    with pytest.raises(AttributeError, match="no endpoint 'trains'"):
        _ = stack.trains


async def test_a_query_over_the_budget_stops_after_page_0(simulated, here) -> None:
    with simulated(flights_per_day=9_500) as api:
        async with AviationStack(max_calls=3) as stack:
            with pytest.raises(BudgetExhausted, match=r"would cost \d+ more calls"):
                await stack.flights(flight_date=SETTLED).to_arrow()
        assert api.asked() == 1


def test_a_wrong_query_is_refused_before_a_session_opens(here) -> None:
    with pytest.raises(BadRequest, match="'airline' is not a parameter of flights"):
        fetch_flights(airline="AA")


def test_an_incomplete_answer_is_given_with_a_warning(simulated, here, caplog: pytest.LogCaptureFixture) -> None:
    with simulated(flights_per_day=2_000), caplog.at_level(logging.WARNING):
        assert fetch_flights(flight_date=SETTLED, airline_iata="ZZ") == []
    assert "incomplete" in caplog.text


def test_a_process_forked_after_use_gets_an_error_and_does_not_hang(simulated, here) -> None:
    code = (
        "import os, sys\nfrom aviastack import BadRequest, fetch_flights\n"
        "def fetch(): return fetch_flights(flight_date=sys.argv[1], airline_iata='DL', max_age=None)\n"
        "assert fetch()\nif os.fork() == 0:\n"
        "    try: fetch()\n"
        "    except BadRequest as error: print(error, flush=True)\n"
        "    os._exit(0)\nos.wait()"
    )
    with simulated(flights_per_day=3_000) as api:
        words = [sys.executable, "-c", code, SETTLED]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        assert "was forked after its parent had used aviastack" in done.stdout, done.stderr
        assert "spawn" in done.stdout
        assert api.asked() == 1, "the child made no call"
