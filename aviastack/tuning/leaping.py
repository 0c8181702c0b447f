"""An event loop whose clock leaps to the next timer, so that hours of waiting take no time."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")


def leap_through(work: Coroutine[Any, Any, T]) -> T:
    """Run ``work`` to its end in such a loop. What it hands to a thread is done at once, without one.

    Raises what ``work`` raises, and :class:`RuntimeError` where it waits for what no timer will bring.
    """
    with ThreadPoolExecutor(1) as thread:  # a loop may be running in this one, as in a notebook
        return thread.submit(_run, work).result()


def _run(work: Coroutine[Any, Any, T]) -> T:
    with asyncio.Runner(loop_factory=_LeapingLoop) as runner:
        return runner.run(work)


class _Leaping(selectors.DefaultSelector):
    """Lets the clock leap instead of waiting."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready:
            if timeout is None:
                raise RuntimeError("nothing will ever happen again in this loop")
            self.now += timeout
        return ready


class _LeapingLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._leaping = _Leaping()
        super().__init__(self._leaping)

    def time(self) -> float:
        return self._leaping.now

    def run_in_executor(self, executor: Any, work: Callable[..., T], *arguments: Any) -> asyncio.Future[T]:  # type: ignore[override] # noqa: ARG002
        done = self.create_future()
        try:
            done.set_result(work(*arguments))
        except Exception as error:  # noqa: BLE001  handed to whoever waits
            done.set_exception(error)
        return done
