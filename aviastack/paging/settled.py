"""The way through a list that stands still: every offset once, no overlap, ceil(total / limit) calls.

Recorded re-pulls showed no change of total for days before yesterday (53 days pulled twice), and 36,892 historical rows
had no repeat across pages: offsets name rows there, and pages that cover each of them once, under one total, are all.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from aviastack.paging.cost import against_window, calls_for, mending_budget
from aviastack.paging.evidence import Read

UNBOUNDED = 1_000_000  # requests at once: nothing here depends on the order in which they are answered


class Still:
    """Offsets of a settled list. A page that is no evidence is asked for again while ``mend_calls`` last."""

    abreast = UNBOUNDED

    def __init__(self, first: Read, mend_calls: int | None) -> None:
        self.size, self.total = first.rows_per_page, first.total
        self._mends = (
            mending_budget(calls_for(self.total, self.size, settled=True)) if mend_calls is None else mend_calls
        )
        self._counts: dict[int, int] = {}
        self._totals = {first.total}
        self._faults: list[str] = []
        self._refused: tuple[int, str] | None = None
        self._waiting: deque[int] | None = None

    def next(self) -> int | None:
        """Return the next offset that has not been asked for."""
        if self._waiting is None:
            self._waiting = deque(self._missing())
        return self._waiting.popleft() if self._waiting else None

    def take(self, read: Read) -> None:
        """Take a page: evidence, or a fault to be asked about again."""
        if read.is_beyond_window:
            self.refuse(read.offset, f"offset {read.offset:,} is answered without rows")
            return
        fault = read.fault(self.size)
        if fault is None:
            self._counts[read.offset] = read.count
            self._totals.add(read.total)
            return
        self._faults.append(fault)
        if self._waiting is not None and self._mends > 0:
            self._mends -= 1
            self._waiting.append(read.offset)

    def refuse(self, offset: int, why: str) -> None:
        """Ask for nothing from the lowest refused offset on."""
        if self._refused is None or offset < self._refused[0]:
            self._refused = offset, why
        self._waiting = deque(waiting for waiting in self._waiting or () if waiting < offset)

    def calls_left(self) -> int:
        """Count the offsets that no page has covered."""
        return sum(1 for _ in self._missing())

    def verdict(self) -> tuple[bool, str]:
        """Judge: one total, and every row under it on exactly one page."""
        window = against_window(self.total, self._refused and self._refused[1])
        if window:
            return False, window
        if len(self._totals) > 1:
            low, high = min(self._totals), max(self._totals)
            return (
                False,
                f"the total changed between {low:,} and {high:,} while it was read, so the list has not settled",
            )
        missing = next(self._missing(), None)
        if missing is not None:
            why = f": {self._faults[-1]}" if self._faults else ""
            return False, f"no page covers the rows from {missing:,} on, of {self.total:,}{why}"
        rows = sum(self._counts.values())
        if rows != self.total:
            return False, f"the pages have {rows:,} rows, and the total is {self.total:,}"
        return True, f"settled: all {len(self._counts):,} offsets read once, one total of {self.total:,}"

    def _missing(self) -> Iterator[int]:
        reached = 0
        for offset in sorted(self._counts):
            yield from range(reached, offset, self.size)
            reached = max(reached, offset + self._counts[offset])
        yield from range(reached, self.total, self.size)


class Whole:
    """A list that comes in one response: boards and future schedules send null offsets and everything at once."""

    abreast = 1

    def __init__(self, first: Read) -> None:
        self.size, self.total = first.rows_per_page, first.total
        self._count = first.count

    def next(self) -> None:
        """Nothing is asked for after the first response."""

    def take(self, read: Read) -> None:
        """The first response is all there is to take."""

    def refuse(self, offset: int, why: str) -> None:
        """No offset is ever asked for."""

    def calls_left(self) -> int:
        """Nothing is left after the first response."""
        return 0

    def verdict(self) -> tuple[bool, str]:
        """Judge: the response has as many rows as it says there are."""
        window = against_window(self.total, None)
        if window:
            return False, window
        if self._count != self.total:
            return False, f"the one response has {self._count:,} rows, and its total is {self.total:,}"
        return True, f"whole: one response of {self.total:,} rows, its own total"
