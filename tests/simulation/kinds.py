"""The two kinds of histories: short ones with many faults, and busy ones, in which late runs meet newer ones."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

SETTLED = (date(2026, 11, 17), date(2026, 11, 18))
CHANGING = date(2026, 11, 20)
PART = ""  # in place of an airline: a part of the list before it


@dataclass(frozen=True)
class Kind:
    """What the histories of a kind draw from. The ``first`` job is drawn from other ones than the ``jobs`` after it."""

    intensity: tuple[float, ...]
    lists: tuple[tuple[date, str], ...]
    slices: tuple[int, ...]
    processes: tuple[int, ...]
    first: tuple[str, ...]
    jobs: tuple[str, ...]
    budget: tuple[int | None, ...]
    max_calls: tuple[int | None, ...]


JOBS = ("backfill", "backfill", "run", "extract", "replay")
PLAIN = Kind(
    intensity=(0.3, 1.0, 1.0, 2.0),
    lists=((SETTLED[0], "AA"), (SETTLED[1], "AA"), (CHANGING, "AA"), (SETTLED[1], "DL")),
    slices=(2, 3, 4),
    processes=(2, 3, 4, 5),
    first=JOBS,
    jobs=JOBS,
    budget=(None, None, None, 12, 30),
    max_calls=(None, None, None, 5),
)
BUSY = Kind(
    intensity=(0.2, 0.3, 1.0),
    lists=((CHANGING, "AA"), (CHANGING, PART), (SETTLED[1], "AA"), (CHANGING, "DL")),
    slices=(1, 2, 3),
    processes=(4, 6, 8),
    first=("backfill", "backfill", "run", "extract"),
    jobs=("backfill", "run", "extract", "extract", "load", "load", "replay"),
    budget=(None,),
    max_calls=(None,),
)
BUSY_SHARE = 0.4
WRONG_CLOCKS_SHARE = 0.25  # of the busy ones
JUMPS = (0.1, 3.0)
"""The share of processes after which the clock jumps, times the intensity: in most histories, and with wrong clocks."""
