"""What a run will cost, what paging proved of it, and what a page must be to count as evidence."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import msgspec

from aviastack.pages import Page

WINDOW = 10_000  # rows: in September 2026 two recorded accounts saw exactly this total where there had been 200,000
SPLIT = "split the query by airline or airport (not by status, which changes meanwhile)"


class Coverage(msgspec.Struct, frozen=True):
    """What paging proved of a slice.

    ``proof`` is one sentence, for or against. ``total`` is the list's length by the newest page, ``pages`` counts those
    kept and ``calls`` those spent now, without the ones of an earlier attempt. ``as_of`` is the arrival of the oldest
    page in UTC: what changed after it may be missing. ``rows_expected`` is the number of distinct rows that the pages
    must have; None for a list that moved.
    """

    proven: bool
    proof: str
    settled: bool
    total: int
    pages: int
    calls: int
    as_of: datetime
    rows_expected: int | None


@dataclass(frozen=True, slots=True)
class Cost:
    """What page 0 tells of the run: ``calls`` still to be made, ``pages`` and ``rows`` of the whole.

    ``window_hit``: the total is the window in which the API answers, so no number of calls makes the slice complete.
    """

    calls: int
    pages: int
    rows: int
    rows_a_page: int
    window_hit: bool


@dataclass(eq=False, slots=True)
class Read:
    """What paging remembers of a page once its body is gone: 8 bytes a row of a moving list, nothing of a still one."""

    number: int
    offset: int
    limit: int
    count: int
    total: int
    said_limit: int | None
    said_offset: int | None
    keys: array[int]
    earlier: bool = False  # read by an earlier attempt, at an unknown distance in time

    @classmethod
    def of(cls, page: Page, keys: Iterable[int] = (), *, earlier: bool = False) -> Read:
        """Remember ``page`` and the 64-bit hashes of its rows' keys."""
        said = page.pagination
        hashes = array("Q", keys)
        return cls(
            page.number, page.offset, page.limit, said.count, said.total, said.limit, said.offset, hashes, earlier
        )

    @property
    def rows_a_page(self) -> int:
        """The page size that the API serves, as its first page has it, whatever was asked."""
        return self.count if 0 < self.count < self.total else max(self.said_limit or self.limit, self.count, 1)

    @property
    def is_last(self) -> bool:
        """Whether the page reaches its own total."""
        return self.offset + self.count >= self.total

    def fault(self, size: int) -> str | None:
        """Why the page is no evidence, or None.

        A page that is short before the end may have lost rows anywhere on it: in 30,212 recorded pages only the last
        of a list was short. Its rows are kept, and its offset is asked for again.
        """
        if self.said_offset not in (None, self.offset):
            return f"offset {self.offset:,} was asked for and {self.said_offset:,} answered"
        if self.total == 0:
            return f"offset {self.offset:,} was answered with an empty list"
        if self.count < min(self.limit, self.said_limit or size, size) and not self.is_last:
            return f"the page at offset {self.offset:,} of {self.total:,} has {self.count:,} rows instead of {size:,}"
        return None


class Way(Protocol):
    """A way through the offsets of a list: tells what to ask for next, and judges what came."""

    size: int
    total: int
    abreast: int

    def next(self) -> int | None:
        """Return the next offset to ask for, counted as on its way; None while there is nothing to ask."""

    def take(self, read: Read) -> None:
        """Take the answer to an offset that was asked, now or by an earlier attempt."""

    def refuse(self, offset: int, why: str) -> None:
        """Take note that the API refused an offset."""

    def calls_left(self) -> int:
        """Return how many calls the rest will cost, faults and mending aside."""

    def verdict(self) -> tuple[bool, str]:
        """Return whether the pages are proven to be all there is, and the sentence that says why."""


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
