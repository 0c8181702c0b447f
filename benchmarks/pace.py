"""Whether the pace is kept: against a server that counts a sliding window without slack, alone and through Redis.

    python benchmarks/pace.py [--seconds 60] [--pace 20/s --pace 5/s --pace 1/10s] [--json FILE]

The server admits ``calls`` in any ``period`` and answers 429 to the rest; the clients ask as fast as their pace lets
them, one process alone and four that share a real Redis (skipped if ``redis-server`` is not installed).
``share`` is the rate of admitted calls over the allowed rate, once all clients are up. Last, the CPU that the pace
itself takes at 200 calls a second, beside that of bare timers. Exits 1 if a call was refused or less than 98 %
reached.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.request import urlopen

from aiohttp import web

from aviastack.api.session import Api
from aviastack.endpoints import Rate
from aviastack.limits.pace import LocalPace, Schedule
from aviastack.settings import settings_from
from aviastack.slices import Slice

KEY = "0123456789abcdef0123456789abcdef"
LEAST, WORKERS, FEWEST = 0.98, 4, 12  # the share to reach, the processes, the calls that a rate is measured by


@dataclass(frozen=True)
class Row:
    pace: str
    processes: int
    calls: int
    seconds: float
    share: float
    refused: int

    @property
    def holds(self) -> bool:
        return self.refused == 0 and self.share >= LEAST


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60, help="a case, more if a pace is slow")
    parser.add_argument("--pace", action="append")
    parser.add_argument("--json", type=Path, help="write the figures here, too")
    arguments = parser.parse_args()
    print(
        "| pace | processes | calls | seconds | share of the allowed rate | 429s |\n|---|--:|--:|--:|--:|--:|",
        flush=True,
    )
    rows = []
    for pace in arguments.pace or ("20/s", "5/s", "1/10s"):
        for processes in (1, WORKERS) if shutil.which("redis-server") else (1,):
            row = measure(pace, processes, arguments.seconds)
            rows.append(row)
            print(
                f"| {row.pace} | {row.processes} | {row.calls} | {row.seconds:.0f} | {row.share:.2%} | {row.refused} |",
                flush=True,
            )
    cpu = {name: asyncio.run(cost(name)) for name in ("pace", "timers")}
    print(f"\nAt 200/s the pace takes {cpu['pace']:.2%} of a core, bare timers {cpu['timers']:.2%}.")
    if arguments.json:
        figures = {"rows": [asdict(row) | {"holds": row.holds} for row in rows], "cpu_at_200_a_second": cpu}
        arguments.json.write_text(json.dumps(figures, indent=2) + "\n")
    return 0 if all(row.holds for row in rows) else 1


def measure(pace: str, processes: int, seconds: float) -> Row:
    rate = Rate.of(pace)
    with tempfile.TemporaryDirectory() as folder, server(pace) as url, redis(processes) as store, _stopped() as workers:
        for number in range(processes):
            workers.append(_ourselves("ask", f"{url}/v1", pace, store, f"{folder}/{number}"))
        for worker in workers:
            worker.stdout.readline()  # it has opened its session
        asked = _figures(url)["admitted"]
        time.sleep(max(seconds, FEWEST * rate.gap))
        figures = _figures(url)
    times = figures["admitted"][len(asked) :]
    spent = times[-1] - times[0]
    return Row(
        pace, processes, len(times), spent, (len(times) - 1) / spent / rate.calls * rate.period, figures["refused"]
    )


async def serve(pace: str) -> None:
    """The API: a sliding window of admitted calls, and what it saw under ``/figures``."""
    rate, admitted, refused = Rate.of(pace), [], 0
    calls = int(rate.calls)

    async def handle(request: web.BaseRequest) -> web.Response:
        nonlocal refused
        now = time.monotonic()
        if request.path == "/figures":
            return web.json_response({"admitted": admitted, "refused": refused})
        if sum(now - before < rate.period for before in admitted[-calls:]) >= calls:
            refused += 1
            return web.json_response({"error": {"code": "rate_limit_reached", "message": "Slow down."}}, status=429)
        admitted.append(now)
        said = {"limit": 1, "offset": int(request.query["offset"]), "count": 0, "total": 0}
        return web.json_response({"pagination": said, "data": []})

    runner = web.ServerRunner(web.Server(handle, access_log=None))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(f"http://127.0.0.1:{runner.addresses[0][1]}", flush=True)
    await asyncio.Event().wait()


async def ask(url: str, pace: str, store: str, state: str) -> None:
    """A client that asks for ever, eight calls at a time."""
    settings = settings_from(base_url=url, access_key=KEY, pace=pace, pace_store=store or None, state=state)

    async def one(api: Api) -> None:
        while True:
            await api.fetch_page(Slice.of("flights"), offset=0, limit=1)

    async with Api(settings) as api:
        await api.quota()
        print("ready", flush=True)
        await asyncio.gather(*(one(api) for _ in range(8)))


async def cost(what: str, calls: int = 1000) -> float:
    """The share of a core that 200 slots a second take, or 200 timers, measured over ``calls`` of them."""
    rate = Rate.of("200/s")
    pace = LocalPace(Schedule(rate))
    spent = time.process_time()
    for _ in range(calls):
        if what == "timers":
            await asyncio.sleep(rate.gap)
            continue
        async with pace.queue:
            (await pace.slot()).sent()
    return (time.process_time() - spent) / calls * rate.calls


@contextmanager
def server(pace: str) -> Iterator[str]:
    with _stopped() as started:
        started.append(_ourselves("serve", pace))
        yield started[0].stdout.readline().decode().strip()


@contextmanager
def redis(processes: int) -> Iterator[str]:
    """Start a Redis if there are several processes; yield its address."""
    if processes == 1:
        yield ""
        return
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    with _stopped() as started:
        started.append(subprocess.Popen(["redis-server", *options], stdout=subprocess.DEVNULL))
        while socket.socket().connect_ex(("127.0.0.1", port)):
            time.sleep(0.02)
        yield f"redis://127.0.0.1:{port}/0"


@contextmanager
def _stopped() -> Iterator[list[subprocess.Popen]]:
    processes: list[subprocess.Popen] = []
    try:
        yield processes
    finally:
        for process in processes:
            process.kill()
            process.wait()


def _ourselves(*arguments: str) -> subprocess.Popen:
    return subprocess.Popen([sys.executable, __file__, *arguments], stdout=subprocess.PIPE)


def _figures(url: str) -> dict:
    with urlopen(f"{url}/figures") as answer:
        return json.load(answer)


if __name__ == "__main__":
    roles = {"serve": serve, "ask": ask}
    if len(sys.argv) > 1 and sys.argv[1] in roles:
        asyncio.run(roles[sys.argv[1]](*sys.argv[2:]))
    else:
        raise SystemExit(main())
