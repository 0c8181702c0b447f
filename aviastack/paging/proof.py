"""The proof that a changing list was read whole: neighbouring pages share rows (seams) and join into stretches."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from heapq import heappop, heappush
from itertools import pairwise
from math import comb
from typing import NamedTuple

from aviastack.paging.evidence import Read


@dataclass(eq=False, slots=True)
class Stretch:
    """Pages that are joined: ``at`` lays each on one ruler, with the first row of one of them at zero.

    ``has_head``: one of the pages was read at offset 0. ``has_tail``: one of them reached its own total.
    """

    at: dict[Read, int]
    start: int
    end: int
    newest: Read
    has_head: bool
    has_tail: bool

    @classmethod
    def of(cls, read: Read) -> Stretch:
        """A page by itself."""
        return cls({read: 0}, 0, read.count, read, read.offset == 0, read.is_last)

    def zero(self, total: int) -> int:
        """The offset at which the ruler's zero stands now, as far as the newest page and today's total tell.

        What changed since that page is taken to have changed above it, as it mostly does.
        """
        return self.newest.offset - self.at[self.newest] + total - self.newest.total

    def claims(self, total: int) -> Iterator[Claim]:
        """Where the rows of each page stand now, if they are all still there."""
        zero = self.zero(total)
        return (Claim(zero + at, zero + at + read.count, read.number, self) for read, at in self.at.items())

    def absorb(self, other: Stretch, shift: int) -> None:
        """Take over another stretch, whose ruler's zero lies at ``shift`` on this one."""
        self.at |= {read: at + shift for read, at in other.at.items()}
        self.start, self.end = min(self.start, other.start + shift), max(self.end, other.end + shift)
        self.newest = max(self.newest, other.newest, key=lambda read: read.number)
        self.has_head |= other.has_head
        self.has_tail |= other.has_tail


class Claim(NamedTuple):
    """Offsets at which the rows of a page are believed to stand now; the page with the highest number is the newest."""

    start: int
    end: int
    number: int
    stretch: Stretch


def newest(claims: Iterable[Claim]) -> Iterator[tuple[int, Claim | None]]:
    """Go along the list and tell, place by place, which of the pages that claim it is the newest."""
    by_start = deque(sorted(claims, key=lambda claim: claim.start))
    here: list[tuple[int, int, Claim]] = []
    for place in sorted({edge for claim in by_start for edge in (claim.start, claim.end)}):
        while by_start and by_start[0].start <= place:
            claim = by_start.popleft()
            heappush(here, (-claim.number, claim.start, claim))
        while here and here[0][2].end <= place:
            heappop(here)
        yield place, here[0][2] if here else None


CHANCE = 10  # ways in which the seams' changes could have met by accident, from which on their meeting is none


@dataclass(slots=True)
class Seams:
    """All pages of a run, as the stretches that they form. Rows are known by the hashes of their keys.

    It takes about 90 bytes a row while the run lasts: any page may turn out to share rows with any other.
    """

    stretches: list[Stretch] = field(default_factory=list)
    _home: dict[Read, Stretch] = field(default_factory=dict)
    _page_of: dict[int, Read] = field(default_factory=dict)
    _shared: set[int] = field(default_factory=set)
    _ambiguous: set[int] = field(default_factory=set)
    _changes: list[tuple[int, int]] = field(default_factory=list)  # at each seam: rows come above it, and below it

    def add(self, read: Read) -> None:
        """Join a page to all that it shares rows with. A key that one page has twice is no key, and joins nothing."""
        if len(set(read.keys)) < len(read.keys):
            self._ambiguous |= {key for key, times in Counter(read.keys).items() if times > 1}
        stretch = self._home[read] = Stretch.of(read)
        self.stretches.append(stretch)
        known = [key for key in read.keys if key in self._page_of]
        self._shared.update(known)
        for other in dict.fromkeys(self._page_of[key] for key in known):
            self._join(other, read)
        self._page_of.update(dict.fromkeys(read.keys, read))

    def head(self, total: int) -> Stretch | None:
        """The stretch from offset 0 on that leads furthest."""
        heads = (stretch for stretch in self.stretches if stretch.has_head)
        return max(heads, key=lambda stretch: stretch.zero(total) + stretch.end, default=None)

    @property
    def are_closed(self) -> bool:
        """Whether a chain leads from offset 0 to a page that reaches its own total."""
        return any(stretch.has_head and stretch.has_tail for stretch in self.stretches)

    def contradict(self) -> bool:
        """Whether no single order of rows agrees with all pages. Rows on one page only cannot make the difference."""
        order: TopologicalSorter[int] = TopologicalSorter()
        shared = self._shared - self._ambiguous
        for read in self._home:
            for before, after in pairwise(key for key in read.keys if key in shared):
                order.add(after, before)
        try:
            order.prepare()
        except CycleError:
            return True
        return False

    def balance(self) -> bool:
        """Whether rows came or left above seams only where as many left or came below, too often for an accident."""
        both = sum(above == -below != 0 for above, below in self._changes)
        either = sum(above != 0 or below != 0 for above, below in self._changes)
        return 0 < both == either and comb(len(self._changes) + both, both) >= CHANCE

    def _join(self, old: Read, new: Read) -> None:
        """Join two pages where what they share makes them two views of one stretch of the list.

        Rows that stand beside the shared ones on both pages, yet are not the same, must have come or gone: more of them
        than of the shared ones is no seam. Nor are rows far from where any shift would have put them: by over a page's
        length further down than the total has grown, or further up than it has shrunk.
        """
        places = {key: place for place, key in enumerate(old.keys) if key not in self._ambiguous}
        shared = [(places[key], place) for place, key in enumerate(new.keys) if key in places]
        if not shared or any(a >= b for (a, _), (b, _) in pairwise(shared)):
            return
        (old_first, new_first), (old_last, new_last) = shared[0], shared[-1]
        strange = min(old_first, new_first) + min(old.count - old_last, new.count - new_last) - 1
        above = new.offset + new_first - old.offset - old_first
        below = new.total - old.total - above
        far = above * below < 0 and min(abs(above), abs(below)) > new.limit
        if strange > len(shared) or (far and not old.earlier):
            return
        self._changes.append((above, below))
        one, other = self._home[old], self._home[new]
        self._unite(one, other, one.at[old] + old_last - new_last - other.at[new])

    def _unite(self, one: Stretch, other: Stretch, shift: int) -> None:
        """Make one stretch of two; the zero of ``other`` lies at ``shift`` on the ruler of ``one``."""
        if one is other:
            return
        if len(one.at) < len(other.at):
            one, other, shift = other, one, -shift
        one.absorb(other, shift)
        self._home |= dict.fromkeys(other.at, one)
        self.stretches.remove(other)
