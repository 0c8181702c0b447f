"""Run a simulator: in an event loop, beside synchronous code, or until interrupted."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from types import TracebackType
from typing import TYPE_CHECKING, Any

from aviastack.simulator.simulator_options import SimulatorOptions

if TYPE_CHECKING:
    from aiohttp.web import ServerRunner

    from aviastack.simulator.server import Server

HOST = "127.0.0.1"
_PATIENCE = 1.0  # seconds for requests in flight when the server stops


class Simulator:
    """An AviationStack on localhost; an async context manager. Takes :class:`SimulatorOptions` or its fields."""

    def __init__(self, options: SimulatorOptions | None = None, **switches: Any) -> None:
        self.options = replace(options or SimulatorOptions(), **switches)
        self._server: Server | None = None
        self._runner: ServerRunner | None = None
        self._port = 0

    @property
    def root(self) -> str:
        """The server's address without a path."""
        return f"http://{HOST}:{self._port}"

    @property
    def url(self) -> str:
        """The API's base address, as ``AVIASTACK_BASE_URL`` takes it."""
        return f"{self.root}/v1"

    async def start(self) -> str:
        """Listen, and return :attr:`url`."""
        from aiohttp import web

        from aviastack.simulator.server import Server

        self._server = Server(self.options)
        self._runner = web.ServerRunner(web.Server(self._server.handle, access_log=None), shutdown_timeout=_PATIENCE)
        await self._runner.setup()
        site = web.TCPSite(self._runner, HOST, self.options.port)
        await site.start()
        self._port = self._runner.addresses[0][1]
        return self.url

    async def stop(self) -> None:
        """Stop listening."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
        if self._server is not None:
            self._server.close()
            self._server = None

    async def __aenter__(self) -> Simulator:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()


@contextmanager
def running_simulator(options: SimulatorOptions | None = None, **switches: Any) -> Iterator[str]:
    """Run a simulator in its own thread while the block lasts; yields its base address."""
    simulator = Simulator(options, **switches)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="aviastack-simulator", daemon=True)
    thread.start()
    try:
        yield asyncio.run_coroutine_threadsafe(simulator.start(), loop).result()
    finally:
        asyncio.run_coroutine_threadsafe(simulator.stop(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def serve(options: SimulatorOptions, *, started: Callable[[str], object] | None = None) -> None:
    """Serve until interrupted; ``started`` is called once with the base address."""

    async def forever() -> None:
        async with Simulator(options) as simulator:
            if started is not None:
                started(simulator.url)
            await asyncio.Event().wait()

    try:
        asyncio.run(forever())
    except KeyboardInterrupt:
        return
