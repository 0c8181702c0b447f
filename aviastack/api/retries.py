"""Retries: what may be retried, how often, and how long to wait. Every retry is another call of the quota.

An answer that will not change is never retried: a refused key or plan, an invalid request, a spent month.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TypeVar

import stamina

from aviastack.errors import ApiDown, AviastackError

T = TypeVar("T")
GIVEN_UP = 3  # calls in a row whose retries are spent, with no answer in between, after which the API counts as down


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How a call is retried: ``attempts`` in all; waits in seconds, doubling from ``first`` to ``longest``.

    Recorded pages without pagination came in bursts of up to 43, so the waits together span about 20 seconds. A
    Retry-After is honoured up to ``retry_after`` seconds; one that asks for more ends the call.
    """

    attempts: int = 6
    first: float = 0.5
    longest: float = 15.0
    jitter: float = 0.5
    retry_after: float = 300.0


class TransientError(Exception):
    """A failure that may pass: ``error`` is raised in its place once the retries are spent.

    ``after`` is the Retry-After in seconds; ``attempts`` may bound the attempts below those of :class:`RetryPolicy`.
    """

    def __init__(self, error: AviastackError, *, after: float | None = None, attempts: int | None = None) -> None:
        super().__init__(str(error))
        self.error = error
        self.after = after
        self.attempts = attempts


class Breaker:
    """Ends a command while the API is down, instead of spending the retries of every slice.

    It opens when :data:`GIVEN_UP` calls in a row have spent their retries with no answer in between.
    """

    def __init__(self) -> None:
        self._given_up = 0

    def check(self) -> None:
        """Raise :class:`ApiDown` if the API counts as down."""
        if self._given_up >= GIVEN_UP:
            raise ApiDown(
                f"The API is down: {self._given_up} calls in a row failed after all their retries, so no further call "
                "is made.",
                remedy="Try again later; pages that arrived are kept.",
            )

    def answered(self) -> None:
        """Note that the API answered."""
        self._given_up = 0

    def gave_up(self) -> None:
        """Note that a call spent its retries without an answer."""
        self._given_up += 1


async def with_retries(
    attempt: Callable[[], Awaitable[T]], policy: RetryPolicy, on_retry: Callable[[TransientError], None]
) -> T:
    """Return the result of ``attempt``, which is repeated after a :class:`TransientError`.

    ``on_retry`` is called before each wait. Raises the transient error's own error when the attempts are spent; any
    other error passes through at once.
    """
    try:
        return await attempt()
    except TransientError as error:
        first = error
    made = 0

    def wait_for(error: Exception) -> bool | float:
        nonlocal made
        made += 1
        if not isinstance(error, TransientError) or made >= min(error.attempts or policy.attempts, policy.attempts):
            return False
        if error.after is not None and error.after > policy.retry_after:
            return False
        on_retry(error)
        return True if error.after is None else error.after + random.uniform(0, policy.jitter)  # noqa: S311 - a wait

    try:
        async for retry in stamina.retry_context(
            on=wait_for,
            attempts=policy.attempts,
            timeout=None,  # attempts, waits and each request's timeout bound it; waiting for a pace is not a failure
            wait_initial=policy.first,
            wait_max=policy.longest,
            wait_jitter=policy.jitter,
        ):
            with retry:
                if made == 0:  # stamina takes 0.05 ms to set up, so the first attempt is made outside of it
                    raise first
                return await attempt()
    except TransientError as error:
        last = error.error
    raise last


def retry_after(value: str | None, now: float) -> float | None:
    """Return the seconds in a Retry-After header (a number, or an HTTP date compared with ``now``), or None."""
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.isdecimal():
        return float(text[:12])
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - now)
    except (ValueError, OverflowError, IndexError, TypeError):
        return None
