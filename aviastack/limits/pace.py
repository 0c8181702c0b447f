"""Pace: when the next call may leave.

Calls are spaced evenly and leave one at a time, in the order in which they came, through asyncio-throttle. That package
keeps a sliding window of calls; by itself it sends the whole allowance at once (``Throttler(20, 1)``: 20 calls in the
first 50 ms) and lets every waiter poll. So a call enters it alone, and only when its evenly spaced time has come. A
timer that wakes late is made good in the next gap, as far as the window allows; a pause never is.

A 429 halves the pace and a Retry-After stops it; both are undone step by step (see :class:`Adaptation`).
"""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from time import monotonic
from typing import Protocol

from asyncio_throttle import Throttler

from aviastack.errors import BadRequest
from aviastack.redaction import logger
from aviastack.settings import PACE

OFF = "off"
SLACK = 0.015  # of the period: a strict sliding window refused 13 of 300 calls at the very rate, none with 1 % more
LEEWAY = 0.025  # seconds: how late a timer may wake on a busy machine; more, or half a gap, is a pause
POLL = 0.001  # seconds between two looks of asyncio-throttle, while a late call holds the window

log = logger(__name__)


@dataclass(frozen=True, slots=True)
class Rate:
    """Calls a period in seconds, as ``5/s`` or ``1/10s``."""

    calls: float
    period: float

    @classmethod
    def of(cls, text: str) -> Rate:
        """Read a pace; raises :class:`BadRequest` where ``text`` is none."""
        match = PACE.fullmatch(text)
        rate = cls(float(match["calls"]), float(match["period"] or 1)) if match else None
        if rate is None or rate.calls <= 0 or rate.period <= 0:
            raise BadRequest(f"'{text}' is no pace.", remedy="Write calls per seconds as 5/s or 1/10s, or off.")
        return rate

    @property
    def burst(self) -> int:
        """The whole calls that a server which counts a sliding window admits in :attr:`window` seconds."""
        return max(1, int(self.calls))

    @property
    def window(self) -> float:
        """Seconds in which :attr:`burst` calls may leave, slack included."""
        return self.burst * self.gap

    @property
    def gap(self) -> float:
        """Seconds between two calls, slack included: calls arrive with jitter."""
        return self.period / self.calls * (1 + SLACK)

    @property
    def leeway(self) -> float:
        """Seconds by which a call may leave late without the next one being put off."""
        return min(LEEWAY, self.gap / 2)

    def shared_by(self, workers: int) -> Rate:
        """Return the part of one of ``workers``."""
        return Rate(self.calls / max(1, workers), self.period)

    def __str__(self) -> str:
        period = "" if self.period == 1 else f"{self.period:g}"
        return f"{self.calls:g}/{period}s"


class Adaptation:
    """The share of the pace that is in use: halved by a refusal, raised by every call that is answered (AIMD).

    It climbs fast up to nine tenths of where it was refused, then slowly, so that a limit below the set pace is touched
    about once in a hundred calls; once past that point it climbs fast again.
    """

    LEAST, NEAR = 1 / 64, 0.9
    FAST, SLOW = 1 / 50, 1 / 1000

    def __init__(self) -> None:
        self.share = 1.0
        self._refused_at = float("inf")

    def refuse(self) -> None:
        """Halve the share."""
        self._refused_at = self.share
        self.share = max(self.share / 2, self.LEAST)

    def accept(self) -> None:
        """Raise the share by a step."""
        near = self.NEAR * self._refused_at <= self.share <= self._refused_at
        self.share = min(1.0, self.share + (self.SLOW if near else self.FAST))
        if self.share > self._refused_at:
            self._refused_at = float("inf")


class Pace(Protocol):
    """What every pace does. A call enters ``queue``, awaits :meth:`slot`, leaves, and reports what became of it."""

    queue: AbstractAsyncContextManager[object]

    def ahead(self) -> float:
        """Return the seconds until the next slot, as far as is known here."""

    async def slot(self) -> float:
        """Wait for the call's turn and return its ticket; to be awaited by one call at a time, in ``queue``."""

    async def refused(self, ticket: float, after: float | None) -> None:
        """Slow down: the call with ``ticket`` was answered 429, and asked to wait ``after`` seconds."""

    async def accepted(self) -> None:
        """Find the way back: a call was answered."""


class Unpaced:
    """The pace that is off."""

    def __init__(self) -> None:
        self.queue: AbstractAsyncContextManager[object] = nullcontext()

    def ahead(self) -> float:
        """Return 0."""
        return 0.0

    async def slot(self) -> float:
        """Return at once."""
        return 0.0

    async def refused(self, ticket: float, after: float | None) -> None:
        """Change nothing; the retry itself still waits."""

    async def accepted(self) -> None:
        """Change nothing."""


class LocalPace:
    """The pace of one process. ``wait`` puts the first call off by so many seconds."""

    def __init__(self, rate: Rate, *, name: str = "", wait: float = 0.0) -> None:
        self.rate = rate
        self.queue: AbstractAsyncContextManager[object] = asyncio.Lock()
        self._name = name
        self._adaptation = Adaptation()
        self._due = monotonic() + wait
        self._slowed = 0.0
        self._gate = Throttler(rate_limit=rate.burst, period=rate.window, retry_interval=POLL)

    def ahead(self) -> float:
        """Return the seconds until the next slot."""
        return max(0.0, self._due - monotonic())

    async def slot(self) -> float:
        """Wait for the next slot and return its time."""
        while (wait := self.ahead()) > 0:  # noqa: ASYNC110 - the time is known; a refusal may put it off meanwhile
            await asyncio.sleep(wait)
        async with self._gate:
            now = monotonic()
        base = self._due if now - self._due < self.rate.leeway else now
        self._due = base + self.rate.gap / self._adaptation.share
        return now

    async def refused(self, ticket: float, after: float | None) -> None:
        """Halve the pace, once for all the calls that were on their way, and wait as long as was asked."""
        now = monotonic()
        if ticket >= self._slowed:
            self._adaptation.refuse()
            self._slowed = now
            share = 100 * self._adaptation.share
            log.info(
                "429 from %s, wait %.0f s: the pace falls to %.0f %% of %s", self._name, after or 0, share, self.rate
            )
        self._due = max(self._due, now + max(after or 0.0, self.rate.gap / self._adaptation.share))

    async def accepted(self) -> None:
        """Raise the pace by a step where it was lowered."""
        if self._adaptation.share < 1:
            self._adaptation.accept()
