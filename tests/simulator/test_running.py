"""Ways to run it, and what it costs."""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
import threading
import urllib.request
from typing import Any

import pytest

from aviastack.simulator import Simulator, SimulatorOptions, running_simulator
from aviastack.simulator.server import Server

PAGING = """
import resource, urllib.request
from aviastack.simulator import running_simulator

def held():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024

with running_simulator(today=__import__("datetime").date(2026, 11, 21), flights_per_day=300_000, gzip=False) as url:
    def fetch(offset, day):
        query = f"access_key=k&limit=1000&offset={offset}&flight_date=2026-11-{day:02}"
        with urllib.request.urlopen(f"{url}/flights?{query}") as answer:
            return len(answer.read())

    fetch(0, 1)
    first, sent = held(), 0
    for offset in range(0, 300_000, 1000):
        sent += fetch(offset, 1)
    for day in range(2, 7):
        sent += fetch(150_000, day)
    print(sent // 2**20, held() - first)
"""


@pytest.mark.slow
def test_a_day_of_300_000_flights_is_never_held_whole() -> None:
    run = subprocess.run([sys.executable, "-c", PAGING], capture_output=True, text=True, check=True)
    sent, grown = map(int, run.stdout.split())
    assert sent > 250
    assert grown < 250


def test_importing_it_loads_neither_the_server_nor_polars() -> None:
    code = (
        "import sys, aviastack.simulator; print([m for m in ('polars', 'aiohttp', 'airportsdata') if m in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


async def test_the_key_of_a_request_is_in_no_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with Simulator(flights_per_day=500) as simulator:
        await asyncio.to_thread(lambda: urllib.request.urlopen(f"{simulator.url}/flights?access_key=secret123").close())
    assert "secret123" not in caplog.text


async def test_it_runs_in_the_caller_s_loop() -> None:
    async with Simulator(flights_per_day=500) as simulator:
        answer = await asyncio.to_thread(urllib.request.urlopen, f"{simulator.url}/flights?access_key=k")
        with answer:
            assert answer.status == 200


def test_it_runs_beside_synchronous_code_and_leaves_no_thread() -> None:
    before = threading.active_count()
    with (
        running_simulator(SimulatorOptions(flights_per_day=500), seed=2) as url,
        urllib.request.urlopen(f"{url}/flights?access_key=k") as answer,
    ):
        assert answer.status == 200
    assert threading.active_count() == before


def test_it_listens_on_this_machine_alone() -> None:
    with running_simulator(flights_per_day=500) as url:
        assert url.startswith("http://127.0.0.1:")


async def test_many_at_once_are_counted_and_answered_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    import aiohttp

    answer, everyone = Server._answer, asyncio.Barrier(16)

    async def once_all_have_asked(server: Server, *asked: Any) -> Any:
        await everyone.wait()
        return await answer(server, *asked)

    monkeypatch.setattr(Server, "_answer", once_all_have_asked)
    async with Simulator(flights_per_day=2_000) as simulator, aiohttp.ClientSession() as session:

        async def body() -> bytes:
            query = {"access_key": "k", "flight_date": "2026-11-01"}
            async with session.get(f"{simulator.url}/flights", params=query) as answer:
                return await answer.read()

        assert len(set(await asyncio.gather(*(body() for _ in range(16))))) == 1
        async with session.get(f"{simulator.root}/_sim/stats") as answer:
            assert (await answer.json())["most_at_once"] == 16
