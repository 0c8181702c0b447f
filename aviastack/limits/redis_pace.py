"""One pace for all workers of a key, on any number of hosts, through Redis.

The store decides by its own clock, in one atomic script, whether a call may be sent now; a worker that must wait asks
again when the next slot opens. No slot is promised ahead, so a dead worker holds nothing back.
"""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager
from math import inf
from typing import TYPE_CHECKING, cast

from aviastack.endpoints import Rate
from aviastack.limits.pace import Adaptation, LocalPace, Schedule, Slot
from aviastack.limits.redis_store import SharedStore, StoreGone, lua
from aviastack.redaction import logger

if TYPE_CHECKING:
    from redis.asyncio import Redis

MICROSECONDS = 1e6
KEEP = 3_600  # seconds for which the store remembers an unused pace, at least

log = logger(__name__)


class SharedPace:
    """The pace of one endpoint, as :class:`~aviastack.limits.pace.Pace`, shared through the store."""

    def __init__(self, rate: Rate, store: SharedStore, *, name: str) -> None:
        self.rate = rate
        self.queue: AbstractAsyncContextManager[object] = asyncio.Lock()
        self._store = store
        self._name = name
        self._key = f"{store.prefix}:pace:{name}"
        self._own: LocalPace | None = None  # this worker's part, while the store is unreachable
        self._share = 1.0  # of the pace that all workers use, by the store's last answer

    def ahead(self) -> float:
        """Return 0: only the store knows."""
        return 0.0

    async def slot(self) -> Slot:
        """Wait for the next slot of all workers; ``at`` is by the store's clock, in microseconds."""
        while True:
            try:
                wait, now = await self._store.run(self._take)
            except StoreGone:
                return await self._part().slot()
            if wait <= 0:
                break
            await asyncio.sleep(wait / MICROSECONDS)
        if self._store.careful:
            (await self._part().slot()).sent()
        else:
            self._own = None
        return Slot(now)

    async def refused(self, slot: Slot, after: float | None) -> None:
        """Halve the pace for all workers, and let all of them wait as long as requested."""
        if self._own is not None:
            await self._own.refused(Slot(inf), after)
        wait = (after or 0) * MICROSECONDS
        share = await self._adapt("refuse", slot.at, wait, self.rate.gap * MICROSECONDS, Adaptation.LEAST)
        log.info("429 from %s: the shared pace falls to %.0f %% of %s", self._name, 100 * share, self.rate)

    async def accepted(self) -> None:
        """Raise the pace by a step if it was lowered."""
        if self._own is not None:
            await self._own.accepted()
        if self._share < 1:
            await self._adapt("accept", Adaptation.NEAR, Adaptation.FAST, Adaptation.SLOW)

    async def _take(self, redis: Redis) -> tuple[float, float]:
        take, rate = redis.register_script(lua("slot")), self.rate
        microseconds = [rate.gap * MICROSECONDS, rate.leeway * MICROSECONDS, rate.burst, rate.window * MICROSECONDS]
        keys = [self._key, f"{self._key}:left"]
        wait, now, share = await take(keys=keys, args=[*microseconds, int(KEEP + 2 * rate.window)])
        self._share = float(share)
        return float(wait), float(now)

    async def _adapt(self, *args: float | str) -> float:
        async def script(redis: Redis) -> float:
            return float(cast("bytes", await redis.register_script(lua("adapt"))(keys=[self._key], args=list(args))))

        try:
            self._share = await self._store.run(script)
        except StoreGone:
            log.debug("%s: the pace store is unreachable, its share is unchanged", self._name)
        return self._share

    def _part(self) -> LocalPace:
        """Return this worker's part of the pace; its first call waits a gap, like those of the others."""
        if self._own is None:
            rate = self.rate.shared_by(self._store.workers)
            log.warning("%s continues at %s, 1/%d of %s", self._name, rate, self._store.workers, self.rate)
            self._own = LocalPace(Schedule(rate, wait=rate.gap), name=self._name)
        return self._own
