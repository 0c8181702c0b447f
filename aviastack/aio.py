"""The event loop that commands and scripts run in, and the coalescing of concurrent requests for the same work."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class Coalescer(Generic[T, R]):
    """Hands what is asked for to ``work``, in order: all that came in one turn of the loop, or since the last time.

    ``work`` returns a result for each. What was asked for by a task that has been cancelled by then is left out, unless
    ``though_cancelled``. For one event loop at a time.
    """

    def __init__(self, work: Callable[[Sequence[T]], Awaitable[Sequence[R]]], *, though_cancelled: bool) -> None:
        self._work = work
        self._though_cancelled = though_cancelled
        self._waiting: list[tuple[T, asyncio.Future[R]]] = []
        self._working: asyncio.Task[None] | None = None

    async def done(self, asked: T) -> R:
        """Return what ``work`` made of ``asked``. Raises what it raised, as for all that went with it."""
        result: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append((asked, result))
        if self._working is None or self._working.done():
            self._working = asyncio.create_task(self._to_the_end())
        return await result

    async def ended(self) -> None:
        """Return when nothing waits any more."""
        if self._working is not None:
            await self._working

    async def _to_the_end(self) -> None:
        while self._waiting:
            waiting, self._waiting = self._waiting, []
            if not self._though_cancelled:
                waiting = [(asked, result) for asked, result in waiting if not result.done()]
            try:
                results = await self._work([asked for asked, _ in waiting])
            except Exception as error:  # noqa: BLE001  handed to whoever waits
                for _, result in waiting:
                    if not result.done():
                        result.set_exception(error)
            else:
                for (_, result), each in zip(waiting, results, strict=True):
                    if not result.done():
                        result.set_result(each)


def finish(work: Coroutine[Any, Any, T]) -> T:
    """Run to the end, in a loop of its own. Raises what ``work`` raises."""
    try:
        import uvloop
    except ImportError:
        import asyncio

        return asyncio.run(work)
    return uvloop.run(work)
