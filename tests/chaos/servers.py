"""The servers beside the API that a kind of round needs, and their outages."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cached_property
from random import Random

from tests.chaos.gate import Gate
from tests.support.api_servers import RedisServer
from tests.support.gcs_emulator import GcsEmulator
from tests.support.snowflake_emulator import Loss, SnowflakeEmulator

BUCKET = "chaos"
BETWEEN, DOWN = (0.5, 4.0), (0.1, 1.5)  # seconds between outages, and of one


class Servers:
    """Redis, a bucket and a Snowflake, each started when it is first needed and stopped with ``stack``.

    Commands reach the emulators through gates; this process reads the bucket directly.
    """

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self.outages = 0

    @cached_property
    def redis(self) -> RedisServer:
        binary = shutil.which("redis-server")
        if binary is None:
            raise FileNotFoundError("redis-server is not installed: make chaos needs it")
        server = RedisServer(binary)
        server.start()
        self._stack.callback(server.stop)
        return server

    @cached_property
    def bucket(self) -> GcsEmulator:
        emulator = self._stack.enter_context(GcsEmulator(BUCKET))
        os.environ["STORAGE_EMULATOR_HOST"] = emulator.url
        return emulator

    @cached_property
    def snowflake(self) -> SnowflakeEmulator:
        return self._stack.enter_context(SnowflakeEmulator(gcs=self.bucket.url))

    @cached_property
    def bucket_gate(self) -> Gate:
        return self._stack.enter_context(Gate(int(self.bucket.url.rpartition(":")[2])))

    @cached_property
    def snowflake_gate(self) -> Gate:
        return self._stack.enter_context(Gate(self.snowflake.port))

    @contextmanager
    def outages_of(self, name: str, random: Random) -> Iterator[None]:
        """Stop and start the server of a kind of round at random while the block lasts; afterwards it answers."""
        if name not in ("redis", "bucket", "snowflake"):
            yield
            return
        calm = threading.Event()
        chance = Random(random.random())
        thread = threading.Thread(target=self._strike, args=(name, chance, calm), daemon=True)
        thread.start()
        try:
            yield
        finally:
            calm.set()
            thread.join()

    def _strike(self, name: str, chance: Random, calm: threading.Event) -> None:
        while not calm.wait(chance.uniform(*BETWEEN)):
            self.outages += 1
            seconds = chance.uniform(*DOWN)
            if name == "redis":
                self.redis.stop()
                calm.wait(seconds)
                self.redis.start()
            elif name == "bucket":
                self.bucket_gate.shut()
                calm.wait(seconds)
                self.bucket_gate.open()
            else:
                self._stop_snowflake(chance, calm, seconds)

    def _stop_snowflake(self, chance: Random, calm: threading.Event, seconds: float) -> None:
        """Stop it at its port, or let it lose the sessions that speak meanwhile, before or after their statement."""
        lost = Loss(after=chance.random() < 0.5)
        self.snowflake.faults = lambda _: lost
        if chance.random() < 0.5:
            self.snowflake_gate.shut()
        calm.wait(seconds)
        self.snowflake_gate.open()
        self.snowflake.faults = None
