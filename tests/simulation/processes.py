"""Processes on a virtual clock: each may be killed at any turn of its loop, and in the middle of its threads' work.

Work that the product hands to a thread runs as a greenlet, which gives way where storage and warehouse are accessed
(:func:`pause`). So threads interleave, in an order that the seed decides. What a killed process was doing is never
resumed, and none of its clean-up runs.
"""

from __future__ import annotations

import asyncio
import contextvars
import heapq
import selectors
from asyncio import events
from collections import defaultdict, deque
from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from typing import Any

from greenlet import getcurrent, greenlet

from tests.simulation.clock import VirtualTime

PROCESS: contextvars.ContextVar[Process | None] = contextvars.ContextVar("process", default=None)
_dead: list[Any] = []  # what killed processes left: kept, so that no destructor runs their clean-up


class Process:
    """A simulated process. ``turns`` is after how many turns of its loop it is killed; None if it lives."""

    def __init__(self, name: str, *, turns: int | None = None) -> None:
        self.name, self.turns = name, turns
        self.dead = self.is_over = False
        self.result: Any = None
        self.error: BaseException | None = None
        self.at_death: list[Callable[[], None]] = []
        self.ended: Callable[[], None] = lambda: None

    def die(self) -> None:
        """End at once: nothing of it runs any more, and the kernel takes back what it held."""
        if self.dead:
            return
        self.dead = True
        for release in self.at_death:
            release()
        self.ended()

    def takes_turn(self) -> bool:
        """Count a turn; False for a dead process, and for one whose last turn is over."""
        if self.dead:
            return False
        if self.turns is not None:
            self.turns -= 1
            if self.turns < 0:
                self.die()
        return not self.dead


def current() -> Process:
    """Return the process whose code is running."""
    process = PROCESS.get()
    assert process is not None, "this is not part of a simulated process"
    return process


def pause(seconds: float) -> None:
    """Let other work run for so long; within the event loop itself, which cannot give way, time just passes."""
    job = getcurrent()
    if isinstance(job, _Job):
        job.sleep(seconds)


def kill() -> None:
    """Kill the process whose code is running: at once in a thread, in the event loop at its next await."""
    current().die()
    job = getcurrent()
    if isinstance(job, _Job):
        job.parent.switch()  # never to return


class _Job(greenlet):
    """A thread's work."""

    def __init__(self, loop: _Loop, run: Callable[[], None]) -> None:
        super().__init__(run)
        self._loop, self._process = loop, current()
        self.gr_context = contextvars.copy_context()
        _dead.append(self)

    def resume(self) -> None:
        if not self._process.dead:
            self.switch()

    def sleep(self, seconds: float) -> None:
        self._loop.call_later(seconds, self.resume)
        self.parent.switch()


class _Selector(selectors.DefaultSelector):
    """Advances the clock instead of waiting."""

    def __init__(self, clock: VirtualTime) -> None:
        super().__init__()
        self._clock = clock

    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout is None:
            raise RuntimeError("the simulated processes wait for something that will never happen")
        if timeout > 0:
            self._clock.advance(timeout)
        return []


class _Handle(events.Handle):
    """A turn of a process."""

    def _run(self) -> None:
        process = self._context.get(PROCESS)
        if process is None or process.takes_turn():
            super()._run()


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self, clock: VirtualTime) -> None:
        self._virtual = clock
        self._queues: defaultdict[Any, deque[_Job]] = defaultdict(deque)
        super().__init__(_Selector(clock))

    def time(self) -> float:
        return self._virtual.monotonic()

    def _call_soon(self, callback: Any, args: Any, context: Any) -> _Handle:
        handle = _Handle(callback, args, self, context)
        self._ready.append(handle)
        return handle

    def run_in_executor(self, executor: Any, work: Callable[..., Any], *arguments: Any) -> Any:
        """Run the work as a job. An executor of the product has one thread, so its jobs run one after the other."""
        done = self.create_future()
        queue = self._queues[executor] if executor is not None else None

        def run() -> None:
            try:
                result = work(*arguments)
            except Exception as error:  # noqa: BLE001  passed to the caller that awaits it
                if not done.cancelled():
                    done.set_exception(error)
            else:
                if not done.cancelled():
                    done.set_result(result)
            if queue is not None:
                queue.popleft()
                if queue:
                    self.call_soon(queue[0].resume)

        job = _Job(self, run)
        if queue is not None:
            queue.append(job)
        if queue is None or queue[0] is job:
            self.call_soon(job.resume)
        return done

    def close(self) -> None:
        heapq.heapify(self._scheduled)
        super().close()


def run_processes(works: Sequence[tuple[Process, Coroutine[Any, Any, Any]]], clock: VirtualTime) -> None:
    """Run processes at once, each to its result, its error or its death. Raises RuntimeError for a deadlock."""
    loop = _Loop(clock)
    living = {process.name for process, _ in works}

    def ended(name: str, *_: object) -> None:
        living.discard(name)  # twice if a thread is killed after the process has ended
        if not living:
            loop.stop()

    asyncio.set_event_loop(loop)
    tasks = []
    for process, work in works:
        context = contextvars.copy_context()
        context.run(PROCESS.set, process)
        process.ended = partial(ended, process.name)
        tasks.append(loop.create_task(work, context=context))
        tasks[-1].add_done_callback(partial(ended, process.name))
    _dead.append((loop, tasks))
    try:
        loop.run_forever()
    finally:
        asyncio.set_event_loop(None)
        _dead.append(asyncio.all_tasks(loop))
        for process, _ in works:
            process.is_over = True
    for (process, _), task in zip(works, tasks, strict=True):
        if task.done() and not process.dead:
            process.error = task.exception()
            process.result = None if process.error else task.result()
    if all(task.done() for task in tasks):
        loop.close()
