"""Paging of a settled list: every offset once, no overlap, ceil(total / limit) calls.

Recorded re-pulls showed no change of total for days before yesterday (53 days pulled twice), and 36,892 historical rows
had no repeat across pages. So offsets identify rows, and pages that cover each offset once under one total are all.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator
from itertools import chain

from aviastack.errors import counted
from aviastack.paging.cost import calls_for, repair_budget, window_reached
from aviastack.paging.evidence import Evidence

UNEXPECTED = 16  # faults beyond a quarter of the good pages, from which on a list is given up: it is not what it says
EMPTY_ANSWERS = 2  # to one offset, from which on it is not requested again: an outage lasts longer than a run
UNBOUNDED = 1_000_000  # requests at once: nothing here depends on the order of the answers


class Settled:
    """Offsets of a settled list. A page that is not evidence is requested again while ``repair_calls`` last."""

    in_flight = UNBOUNDED

    def __init__(self, first: Evidence, repair_calls: int | None) -> None:
        self.size, self.total = first.rows_per_page, first.total
        self._repairs_left = (
            repair_budget(calls_for(self.total, self.size, settled=True)) if repair_calls is None else repair_calls
        )
        self._counts: dict[int, int] = {}
        self._totals = {first.total}
        self._faults: list[str] = []
        self._empty: Counter[int] = Counter()  # answers without rows, by offset
        self._refused: tuple[int, str] | None = None
        self._repairs: deque[int] = deque()
        self._missing: Iterator[int] | None = None

    def next(self) -> int | None:
        """Return the next offset that was not requested yet, or that is to be requested again."""
        if len(self._faults) > repair_budget(len(self._counts)) + UNEXPECTED:
            return None
        if self._missing is None:
            self._missing = chain.from_iterable(self._gaps(self._counts))
        offset = next(self._missing, None)
        if offset is not None and self._is_served(offset):
            return offset
        return self._repairs.popleft() if self._repairs else None

    def take(self, page: Evidence) -> None:
        """Take a page: evidence, or a fault whose offset is requested again."""
        if page.is_beyond_window:
            self.refuse(page.offset, f"offset {page.offset:,} is answered without rows")
            return
        fault = page.fault(self.size)
        if fault is None:
            self._counts[page.offset] = page.count
            self._totals.add(page.total)
            return
        self._faults.append(fault)
        if page.total and page.reported_offset in (None, page.offset):
            self._totals.add(page.total)
        self._empty[page.offset] += page.total == 0
        is_worth_a_call = len(self._totals) == 1 and self._empty[page.offset] < EMPTY_ANSWERS
        if self._missing is not None and self._repairs_left > 0 and is_worth_a_call:
            self._repairs_left -= 1
            self._repairs.append(page.offset)

    def refuse(self, offset: int, why: str) -> None:
        """Request nothing from the lowest refused offset on."""
        if self._refused is None or offset < self._refused[0]:
            self._refused = offset, why
        self._repairs = deque(filter(self._is_served, self._repairs))

    def calls_left(self) -> int:
        """Count the offsets that no page covers."""
        return sum(len(gap) for gap in self._gaps(self._counts))

    def verdict(self) -> tuple[bool, str]:
        """Judge: one total, and every row below it on exactly one page."""
        window = window_reached(self.total, self._refused and self._refused[1])
        if window:
            return False, window
        if len(self._totals) > 1:
            low, high = min(self._totals), max(self._totals)
            return False, f"the total changed between {low:,} and {high:,} during the run: the list has not settled"
        missing = next(chain.from_iterable(self._gaps(self._counts)), None)
        if missing is not None:
            why = f": {self._faults[-1]}" if self._faults else ""
            return False, f"no page covers the rows from {missing:,} on, of {self.total:,}{why}"
        rows = sum(self._counts.values())
        if rows != self.total:
            return False, f"the pages have {counted(rows, 'row')}, and the total is {self.total:,}"
        offsets = "the one offset" if len(self._counts) == 1 else f"all {len(self._counts):,} offsets"
        return True, f"settled: {offsets} read once, one total of {self.total:,}"

    def _is_served(self, offset: int) -> bool:
        return self._refused is None or offset < self._refused[0]

    def _gaps(self, counts: dict[int, int]) -> list[range]:
        """Return the offsets that no page covers, as ranges: their length is the API's word and sizes no list."""
        reached, gaps = 0, []
        for offset in sorted(counts):
            gaps.append(range(reached, offset, self.size))
            reached = max(reached, offset + counts[offset])
        return [*gaps, range(reached, self.total, self.size)]


class SingleResponse:
    """A list that comes in one response: boards and future schedules send null offsets and everything at once."""

    in_flight = 1

    def __init__(self, first: Evidence) -> None:
        self.size, self.total = first.rows_per_page, first.total
        self._count = first.count

    def next(self) -> None:
        """Request nothing after the first response."""

    def take(self, page: Evidence) -> None:
        """Take nothing more: the first response is all there is."""

    def refuse(self, offset: int, why: str) -> None:
        """Do nothing: no offset is requested."""

    def calls_left(self) -> int:
        """Return 0."""
        return 0

    def verdict(self) -> tuple[bool, str]:
        """Judge: the response has as many rows as its total."""
        window = window_reached(self.total, None)
        if window:
            return False, window
        if self._count != self.total:
            return False, f"the one response has {counted(self._count, 'row')}, and its total is {self.total:,}"
        return True, f"whole: one response of {counted(self.total, 'row')}, its own total"
