"""Asking again: what may be, how often, and how long to wait. Every retry is another call of the quota.

Never retried are answers that will not change: a refused key or plan, an invalid request, a spent month.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TypeVar

import stamina

from aviastack.errors import AviastackError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How far a call is pursued: ``attempts`` in all; waits in seconds, growing twofold from ``first`` to ``longest``.

    Pages without pagination came in bursts of up to 43 in a row on record, so the waits together span about 20 seconds.
    A Retry-After is honoured up to ``retry_after`` seconds; one that asks for more ends the call.
    """

    attempts: int = 6
    first: float = 0.5
    longest: float = 15.0
    jitter: float = 0.5
    retry_after: float = 300.0


class Fault(Exception):
    """A failure that may pass: ``error`` is what it becomes when it does not.

    ``after`` is the Retry-After in seconds; ``attempts`` bounds the attempts more tightly than :class:`RetryPolicy`.
    """

    def __init__(self, error: AviastackError, *, after: float | None = None, attempts: int | None = None) -> None:
        super().__init__(str(error))
        self.error = error
        self.after = after
        self.attempts = attempts


async def persist(ask: Callable[[], Awaitable[T]], patience: RetryPolicy, tell: Callable[[Fault], None]) -> T:
    """Return what ``ask`` answers, asking again after a :class:`Fault`; ``tell`` hears of each before the wait.

    Raises the fault's error when patience ends. Anything else passes through at once.
    """
    try:
        return await ask()
    except Fault as fault:
        first = fault
    made = 0

    def again(error: Exception) -> bool | float:
        nonlocal made
        made += 1
        if not isinstance(error, Fault) or made >= min(error.attempts or patience.attempts, patience.attempts):
            return False
        if error.after is not None and error.after > patience.retry_after:
            return False
        tell(error)
        return True if error.after is None else error.after + random.uniform(0, patience.jitter)  # noqa: S311 - a wait

    try:
        async for attempt in stamina.retry_context(
            on=again,
            attempts=patience.attempts,
            timeout=None,  # attempts, waits and each request's timeout bound it; a turn at a slow pace is no failure
            wait_initial=patience.first,
            wait_max=patience.longest,
            wait_jitter=patience.jitter,
        ):
            with attempt:
                if (
                    made == 0
                ):  # stamina costs 0.05 ms to set up, so the first attempt, which mostly does, stands outside
                    raise first
                return await ask()
    except Fault as fault:
        last = fault.error
    raise last


def retry_after(value: str | None, now: float) -> float | None:
    """Return the seconds that a Retry-After header asks for (seconds, or an HTTP date against ``now``), or None."""
    if value is None:
        return None
    if value.strip().isdecimal():
        return float(value)
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - now)
    except (ValueError, OverflowError):
        return None
