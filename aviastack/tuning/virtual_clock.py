"""An event loop on a virtual clock that jumps to the next timer, so that hours of waiting take no time."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")


def run_on_virtual_clock(work: Coroutine[Any, Any, T]) -> T:
    """Run ``work`` to its end in such a loop. What it hands to a thread runs at once in the loop's own thread.

    Raises what ``work`` raises, and :class:`RuntimeError` if it waits for something that no timer will trigger.
    """
    with ThreadPoolExecutor(1) as thread:  # a loop may be running in this one, as in a notebook
        return thread.submit(_run, work).result()


def _run(work: Coroutine[Any, Any, T]) -> T:
    with asyncio.Runner(loop_factory=_VirtualClockLoop) as runner:
        return runner.run(work)


class _VirtualClock(selectors.DefaultSelector):
    """Advances the clock instead of waiting."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready:
            if timeout is None:
                raise RuntimeError("no timer is set: this loop would wait for ever")
            self.now += timeout
        return ready


class _VirtualClockLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._clock = _VirtualClock()
        super().__init__(self._clock)

    def time(self) -> float:
        return self._clock.now

    def run_in_executor(self, executor: Any, work: Callable[..., T], *arguments: Any) -> asyncio.Future[T]:  # type: ignore[override] # noqa: ARG002
        done = self.create_future()
        try:
            done.set_result(work(*arguments))
        except Exception as error:  # noqa: BLE001  passed to the caller that awaits it
            done.set_exception(error)
        return done
