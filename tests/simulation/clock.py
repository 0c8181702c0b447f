"""One virtual clock for everything a process can look at."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import time_machine

from aviastack.limits.pace import Schedule

MODULES_WITH_MONOTONIC = "aviastack"


class VirtualTime:
    """``time.time``, ``datetime.now``, ``time.monotonic``, ``time.sleep`` and the event loop's clock.

    ``elapsed`` is the true time in seconds, which no process sees: wall clocks may jump.
    """

    def __init__(self, start: datetime) -> None:
        self._travel = time_machine.travel(start, tick=False)
        self._traveller: Any = None
        self.elapsed = 0.0
        self.jumped = 0.0

    @contextmanager
    def running(self) -> Iterator[VirtualTime]:
        """Let the clock rule while the block lasts."""
        monotonic, sleep = time.monotonic, time.sleep
        users = [
            module
            for name, module in sys.modules.items()
            if name.startswith(MODULES_WITH_MONOTONIC) and getattr(module, "monotonic", None) is monotonic
        ]
        defaults: dict[str, Any] = Schedule.__init__.__kwdefaults__  # bound when the class was made
        self._traveller = self._travel.start()
        for module in (time, *users):
            module.monotonic = self.monotonic  # type: ignore[attr-defined]
        time.sleep, defaults["clock"] = self.advance, self.monotonic
        try:
            yield self
        finally:
            for module in (time, *users):
                module.monotonic = monotonic  # type: ignore[attr-defined]
            time.sleep, defaults["clock"] = sleep, monotonic
            self._travel.stop()

    def monotonic(self) -> float:
        """Return seconds since some moment."""
        return 1_000.0 + self.elapsed

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.elapsed += seconds
        self._traveller.shift(seconds)

    def jump(self, seconds: float) -> None:
        """Set the wall clock forward or back; no time passes."""
        self.jumped += seconds
        self._traveller.shift(seconds)
