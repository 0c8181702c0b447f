"""What a run will cost, and what paging proved of it."""

from __future__ import annotations

from dataclasses import dataclass

WINDOW = 10_000  # rows: in September 2026 two recorded accounts saw exactly this total where there had been 200,000
SPLIT = "split the query by airline or airport (not by status, which changes meanwhile)"


@dataclass(frozen=True, slots=True)
class Cost:
    """What page 0 tells of the run: ``calls`` still to be made, ``pages`` and ``rows`` of the whole.

    ``window_hit``: the total is the window in which the API answers, so no number of calls makes the slice complete.
    """

    calls: int
    pages: int
    rows: int
    rows_per_page: int
    window_hit: bool


def calls_for(total: int, limit: int, settled: bool) -> int:
    """Return the calls that a list of ``total`` rows costs at ``limit`` rows a page, faults and mending aside.

    Neighbouring pages of a list that moves share rows; those of a settled one need not.
    """
    if total <= limit:
        return 1
    if settled:
        return _ceil(total, limit)
    return 1 + pages_ahead(total - limit, limit)


def pages_ahead(rows: int, limit: int) -> int:
    """Return how many pages read on over ``rows`` more rows of a moving list, each sharing rows with the one before."""
    return _ceil(rows, max(1, limit - overlap(limit)))


def overlap(limit: int) -> int:
    """Return how many rows neighbouring pages of a moving list share at least: 6 of 100 and of 1,000.

    A row shared costs ``1 / limit`` of a call a page, and a seam that a shift tears costs a call to mend. Six rows
    outlast those that come and go singly; shifts in bulk (13, 26 rows) are too rare to be worth more.
    """
    return max(1, min(6, limit // 16))


def mending_budget(calls: int) -> int:
    """Return how many calls more than planned a run may spend on mending, of itself: a run given up costs them all."""
    return max(8, calls // 4)


def against_window(total: int, refused: str | None) -> str | None:
    """Say why the window in which the API answers keeps the slice from being complete; None where it does not."""
    if refused is not None:
        return f"the API refuses to page on ({refused}): {SPLIT}"
    if total == WINDOW:
        return f"the total is exactly {WINDOW:,}, the most that the API lets one query see: {SPLIT}"
    return None


def _ceil(rows: int, by: int) -> int:
    return -(-rows // by)
