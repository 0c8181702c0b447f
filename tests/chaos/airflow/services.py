"""The servers beside Airflow: Postgres, the broker, an API and a Snowflake that can be down and forget nothing."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from pwd import getpwnam
from typing import Any

import uvicorn
from aiohttp import web
from starlette.applications import Starlette

from aviastack.airflow.standalone import free_port
from aviastack.simulator import Simulator
from tests.support.api_servers import RedisServer
from tests.support.snowflake_emulator import SnowflakeEmulator

OWNER = "postgres"  # Postgres does not run as root
QUEUE = "default"  # Airflow's, on the broker


class Postgres:
    """A Postgres on a free port of 127.0.0.1, with an empty database; it does not sync to the disk."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="aviastack-chaos-postgres-"))
        self._port = free_port()
        self._user: dict[str, Any] = {}
        if os.geteuid() == 0:
            account = getpwnam(OWNER)
            os.chown(self._folder, account.pw_uid, account.pw_gid)
            self._user = {"user": account.pw_uid, "group": account.pw_gid}
        self._process: subprocess.Popen[bytes] | None = None
        self._run("initdb", "--pgdata", str(self._folder), "--username", OWNER, "--auth", "trust", "--no-sync")

    @property
    def url(self) -> str:
        return f"postgresql+psycopg2://{OWNER}@127.0.0.1:{self._port}/postgres"

    def start(self) -> None:
        options = ["-h", "127.0.0.1", "-p", str(self._port), "-k", "", "-c", "fsync=off", "-c", "max_connections=300"]
        self._process = subprocess.Popen(
            [_binary("postgres"), "-D", str(self._folder), *options],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **self._user,
        )
        while self._process.poll() is None:
            if not self._run("pg_isready", "-h", "127.0.0.1", "-p", str(self._port), check=False).returncode:
                return
        raise ChildProcessError("postgres did not start")

    def stop(self, mode: str = "immediate") -> None:
        """End it as a crash would, so that a start recovers from its log, or in order, with ``fast``."""
        if self._process is not None:
            self._run("pg_ctl", "stop", "-D", str(self._folder), "-m", mode, check=False)
            self._process.wait()
            self._process = None

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self._folder)

    def _run(self, command: str, *words: str, check: bool = True) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run([_binary(command), *words], check=check, capture_output=True, cwd="/", **self._user)


class Broker(RedisServer):
    """A Redis with Celery's queue, which it keeps on disk."""

    def __init__(self, binary: str) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="aviastack-chaos-broker-"))
        super().__init__(binary, folder=self._folder)

    def queued(self) -> int:
        """Return how many messages no worker has taken yet."""
        from redis import Redis

        with Redis.from_url(self.url) as queue:
            return int(queue.llen(QUEUE))

    def forget(self) -> None:
        """Lose what is on disk. For a broker that is stopped."""
        shutil.rmtree(self._folder)
        self._folder.mkdir()

    def remove(self) -> None:
        """Stop it and remove its folder."""
        self.stop()
        shutil.rmtree(self._folder)


class Api(Simulator):
    """A simulated API in a separate thread, which can refuse connections for a while."""

    def __init__(self, **switches: Any) -> None:
        super().__init__(**switches)
        self._loop = asyncio.new_event_loop()

    @contextmanager
    def running(self) -> Iterator[Api]:
        thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        thread.start()
        self._do(self.start())
        try:
            yield self
        finally:
            self._do(self.stop())
            self._loop.call_soon_threadsafe(self._loop.stop)
            thread.join()
            self._loop.close()

    @contextmanager
    def down(self) -> Iterator[None]:
        """Refuse connections, and break those that are open, during the ``with`` block."""
        self._do(self._close())
        try:
            yield
        finally:
            self._do(self._listen())

    def _do(self, work: Any) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _close(self) -> None:
        assert self._runner is not None
        for site in list(self._runner.sites):
            await site.stop()
        assert self._runner.server is not None
        await self._runner.server.shutdown(0)

    async def _listen(self) -> None:
        assert self._runner is not None
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()


class Snowflake(SnowflakeEmulator):
    """An emulated Snowflake that can refuse connections for a while and then has lost its sessions."""

    @contextmanager
    def down(self) -> Iterator[None]:
        """Stop listening, and lose every session, during the ``with`` block."""
        self._server.should_exit = self._server.force_exit = True
        self._thread.join()
        for token in list(self._sessions):
            self._lose(token)
        try:
            yield
        finally:
            app = Starlette(routes=self._server.config.app.routes)  # type: ignore[union-attr]
            config = uvicorn.Config(app, host="127.0.0.1", port=self.port, log_level="error", lifespan="off")
            self._server = uvicorn.Server(config)
            self._thread = threading.Thread(target=self._server.run, daemon=True)
            self._thread.start()
            _wait_for(self.port)


def _wait_for(port: int) -> None:
    while True:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)


def _binary(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise FileNotFoundError(f"{name} is not installed: make chaos-airflow needs Postgres and Redis")
    return found
