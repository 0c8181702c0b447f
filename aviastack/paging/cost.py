"""What a run costs in calls, and the window that the API may put around a list."""

from __future__ import annotations

from dataclasses import dataclass

WINDOW = 10_000  # rows: in September 2026 two recorded accounts saw exactly this total where there had been 200,000
SPLIT = "split the query by airline or airport (not by status, which changes meanwhile)"


@dataclass(frozen=True, slots=True)
class Cost:
    """The cost of a run by its page 0: ``calls`` still to be made, ``pages`` and ``rows`` of the whole list."""

    calls: int
    pages: int
    rows: int
    rows_per_page: int


def calls_for(total: int, limit: int, settled: bool) -> int:
    """Return the calls that a list of ``total`` rows costs at ``limit`` rows per page, retries and repairs aside.

    Neighbouring pages of a changing list share rows; those of a settled one need not.
    """
    if total <= limit:
        return 1
    if settled:
        return _ceil(total, limit)
    return 1 + pages_ahead(total - limit, limit)


def pages_ahead(rows: int, limit: int) -> int:
    """Return how many pages ``rows`` more rows of a changing list take, each sharing rows with the page before it."""
    return _ceil(rows, max(1, limit - overlap(limit)))


def overlap(limit: int) -> int:
    """Return the least number of rows that neighbouring pages of a changing list share: 6 of 100 and of 1,000.

    A shared row costs ``1 / limit`` of a call per page, and a seam broken by a shift costs a call to repair. Six rows
    cover the rows that come and go singly; shifts in bulk (13, 26 rows) are too rare to be worth more.
    """
    return max(1, min(6, limit // 16))


def repair_budget(calls: int) -> int:
    """Return the default number of repair calls beyond the plan. A run that gives up has wasted all its calls."""
    return max(8, calls // 4)


def window_reached(total: int, refused: str | None) -> str | None:
    """Return why the API's window keeps a slice from being complete, or None if it does not."""
    if refused is not None:
        return f"the API refuses to page on ({refused}): {SPLIT}"
    if total == WINDOW:
        return f"the total is exactly {WINDOW:,}, the most that the API returns for one query: {SPLIT}"
    return None


def _ceil(rows: int, by: int) -> int:
    return -(-rows // by)
