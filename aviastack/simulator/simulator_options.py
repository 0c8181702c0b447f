"""The options of the simulator."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from aviastack.endpoints import Plan


@dataclass(frozen=True)
class SimulatorOptions:
    """The behaviour of the simulated API; with the defaults it is generous and without faults.

    - ``port``: 0 takes a free one. ``seed`` and ``flights_per_day`` (rows of one date, averaged over a week) decide the
      flights; ``today`` (UTC; a date means its noon) fixes the clock that they follow, None lets it run.
    - ``plan`` decides which endpoints and parameters are served, and the largest ``limit``. ``key``: the only one
      accepted; None accepts any. One that begins with "inactive" is that of an inactive user.
    - ``quota``: calls per month after which it refuses. None refuses nothing, except on the free plan (100 per month).
      ``month_as_rate`` reports the spent month as ``rate_limit_reached``, as the API has been seen to do.
    - ``pace``, kept in a sliding window without slack: ``5/s``, ``1/10s``, or by endpoint ``5/s,timetable=1/10s``.
      ``retry_after``: seconds sent in a 429; None sends no header.
    - ``latency``: seconds before each response, plus up to ``jitter`` at random. ``stall``: seconds of a stall.
    - ``faults``: such as ``no_pagination=0.02,reset=0.01``; see :mod:`aviastack.simulator.faults`.
    - ``drift`` lets lists that are not settled change while they are paged: ``single`` rows, ``bulk`` shifts too, or
      ``reorder`` as well.
    - ``window``: the largest ``total`` (the API has been seen to stop at 10,000), beyond which offsets are refused.
    - ``recorded``: a folder of recorded responses to serve instead of simulated ones.
    - ``gzip``: compress for clients that accept it. ``room``: bytes of rendered rows that are kept; a benchmark raises
      it and requests everything once, so that the server costs almost nothing afterwards.
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
        """Accept the plan by its name."""
        object.__setattr__(self, "plan", Plan(self.plan))
