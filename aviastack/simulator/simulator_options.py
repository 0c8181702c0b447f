"""Every switch of the simulator."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from aviastack.endpoints import Plan


@dataclass(frozen=True)
class SimulatorOptions:
    """What the simulated API is like; the defaults make it generous and faultless.

    - ``port``: 0 takes a free one. ``seed`` and ``flights_per_day`` (rows of one date, averaged over a week) decide the
      flights; ``today`` (UTC; a date means its noon) stops the clock that they follow, None lets it run.
    - ``plan`` decides which endpoints and parameters are served, and the largest ``limit``. ``key``: the only one
      accepted; None accepts any. One that begins with "inactive" is that of an inactive user.
    - ``quota``: calls a month after which it refuses. None refuses nothing, but on the free plan, where 100 are the
      month's. ``month_as_rate`` calls the spent month ``rate_limit_reached``, as has been seen.
    - ``pace``, kept in a sliding window without slack: ``5/s``, ``1/10s``, or by endpoint ``5/s,timetable=1/10s``.
      ``retry_after``: seconds named in a 429, None names none.
    - ``latency``: seconds before each response, and at random up to ``jitter`` more. ``stall``: those of a stalled one.
    - ``faults``: such as ``no_pagination=0.02,reset=0.01``; see :mod:`aviastack.simulator.faults`.
    - ``drift`` lets lists that are not settled move while they are paged: ``single`` rows, ``bulk`` shifts too, or
      ``reorder`` as well.
    - ``window``: the largest ``total`` (the API was seen to stop at 10,000), beyond which offsets are refused.
    - ``recorded``: a folder of recorded responses to serve instead of made ones.
    - ``gzip``: compress for clients that ask for it. ``room``: bytes of rendered rows that are kept; a benchmark raises
      it and asks for everything once, so that the server then costs next to nothing.
    """

    port: int = 0
    seed: int = 1
    flights_per_day: int = 20_000
    plan: Plan = Plan.ENTERPRISE
    key: str | None = None
    quota: int | None = None
    month_as_rate: bool = False
    pace: str | None = None
    retry_after: int | None = None
    latency: float = 0.0
    jitter: float = 0.0
    stall: float = 60.0
    faults: str = ""
    drift: str | None = None
    window: int | None = None
    today: date | datetime | None = None
    recorded: Path | None = None
    gzip: bool = True
    room: int = 64_000_000

    def __post_init__(self) -> None:
        """Let the plan be given by its name."""
        object.__setattr__(self, "plan", Plan(self.plan))
