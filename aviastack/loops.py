"""The event loop that commands and scripts run in: uvloop's, or asyncio's where uvloop is not to be had (Windows)."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


def finish(work: Coroutine[Any, Any, T]) -> T:
    """Run to the end, in a loop of its own. Raises what ``work`` raises."""
    try:
        import uvloop
    except ImportError:
        import asyncio

        return asyncio.run(work)
    return uvloop.run(work)
