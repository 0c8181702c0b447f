"""Servers that stand in for the API and for Redis, on loopback."""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web

from aviastack.api.retries import RetryPolicy
from aviastack.api.session import Api
from aviastack.slices import Slice

KEY = "5eC0ffee5eC0ffee5eC0ffee5eC0ffee"
QUICK = RetryPolicy(first=0.001, longest=0.002, jitter=0.001)
LIVE = Slice.of("flights")

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


class ScriptedApi:
    """An API on loopback whose answers a test writes. ``asked`` holds every request's query."""

    def __init__(self) -> None:
        self.handler: Handler = answer
        self.asked: list[dict[str, str]] = []
        self.paths: list[str] = []
        self.url = ""

    def answers(self, *responses: Callable[[], web.StreamResponse] | web.StreamResponse) -> None:
        """Give these answers one after another, and the last for ever."""
        waiting = deque(responses)

        async def handler(request: web.BaseRequest) -> web.StreamResponse:
            chosen = waiting.popleft() if len(waiting) > 1 else waiting[0]
            return chosen() if callable(chosen) else chosen

        self.handler = handler

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        self.asked.append(dict(request.query))
        self.paths.append(request.path)
        return await self.handler(request)


def page(*, offset: int = 0, limit: int = 100, rows: int = 1, total: int = 1, **headers: str) -> web.Response:
    body = {
        "pagination": {"limit": limit, "offset": offset, "count": rows, "total": total},
        "data": [{"flight_date": "2026-11-21", "flight": {"number": str(n)}} for n in range(rows)],
    }
    return web.Response(body=json.dumps(body).encode(), content_type="application/json", headers=headers)


def error(status: int, code: str, message: str = "no", **headers: str) -> web.Response:
    return web.json_response({"error": {"code": code, "message": message}}, status=status, headers=headers)


async def answer(request: web.BaseRequest) -> web.Response:
    """A page of one row wherever it was asked for."""
    return page(offset=int(request.query.get("offset", 0)), limit=int(request.query.get("limit", 100)), total=10**6)


@asynccontextmanager
async def serving(handler: Handler) -> AsyncIterator[str]:
    runner = web.ServerRunner(web.Server(handler, access_log=None), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    finally:
        await runner.cleanup()


class RedisServer:
    """A real Redis on a free port, that can be stopped and started again; it keeps its data in ``folder`` if given."""

    def __init__(self, binary: str, *, folder: Path | None = None) -> None:
        self._binary = binary
        kept = ["--appendonly", "yes", "--appendfsync", "always", "--dir", str(folder)]
        self._keeping = kept if folder else ["--appendonly", "no"]
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"redis://127.0.0.1:{self._port}/0"

    def start(self) -> None:
        options = ["--port", str(self._port), "--bind", "127.0.0.1", "--save", "", *self._keeping]
        self._process = subprocess.Popen([self._binary, *options], stdout=subprocess.DEVNULL)
        while self._process.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self._port)) == 0:
                    return
            time.sleep(0.02)
        raise ChildProcessError("redis-server did not start")

    def paced_calls(self) -> int:
        """Return how many slots the one shared pace gave within its window."""
        from redis import Redis

        with Redis.from_url(self.url) as store:
            [pace] = [key for key in store.scan_iter("*:pace:*") if store.type(key) == b"hash"]
            return sum(store.zcard(pace + calls) for calls in (b":sent", b":unsent"))

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


async def ask_many(api: Api, calls: int, *, slice_: Slice = LIVE) -> None:
    await asyncio.gather(*(api.fetch_page(slice_, offset=100 * n, limit=100) for n in range(calls)))
