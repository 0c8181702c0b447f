"""One pace for all workers of a key, on any number of hosts, through Redis.

The store decides by its own clock, in one atomic script, whether a call may be sent now; a worker that must wait asks
again when the next slot opens. No slot is promised ahead, so a worker that dies while it waits holds nothing back.

As in :mod:`aviastack.limits.pace`, the window is kept by the times at which calls were really sent, which workers
report. A slot whose call is neither sent nor given up within :data:`PATIENCE` counts as used when it was given.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from functools import partial
from math import inf
from time import monotonic
from typing import TYPE_CHECKING, cast

from aviastack.endpoints import Rate
from aviastack.limits.pace import MOST_MARGIN, POLL, Adaptation, LocalPace, Schedule, Slot
from aviastack.limits.redis_store import SharedStore, StoreGone, lua
from aviastack.redaction import logger

if TYPE_CHECKING:
    from redis.asyncio import Redis

MICROSECONDS = 1e6
KEEP = 3_600  # seconds for which the store remembers an unused pace, at least
PATIENCE = 5.0  # seconds between a slot and its call; after that, the worker counts as dead

log = logger(__name__)


class SharedPace:
    """The pace of one endpoint, as :class:`~aviastack.limits.pace.Pace`, shared through the store."""

    def __init__(self, rate: Rate, store: SharedStore, *, name: str, clock: Callable[[], float] = monotonic) -> None:
        self.rate = rate
        self.clock = clock
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
        slot = _SharedSlot(self)
        planned = 0.0
        while True:
            try:
                wait, now = await self._store.run(partial(self._take, slot, planned))
            except StoreGone:
                return await self._part().slot()
            if wait <= 0:
                break
            planned = now + wait
            await asyncio.sleep(wait / MICROSECONDS)
        if self._store.careful:
            slot.part = await self._part().slot()
        else:
            self._own = None
        slot.at = now
        return slot

    def report(self, slot: _SharedSlot, request: str, at: float) -> None:
        """Report in the background that the ``request`` was sent for a slot, or with "" that none will be."""

        async def script(redis: Redis) -> None:
            keys = [f"{self._key}:sent", f"{self._key}:unsent"]
            await redis.register_script(lua("sent"))(keys=keys, args=[slot.id, request, f"{at:.0f}", self._keep])

        self._store.run_later(script)

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

    @property
    def _keep(self) -> int:
        return int(KEEP + 2 * self.rate.window)

    async def _take(self, slot: _SharedSlot, planned: float, redis: Redis) -> tuple[float, float]:
        take, rate = redis.register_script(lua("slot")), self.rate
        slot.requested_at = self.clock()
        times = [each * MICROSECONDS for each in (rate.gap, rate.leeway, rate.window, PATIENCE, POLL)]
        gap, leeway, window, patience, poll = times
        wait, now, share = await take(
            keys=[self._key, f"{self._key}:sent", f"{self._key}:unsent"],
            args=[gap, leeway, rate.burst, window, self._keep, patience, poll, MOST_MARGIN, slot.id, f"{planned:.0f}"],
        )
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


class _SharedSlot(Slot):
    """A slot that the store counts as unsent until it is sent or done. ``part`` is the slot of this worker's part."""

    def __init__(self, pace: SharedPace) -> None:
        super().__init__(0.0)
        self.id = secrets.token_hex(8)
        self.requested_at = 0.0  # by this worker's clock, just before the store gave the slot
        self.part: Slot | None = None
        self._pace = pace
        self._requests = 0

    def sent(self) -> None:
        if self.part is not None:
            self.part.sent()
        self._requests += 1
        elapsed = (self._pace.clock() - self.requested_at) * MICROSECONDS
        self._pace.report(self, f"{self.id}-{self._requests}", self.at + elapsed)

    def done(self) -> None:
        if self.part is not None:
            self.part.done()
        if not self._requests:
            self._requests += 1
            self._pace.report(self, "", 0.0)
