"""The Redis that workers with one key share, and the behaviour while it is unreachable.

``AVIASTACK_PACE_STORE_DOWN`` decides: ``stop`` ends the run with :class:`RateLimited` (exit 5: try later), ``local``
continues with this worker's part: the pace and the rest of the budget, divided by the number of workers that were last
seen. A worker that never reached the store does not know that number and stops in either case. When the store is back,
the part stays in force until every worker has noticed, so that never more is used than was allowed.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from functools import cache
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from aviastack.errors import BadRequest, RateLimited
from aviastack.redaction import conceal, logger, redacted
from aviastack.settings import Settings

if TYPE_CHECKING:
    from redis.asyncio import Redis

T = TypeVar("T")
TIMEOUT = 2.0  # seconds for a command
RECHECK = 10.0  # seconds between two attempts to reach an unreachable store
BEAT = 1.0  # seconds between two signs of life
ALIVE = 180  # seconds after its last sign for which a worker counts; longer than any pace makes it wait

log = logger(__name__)


class StoreGone(Exception):
    """The store does not answer, and this worker continues with its part."""


class SharedStore:
    """A connection to the store under the prefix of one account, shared by pace and ledger."""

    def __init__(self, settings: Settings, account: str) -> None:
        self._address = settings.pace_store or ""
        self._stops = settings.pace_store_down == "stop"
        self.prefix = f"aviastack:{account}"
        self.workers = 0  # alive when the store was last reached; 0 when it never was
        self._name = secrets.token_hex(8)
        self._beaten = self._careful_until = float("-inf")
        self._again_at: float | None = None  # when to try an unreachable store again
        self._redis: Redis | None = None
        self._background: set[asyncio.Task[None]] = set()

    @property
    def careful(self) -> bool:
        """Whether the store is back but other workers may not have noticed: this worker's part stays in force."""
        return monotonic() < self._careful_until

    async def run(self, work: Callable[[Redis], Awaitable[T]]) -> T:
        """Return the result of ``work``; raises :class:`StoreGone`, or :class:`RateLimited` if the setting is stop."""
        from redis import RedisError

        if self._again_at is not None and monotonic() < self._again_at:
            raise StoreGone
        redis = self._redis or self._connect()
        try:
            await self._beat(redis)
            answer = await work(redis)
        except (RedisError, OSError) as error:
            cause = f"{type(error).__name__}: {redacted(str(error))[:300]}"
        else:
            self._back()
            return answer
        self._fell(cause)
        raise StoreGone

    def run_later(self, work: Callable[[Redis], Awaitable[object]]) -> None:
        """Run ``work`` in the background, by :meth:`close` at the latest; it is dropped if the store is unreachable."""

        async def dropped_if_gone() -> None:
            try:
                await self.run(work)
            except (StoreGone, RateLimited) as error:
                log.debug("the shared pace store is unreachable: %s", error)

        task = asyncio.create_task(dropped_if_gone())
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    async def close(self) -> None:
        """Sign off, so that the others' parts grow at once, and disconnect."""
        from redis import RedisError

        await asyncio.gather(*self._background, return_exceptions=True)
        if self._redis is None:
            return
        try:
            await self._redis.zrem(f"{self.prefix}:workers", self._name)
        except (RedisError, OSError) as error:
            log.debug("not signed off: %s", type(error).__name__)
        await self._redis.aclose()
        self._redis = None

    def _connect(self) -> Redis:
        from redis.asyncio import Redis
        from redis.asyncio.retry import Retry
        from redis.backoff import NoBackoff
        from redis.exceptions import ConnectionError as Disconnected

        password = urlsplit(self._address).password
        if password:
            conceal(password)
        try:
            self._redis = Redis.from_url(
                self._address,
                socket_timeout=TIMEOUT,
                socket_connect_timeout=TIMEOUT,
                retry=Retry(NoBackoff(), 1, supported_errors=(Disconnected,)),  # a kept connection may be stale
                protocol=2,
            )
        except ValueError as error:
            wrong = redacted(str(error))
        else:
            return self._redis
        raise BadRequest(
            f"Invalid AVIASTACK_PACE_STORE: {wrong}", remedy="Write it as redis://host:6379/0 or rediss://host:6379/0."
        )

    async def _beat(self, redis: Redis) -> None:
        if monotonic() - self._beaten < BEAT:
            return
        count = redis.register_script(lua("workers"))
        self.workers = int(await count(keys=[f"{self.prefix}:workers"], args=[self._name, ALIVE]))
        self._beaten = monotonic()

    def _back(self) -> None:
        if self._again_at is not None:
            self._careful_until = monotonic() + 2 * RECHECK
            self._again_at = None
            log.warning("The shared pace store is back; the local part stays in force for %.0f s more.", 2 * RECHECK)

    def _fell(self, cause: str) -> None:
        host = urlsplit(self._address).hostname
        if self._stops or not self.workers:
            never = "" if self.workers else " It was never reached, so this worker's part of the pace is unknown."
            raise RateLimited(
                f"The shared pace store on {host} does not answer ({cause}), so no call may be sent.{never}",
                remedy="Check Redis and AVIASTACK_PACE_STORE; AVIASTACK_PACE_STORE_DOWN=local continues with a part.",
            )
        if self._again_at is None:
            log.warning(
                "The shared pace store on %s does not answer (%s): this worker continues with 1/%d of pace and budget.",
                host,
                cause,
                self.workers,
            )
        self._again_at = monotonic() + RECHECK


@cache
def lua(name: str) -> str:
    """Return a script from this package."""
    return Path(__file__).with_name(f"{name}.lua").read_text(encoding="utf-8")
