"""Paging of a changing list: pages that overlap, and what to request where they do not join.

Each stretch of joined pages knows where its rows are now from its newest page and the newest total. The stretches and
the pages under way, laid out by that, show what to request next: the middle of a gap between two stretches, which
closes or halves it; rows that no page covers; or the end. A shift in bulk, a total that falls by thousands and the
pages of an earlier attempt then need no special case.
"""

from __future__ import annotations

from typing import NamedTuple

from aviastack.errors import counted
from aviastack.paging.cost import calls_for, overlap, pages_ahead, repair_budget, window_reached
from aviastack.paging.evidence import Evidence
from aviastack.paging.proof import Claim, Seams, Stretch, newest

UNEXPECTED = 16  # faults beyond a quarter of the good pages, from which on a list is given up
CAUTIOUS = 2  # requests at once while the list changes: neighbours answered out of order break each other's seams


class _Span(NamedTuple):
    """Offsets at which rows are assumed to be now; those of a page under way if there is no stretch."""

    start: int
    end: int
    stretch: Stretch | None


class Changing:
    """Offsets of a changing list, ``in_flight`` of them at once: more, the longer its total stays the same.

    At most ``repair_calls`` calls are made beyond those that the longest total would have needed.
    """

    def __init__(self, first: Evidence, repair_calls: int | None) -> None:
        self.size, self.total = first.rows_per_page, first.total
        self.in_flight = CAUTIOUS
        self._overlap = overlap(self.size)
        self._repair_calls = repair_calls
        self._seams = Seams()
        self._lowest = self._highest = first.total
        self._under_way: list[int] = []
        self._requested = 0
        self._pages = 0
        self._faults: list[str] = []
        self._refused: tuple[int, str] | None = None

    def next(self) -> int | None:
        """Return the next offset that the proof needs."""
        if self._is_spent() or self._is_hopeless():
            return None
        wanted = self._unconfirmed() if self._seams.are_closed else self._wanted()
        if wanted is None:
            return None
        offset = max(0, min(wanted, self.total - 1))
        if self._refused is not None and offset >= self._refused[0]:
            return None
        self._under_way.append(offset)
        self._requested += 1
        return offset

    def take(self, page: Evidence) -> None:
        """Join a page to those it shares rows with."""
        self._arrived(page.offset)
        if page.is_beyond_window:
            self.refuse(page.offset, f"offset {page.offset:,} is answered without rows")
            return
        fault = page.fault(self.size)
        if fault is None and len(page.keys) != page.count:
            fault = f"the page at offset {page.offset:,} counts {counted(page.count, 'row')} and has {len(page.keys):,}"
        if fault is not None:
            self._faults.append(fault)
            return
        self.in_flight = self.in_flight + 1 if page.total == self.total and not page.earlier else CAUTIOUS
        self.total = page.total
        self._lowest, self._highest = min(self._lowest, page.total), max(self._highest, page.total)
        self._pages += 1
        if page.count:
            self._seams.add(page)

    def refuse(self, offset: int, why: str) -> None:
        """Request nothing from the lowest refused offset on."""
        self._arrived(offset)
        if self._refused is None or offset < self._refused[0]:
            self._refused = offset, why

    def calls_left(self) -> int:
        """Count the pages from the end of the head on, without those that an earlier attempt has fetched."""
        head = self._seams.head(self.total)
        if self._seams.are_closed:
            return 0
        if head is None:
            return calls_for(self.total, self.size, settled=False)
        ahead = pages_ahead(self.total - head.zero(self.total) - head.end, self.size)
        return max(1, ahead - sum(len(each.at) for each in self._seams.stretches if each is not head))

    def verdict(self) -> tuple[bool, str]:
        """Judge by the rules of :mod:`aviastack.paging.proof`."""
        window = window_reached(self._highest, self._refused and self._refused[1])
        if window:
            return False, window
        if self._seams.contradict():
            return False, "rows changed places during the run: the pages contradict one another in their order"
        if not self._seams.are_closed:
            return False, self._gap()
        if self._seams.unconfirmed() is not None:
            return (
                False,
                "rows seem to have moved: whenever some came on one side of a seam, others disappeared on the other",
            )
        if self._seams.end_is_doubtful():
            return (
                False,
                "no page shows the end of the list: the last one is full, and rows may have come while it was read",
            )
        totals = f"{self._lowest:,}" if self._lowest == self._highest else f"{self._lowest:,} to {self._highest:,}"
        pages = "one page" if self._pages == 1 else f"{self._pages:,} pages joined by shared rows"
        return True, f"changing: {pages} from offset 0 to the end, total {totals}"

    def _gap(self) -> str:
        head = self._seams.head(self.total)
        place = max(0, head.zero(self.total) + head.end) if head else 0
        spent = max(0, self._requested + 1 - calls_for(self._highest, self.size, settled=False))
        gap = f"no page shares rows with row {place:,} of {self.total:,} and beyond, after {spent} repair calls"
        return f"{gap}; {self._faults[-1]}" if self._faults else gap

    def _is_spent(self) -> bool:
        planned = calls_for(self._highest, self.size, settled=False)
        budget = repair_budget(planned) if self._repair_calls is None else self._repair_calls
        return self._requested + 1 >= planned + budget

    def _is_hopeless(self) -> bool:
        """Whether more pages are faults than a list that is what it says could have."""
        return len(self._faults) > repair_budget(self._pages) + UNEXPECTED

    def _arrived(self, offset: int) -> None:
        if offset in self._under_way:
            self._under_way.remove(offset)

    def _unconfirmed(self) -> int | None:
        """Return the offset of a page that rows may have left unseen, once no other page is under way."""
        if self._under_way:
            return None
        page = self._seams.unconfirmed()
        if page is not None:
            return page.offset
        return self.total - self.size + max(1, self.size // 10) if self._seams.end_is_doubtful() else None

    def _wanted(self) -> int | None:
        """Go along the list as it is assumed to be, from its head, to the first place that needs a page."""
        head = self._seams.head(self.total)
        if head is None:
            return None if self._under_way else 0
        begin = reached = self._span(head)
        spans = [self._span(stretch) for stretch in self._seams.stretches if stretch is not head]
        spans += [_Span(offset, offset + self.size, None) for offset in self._under_way if offset < self.total]
        for span in sorted(spans, key=lambda span: span[:2]):
            if span.start >= begin.start:
                wanted = self._between(reached, span)
                if wanted is not None:
                    return wanted
                if span.end > reached.end:
                    reached = span
        return self._ahead(reached)

    def _span(self, stretch: Stretch) -> _Span:
        zero = stretch.zero(self.total)
        return _Span(zero + stretch.start, zero + stretch.end, stretch)

    def _between(self, before: _Span, after: _Span) -> int | None:
        """Return an offset that joins two spans; None if a page under way may do so, or nothing is needed."""
        if before.stretch is None:
            return self._middle(before, after) if after.start > before.end else None
        if after.stretch is None:
            return None
        if after.start < before.end - self.size // 2:
            return self._disputed(before.stretch, after.stretch, after.end)
        if self._is_under_way(min(before.end, after.start), after.start):
            return None
        return self._middle(before, after)

    def _disputed(self, before: Stretch, after: Stretch, end: int) -> int | None:
        """Return an offset between stretches that claim the same places and share no row; None if none is needed.

        The newest page at each place is right; what an older page shows there is gone. So the next page must reach from
        the end of the newest into what only an older page of the other stretch claims. ``end`` is the end of ``after``.
        """
        if any(claim.number > after.newest.number and claim.end >= end for claim in before.claims(self.total)):
            return None
        left: Claim | None = None
        for place, right in newest((*before.claims(self.total), *after.claims(self.total))):
            if left and right and left.stretch is before and right.stretch is after:
                older_is_left = left.number < right.number
                wanted = place - self.size + self._overlap if older_is_left else place - self._overlap
                return None if self._is_under_way(place, place) else wanted
            left = right
        return None

    def _middle(self, before: _Span, after: _Span) -> int:
        """Return the offset that puts a gap in the middle of a page, or that of the first page of a wider gap."""
        if after.start - before.end > self.size - 2 * self._overlap:
            return before.end - self._overlap
        return (before.end + after.start - self.size) // 2

    def _is_under_way(self, start: int, end: int) -> bool:
        """Whether a page under way may show these places, give or take half a page."""
        low, high = start - self.size // 2, end + self.size // 2
        return any(offset < high and offset + self.size > low for offset in self._under_way)

    def _ahead(self, reached: _Span) -> int | None:
        """Return the next offset towards the end. Spare rows of the remaining pages are spread over their overlaps."""
        if reached.stretch is not None and reached.stretch.has_tail:
            return None
        rows = self.total - reached.end
        if rows > 0:
            pages = pages_ahead(rows, self.size)
            spare = (pages * self.size - rows) // (pages + 1)
            return reached.end - max(self._overlap, min(spare, self.size // 4))
        return None if self._under_way else self.total - self.size
