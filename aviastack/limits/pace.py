"""Pace: when the next call may be sent.

Calls are spaced evenly and sent one at a time, in the order in which they came. asyncio-throttle keeps a sliding window
of calls; alone, it sends the whole allowance at once (``Throttler(20, 1)``: 20 calls in the first 50 ms). So a call
enters the window only when its evenly spaced time has come. Even spacing holds for the clock and not for the wire,
where calls are late by different amounts, so the window is kept by the times at which calls were really sent
(:class:`SendWindow`). A timer that wakes late is made good in the next gap, as far as the window allows; a pause is
not.

One schedule serves all sessions of a process that share a key (:func:`schedule_of`), whatever threads they run in. A
429 halves the pace and a Retry-After stops it; both are undone step by step (:class:`Adaptation`).
"""

from __future__ import annotations

import asyncio
from bisect import insort
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from threading import Lock
from time import monotonic
from typing import Protocol

from asyncio_throttle import Throttler

from aviastack.endpoints import Rate
from aviastack.redaction import logger

POLL = 0.005  # seconds between two looks while calls that were let go have not been sent yet
JITTER_DECAY = 0.98  # per call: how fast a lateness is forgotten
MOST_MARGIN = 0.25  # of the window: the most that measured lateness adds to it

log = logger(__name__)


class Adaptation:
    """The share of the pace in use: halved by a refusal, raised by every answer (AIMD).

    It climbs fast to nine tenths of where it was refused, then slowly, so that a limit below the pace is touched about
    once in a hundred calls; above that point it climbs fast again.
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


class Slot:
    """Permission to send one call. ``at`` is when it was given, by the pace's own clock."""

    def __init__(self, at: float) -> None:
        self.at = at

    def sent(self) -> None:
        """Note that a request was sent for it."""

    def done(self) -> None:
        """Note that no further request will be sent for it."""


class Pace(Protocol):
    """A call enters ``queue``, awaits :meth:`slot`, is sent, and reports its result."""

    queue: AbstractAsyncContextManager[object]

    def ahead(self) -> float:
        """Return the seconds until the next slot, as far as is known here."""

    async def slot(self) -> Slot:
        """Wait for the call's turn; to be awaited by one call at a time, in ``queue``."""

    async def refused(self, slot: Slot, after: float | None) -> None:
        """Slow down: the call of ``slot`` was answered 429, with a Retry-After of ``after`` seconds."""

    async def accepted(self) -> None:
        """Speed up again by a step: a call was answered."""


class Unpaced:
    """The pace that is off."""

    def __init__(self) -> None:
        self.queue: AbstractAsyncContextManager[object] = nullcontext()

    def ahead(self) -> float:
        """Return 0."""
        return 0.0

    async def slot(self) -> Slot:
        """Return at once."""
        return Slot(0.0)

    async def refused(self, slot: Slot, after: float | None) -> None:
        """Change nothing; the retry itself still waits."""

    async def accepted(self) -> None:
        """Change nothing."""


class SendWindow(Throttler):  # type: ignore[misc]
    """asyncio-throttle's sliding window, of the times at which calls were sent and of those let go but not yet sent.

    At most ``rate.burst`` calls are let into any window. The window is longer than the rate's by the lateness measured
    recently, because what delays calls here delays them on their way too.
    """

    def __init__(self, rate: Rate) -> None:
        super().__init__(rate_limit=rate.burst, period=rate.window)
        self.unsent = 0
        self._shortest = rate.window
        self._lateness = 0.0
        self._now = 0.0

    def flush(self) -> None:
        """Forget the calls that have left the window."""
        while self._task_logs and self._now - self._task_logs[0] >= self._length:
            self._task_logs.popleft()

    def open_at(self, now: float) -> float:
        """Return when the next call may be let go; a moment after ``now`` if that depends on calls still unsent."""
        self._now = now
        self.flush()
        too_many = len(self._task_logs) + self.unsent + 1 - self.rate_limit
        if too_many <= 0:
            return now
        if too_many > len(self._task_logs):
            return now + POLL
        return float(self._task_logs[too_many - 1]) + self._length

    def add(self, now: float) -> None:
        """Note that a call was sent."""
        insort(self._task_logs, now)

    def late(self, seconds: float) -> None:
        """Note by how much a timer was late."""
        self._lateness = max(seconds, self._lateness * JITTER_DECAY)

    @property
    def _length(self) -> float:
        return self._shortest + min(self._lateness, MOST_MARGIN * self._shortest)


class Schedule:
    """When calls of one key and endpoint may be sent; safe in several threads. ``wait`` delays the first call."""

    def __init__(self, rate: Rate, *, wait: float = 0.0, clock: Callable[[], float] = monotonic) -> None:
        self.rate = rate
        self.clock = clock
        self.adaptation = Adaptation()
        self._lock = Lock()
        self._window = SendWindow(rate)
        self._due = clock() + wait
        self._slowed = float("-inf")
        self._planned: float | None = None  # when the call that waits should be let go

    def ahead(self) -> float:
        """Return the seconds until the next evenly spaced time."""
        return max(0.0, self._due - self.clock())

    def take(self) -> Slot | float:
        """Return a slot if the time has come, else the seconds to wait before trying again."""
        with self._lock:
            now = self.clock()
            opens = max(self._due, self._window.open_at(now))
            if now < opens:
                self._planned = opens
                return opens - now
            self._window.late(now - (self._planned or now))
            self._planned = None
            on_time = now - self._due < self.rate.leeway
            self._due = (self._due if on_time else now) + self.rate.gap / self.adaptation.share
            self._window.unsent += 1
            return _ScheduledSlot(now, self)

    def sent(self, *, first: bool) -> None:
        """Note that a request was sent, the ``first`` for its slot or another."""
        with self._lock:
            self._window.add(self.clock())
            self._window.unsent -= first

    def release(self) -> None:
        """Note that no request will be sent for a slot."""
        with self._lock:
            self._window.unsent -= 1

    def refuse(self, slot: Slot, after: float | None) -> bool:
        """Halve the pace, once for all calls that were under way, and stop for ``after`` seconds."""
        with self._lock:
            now = self.clock()
            is_news = slot.at > self._slowed
            if is_news:
                self.adaptation.refuse()
                self._slowed = now
            self._due = max(self._due, now + max(after or 0.0, self.rate.gap / self.adaptation.share))
            return is_news

    def accept(self) -> None:
        """Raise the pace by a step if it was lowered."""
        with self._lock:
            if self.adaptation.share < 1:
                self.adaptation.accept()


class _ScheduledSlot(Slot):
    """A slot whose window counts the call as unsent until it is sent or done."""

    def __init__(self, at: float, schedule: Schedule) -> None:
        super().__init__(at)
        self._schedule = schedule
        self._is_open = True

    def sent(self) -> None:
        self._schedule.sent(first=self._is_open)
        self._is_open = False

    def done(self) -> None:
        if self._is_open:
            self._is_open = False
            self._schedule.release()


class LocalPace:
    """The pace of one session, by a schedule that it may share with other sessions of the process."""

    def __init__(self, schedule: Schedule, *, name: str = "") -> None:
        self.queue: AbstractAsyncContextManager[object] = asyncio.Lock()
        self._name = name
        self._schedule = schedule

    def ahead(self) -> float:
        """Return the seconds until the next slot."""
        return self._schedule.ahead()

    async def slot(self) -> Slot:
        """Wait for the next slot."""
        while not isinstance(slot := self._schedule.take(), Slot):  # noqa: ASYNC110 - the time is known
            await asyncio.sleep(slot)
        return slot

    async def refused(self, slot: Slot, after: float | None) -> None:
        """Halve the pace, once for all calls that were under way, and wait as long as requested."""
        if self._schedule.refuse(slot, after):
            share, rate = 100 * self._schedule.adaptation.share, self._schedule.rate
            log.info("429 from %s, wait %.0f s: the pace falls to %.0f %% of %s", self._name, after or 0, share, rate)

    async def accepted(self) -> None:
        """Raise the pace by a step if it was lowered."""
        self._schedule.accept()


_schedules: dict[tuple[str, str, Rate], Schedule] = {}
_schedules_lock = Lock()


def schedule_of(account: str, name: str, rate: Rate, *, wait: float = 0.0) -> Schedule:
    """Return the process's schedule for an account's endpoint; ``wait`` delays its first call if it is new."""
    with _schedules_lock:
        return _schedules.setdefault((account, name, rate), Schedule(rate, wait=wait))
