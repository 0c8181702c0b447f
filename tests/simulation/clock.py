"""A process that runs on a virtual clock and may be killed at any turn of its event loop."""

from __future__ import annotations

import asyncio
import selectors
import sys
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import time_machine

MODULES_WITH_MONOTONIC = "aviastack"


class Killed(BaseException):
    """The death of the simulated process: nothing may catch it, and no clean-up runs after it."""


class VirtualTime:
    """One clock for everything: ``time.time``, ``datetime.now``, ``time.monotonic`` and the event loop."""

    def __init__(self, start: datetime) -> None:
        self._start = start
        self._travel = time_machine.travel(start, tick=False)
        self._traveller: Any = None
        self.elapsed = 0.0

    @contextmanager
    def running(self) -> Iterator[VirtualTime]:
        """Let the clock rule while the block lasts."""
        real = time.monotonic
        users = [
            module
            for name, module in sys.modules.items()
            if name.startswith(MODULES_WITH_MONOTONIC) and getattr(module, "monotonic", None) is real
        ]
        self._traveller = self._travel.start()
        for module in (time, *users):
            module.monotonic = self.monotonic  # type: ignore[attr-defined]
        try:
            yield self
        finally:
            for module in (time, *users):
                module.monotonic = real  # type: ignore[attr-defined]
            self._travel.stop()

    def monotonic(self) -> float:
        return 1_000.0 + self.elapsed

    def advance(self, seconds: float) -> None:
        self.elapsed += seconds
        self._traveller.shift(seconds)


class _Selector(selectors.DefaultSelector):
    """Advances the clock instead of waiting, and kills the process when its turns are used up."""

    def __init__(self, clock: VirtualTime, turns: int | None) -> None:
        super().__init__()
        self._clock, self._turns = clock, turns

    def die(self) -> None:
        """Kill the process at the loop's next turn."""
        self._turns = 0

    def select(self, timeout: float | None = None) -> list[Any]:
        if self._turns is not None:
            if not self._turns:
                raise Killed
            self._turns -= 1
        ready = super().select(0)
        if not ready:
            if timeout is None:
                raise RuntimeError("the simulated process waits for something that will never happen")
            self._clock.advance(timeout)
        return ready


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self, clock: VirtualTime, turns: int | None) -> None:
        self._virtual, self._clock = clock, _Selector(clock, turns)
        super().__init__(self._clock)

    def time(self) -> float:
        return self._virtual.monotonic()

    def run_in_executor(self, executor: Any, work: Callable[..., Any], *arguments: Any) -> Any:
        """Run the work at once: no thread decides the order of events."""
        done = self.create_future()
        try:
            done.set_result(work(*arguments))
        except Killed:  # what waits for the work never hears of it
            self._clock.die()
            self.call_soon(int)
        except Exception as error:  # noqa: BLE001  passed to the caller that awaits it
            done.set_exception(error)
        return done


_dead: list[Any] = []  # what killed processes left: kept, so that no destructor runs their clean-up


def run_process(work: Coroutine[Any, Any, Any], clock: VirtualTime, *, turns: int | None) -> Any:
    """Run ``work`` as a separate process. Raises :class:`Killed` if it is killed after ``turns`` turns of its loop."""
    loop = _Loop(clock, turns)
    asyncio.set_event_loop(loop)
    task = loop.create_task(work)
    try:
        result = loop.run_until_complete(task)
    except Killed:
        _dead.append((loop, task, asyncio.all_tasks(loop)))
        raise
    finally:
        asyncio.set_event_loop(None)
    loop.close()
    return result
