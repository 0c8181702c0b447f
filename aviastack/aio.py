"""The event loop that commands and scripts run in, and the coalescing of concurrent requests for the same work."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from concurrent.futures import Future
from typing import Any, Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")
POLL_SECONDS = 0.1


class Coalescer(Generic[T, R]):
    """Hands requests to ``work`` in order, together: all that came in one turn of the loop, or since the last time.

    ``work`` returns a result for each. A request whose task has been cancelled by then is left out, unless
    ``though_cancelled``. For one event loop at a time.
    """

    def __init__(self, work: Callable[[Sequence[T]], Awaitable[Sequence[R]]], *, though_cancelled: bool) -> None:
        self._work = work
        self._though_cancelled = though_cancelled
        self._waiting: list[tuple[T, asyncio.Future[R]]] = []
        self._working: asyncio.Task[None] | None = None

    async def done(self, request: T) -> R:
        """Return the result of ``work`` for a request. An error of ``work`` is raised for all requests of its turn."""
        result: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append((request, result))
        if self._working is None or self._working.done():
            self._working = asyncio.create_task(self._to_the_end())
        return await result

    async def ended(self) -> None:
        """Return when no request waits any more."""
        if self._working is not None:
            await self._working

    async def _to_the_end(self) -> None:
        while self._waiting:
            waiting, self._waiting = self._waiting, []
            if not self._though_cancelled:
                waiting = [(request, result) for request, result in waiting if not result.done()]
            try:
                results = await self._work([request for request, _ in waiting])
            except Exception as error:  # noqa: BLE001  handed to the waiting tasks
                for _, result in waiting:
                    if not result.done():
                        result.set_exception(error)
            else:
                for (_, result), each in zip(waiting, results, strict=True):
                    if not result.done():
                        result.set_result(each)


def finish(work: Coroutine[Any, Any, T]) -> T:
    """Run ``work`` to its end in a new event loop. Raises what it raises."""
    try:
        import uvloop
    except ImportError:
        import asyncio

        return asyncio.run(work)
    return uvloop.run(work)


async def in_thread(work: Callable[[threading.Event], T]) -> T:
    """Run blocking work in a thread and return its result. Raises what it raises.

    If this task is cancelled, the event that ``work`` was given is set, and its end is waited for: nothing goes on
    behind the caller's back.
    """
    stop = threading.Event()
    running = asyncio.get_running_loop().run_in_executor(None, work, stop)
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        stop.set()
        await asyncio.gather(running, return_exceptions=True)
        raise


def finish_anywhere(work: Coroutine[Any, Any, T]) -> T:
    """Run to the end, in a thread if a loop is already running here, as in a notebook. Raises what ``work`` raises.

    An interrupt (:class:`KeyboardInterrupt`), and a cancelled task of the running loop, cancel the work and are raised
    once it has ended.
    """
    try:
        task = asyncio.current_task()
    except RuntimeError:
        return finish(work)
    running = _InThread(work)
    try:
        while not running.ended.wait(POLL_SECONDS):
            if task is not None and task.cancelling():  # asyncio.run turns Ctrl-C into this while the loop is blocked
                running.cancel()
    except BaseException:
        running.cancel()
        running.ended.wait()
        raise
    return running.result.result()


class _InThread(Generic[T]):
    """A coroutine that runs in its own thread and can be cancelled from another."""

    def __init__(self, work: Coroutine[Any, Any, T]) -> None:
        self.result: Future[T] = Future()
        self.ended = threading.Event()
        self._work = work
        self._begun = threading.Event()
        self._task: asyncio.Task[T] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        threading.Thread(target=self._run, name="aviastack", daemon=True).start()

    def cancel(self) -> None:
        """Cancel the work; harmless if it has ended."""
        self._begun.wait()
        if self._loop is not None and self._task is not None and not self.ended.is_set():
            try:
                self._loop.call_soon_threadsafe(self._task.cancel)
            except RuntimeError:  # the loop is closed: the work has just ended
                return

    def _run(self) -> None:
        try:
            self.result.set_result(finish(self._tracked()))
        except BaseException as error:  # noqa: BLE001  handed to the caller
            self.result.set_exception(error)
        finally:
            self._begun.set()
            self.ended.set()

    async def _tracked(self) -> T:
        self._loop, self._task = asyncio.get_running_loop(), asyncio.current_task()
        self._begun.set()
        return await self._work
