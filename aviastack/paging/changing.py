"""The way through a list that moves while it is read: pages that overlap, and what to ask for where they do not.

Where its rows stand now, each stretch of joined pages knows from its newest page and the newest total. Laid out by
that, the stretches and the pages still on their way show what to ask for next: the middle of a gap between two
stretches, which closes it or halves it; rows that nobody has asked for; or the end. A shift in bulk, a total that falls
by thousands and the pages of an earlier attempt are then nothing special.
"""

from __future__ import annotations

from typing import NamedTuple

from aviastack.paging.cost import against_window, calls_for, mending_budget, overlap, pages_ahead
from aviastack.paging.evidence import Read
from aviastack.paging.proof import Claim, Seams, Stretch, newest

CAUTIOUS = 2  # requests at once while the list moves: neighbours answered in the wrong order tear each other's seams


class _Span(NamedTuple):
    """Offsets at which rows are believed to stand now; of a page on its way where there is no stretch."""

    start: int
    end: int
    stretch: Stretch | None


class Moving:
    """Offsets of a moving list, to be read ``abreast`` of one another: more, the longer its total stands still.

    At most ``mend_calls`` calls are made beyond those that the longest total seen would have needed.
    """

    def __init__(self, first: Read, mend_calls: int | None) -> None:
        self.size, self.total = first.rows_per_page, first.total
        self.abreast = CAUTIOUS
        self._overlap = overlap(self.size)
        self._mend_calls = mend_calls
        self._seams = Seams()
        self._lowest = self._highest = first.total
        self._on_their_way: list[int] = []
        self._asked = 0
        self._pages = 0
        self._faults: list[str] = []
        self._refused: tuple[int, str] | None = None

    def next(self) -> int | None:
        """Return the offset that the evidence needs next."""
        if self._seams.are_closed or self._is_spent():
            return None
        wanted = self._wanted()
        if wanted is None:
            return None
        offset = max(0, min(wanted, self.total - 1))
        if self._refused is not None and offset >= self._refused[0]:
            return None
        self._on_their_way.append(offset)
        self._asked += 1
        return offset

    def take(self, read: Read) -> None:
        """Join a page to those it shares rows with."""
        self._arrived(read.offset)
        if read.is_beyond_window:
            self.refuse(read.offset, f"offset {read.offset:,} is answered without rows")
            return
        fault = read.fault(self.size)
        if fault is None and len(read.keys) != read.count:
            fault = f"the page at offset {read.offset:,} counts {read.count:,} rows and has {len(read.keys):,}"
        if fault is not None:
            self._faults.append(fault)
            return
        self.abreast = self.abreast + 1 if read.total == self.total and not read.earlier else CAUTIOUS
        self.total = read.total
        self._lowest, self._highest = min(self._lowest, read.total), max(self._highest, read.total)
        self._pages += 1
        if read.count:
            self._seams.add(read)

    def refuse(self, offset: int, why: str) -> None:
        """Ask for nothing from the lowest refused offset on."""
        self._arrived(offset)
        if self._refused is None or offset < self._refused[0]:
            self._refused = offset, why

    def calls_left(self) -> int:
        """Count the pages from where the head ends; those of an earlier attempt beyond it are not asked for again."""
        head = self._seams.head(self.total)
        if self._seams.are_closed:
            return 0
        if head is None:
            return calls_for(self.total, self.size, settled=False)
        ahead = pages_ahead(self.total - head.zero(self.total) - head.end, self.size)
        return max(1, ahead - sum(len(each.at) for each in self._seams.stretches if each is not head))

    def verdict(self) -> tuple[bool, str]:
        """Judge by the rules of :mod:`aviastack.paging.proof`."""
        window = against_window(self._highest, self._refused and self._refused[1])
        if window:
            return False, window
        if self._seams.contradict():
            return False, "rows changed places while the list was read: its pages contradict one another in their order"
        if not self._seams.are_closed:
            return False, self._gap()
        if self._seams.balance():
            return False, "rows seem to have changed places: whenever some came above a seam, as many left below it"
        totals = f"{self._lowest:,}" if self._lowest == self._highest else f"{self._lowest:,} to {self._highest:,}"
        return True, f"moving: {self._pages:,} pages joined by shared rows from offset 0 to the end, total {totals}"

    def _gap(self) -> str:
        head = self._seams.head(self.total)
        place = max(0, head.zero(self.total) + head.end) if head else 0
        spent = max(0, self._asked + 1 - calls_for(self._highest, self.size, settled=False))
        gap = f"no shared rows lead on from row {place:,} of {self.total:,}, {spent} calls of mending spent"
        return f"{gap}; {self._faults[-1]}" if self._faults else gap

    def _is_spent(self) -> bool:
        planned = calls_for(self._highest, self.size, settled=False)
        budget = mending_budget(planned) if self._mend_calls is None else self._mend_calls
        return self._asked + 1 >= planned + budget

    def _arrived(self, offset: int) -> None:
        if offset in self._on_their_way:
            self._on_their_way.remove(offset)

    def _wanted(self) -> int | None:
        """Walk along the list as it is believed to stand, from its head, to the first place that needs a page."""
        head = self._seams.head(self.total)
        if head is None:
            return None if self._on_their_way else 0
        begin = reached = self._span(head)
        spans = [self._span(stretch) for stretch in self._seams.stretches if stretch is not head]
        spans += [_Span(offset, offset + self.size, None) for offset in self._on_their_way if offset < self.total]
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
        """Return an offset that joins two spans, None where a page on its way may do so or nothing need be done."""
        if before.stretch is None:
            return self._middle(before, after) if after.start > before.end else None
        if after.stretch is None:
            return None
        if after.start < before.end - self.size // 2:
            return self._disputed(before.stretch, after.stretch, after.end)
        if self._is_on_its_way(min(before.end, after.start), after.start):
            return None
        return self._middle(before, after)

    def _disputed(self, before: Stretch, after: Stretch, end: int) -> int | None:
        """Return an offset between stretches that claim the same places and share no row; None where none is needed.

        What an older page shows there is gone: the newest page at each place is right, and the next one is to reach
        from where it ends into what only an older page of the other stretch claims. ``end`` is where ``after`` ends.
        """
        if any(claim.number > after.newest.number and claim.end >= end for claim in before.claims(self.total)):
            return None
        left: Claim | None = None
        for place, right in newest((*before.claims(self.total), *after.claims(self.total))):
            if left and right and left.stretch is before and right.stretch is after:
                older_is_left = left.number < right.number
                wanted = place - self.size + self._overlap if older_is_left else place - self._overlap
                return None if self._is_on_its_way(place, place) else wanted
            left = right
        return None

    def _middle(self, before: _Span, after: _Span) -> int:
        """Return the offset that puts a gap in the middle of one page; of a wider gap, its first page."""
        if after.start - before.end > self.size - 2 * self._overlap:
            return before.end - self._overlap
        return (before.end + after.start - self.size) // 2

    def _is_on_its_way(self, start: int, end: int) -> bool:
        """Whether a page has been asked for that may show these places, give or take half a page."""
        low, high = start - self.size // 2, end + self.size // 2
        return any(offset < high and offset + self.size > low for offset in self._on_their_way)

    def _ahead(self, reached: _Span) -> int | None:
        """Return the next offset towards the end; spare rows of the pages to come are spread over their overlaps."""
        if reached.stretch is not None and reached.stretch.has_tail:
            return None
        rows = self.total - reached.end
        if rows > 0:
            pages = pages_ahead(rows, self.size)
            spare = (pages * self.size - rows) // (pages + 1)
            return reached.end - max(self._overlap, min(spare, self.size // 4))
        return None if self._on_their_way else self.total - self.size
