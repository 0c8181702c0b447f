"""The proof that a changing list was read whole: neighbouring pages share rows (seams) and join into stretches."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from heapq import heappop, heappush
from itertools import groupby, pairwise
from typing import NamedTuple

from aviastack.paging.evidence import Evidence


@dataclass(eq=False, slots=True)
class Stretch:
    """Joined pages: ``at`` is the position of each on a common scale, whose zero is the first row of one of them.

    ``has_head``: one of the pages is at offset 0. ``has_tail``: one of them reaches its own total.
    """

    at: dict[Evidence, int]
    start: int
    end: int
    newest: Evidence
    has_head: bool
    has_tail: bool

    @classmethod
    def of(cls, page: Evidence) -> Stretch:
        """Return the stretch of a single page."""
        return cls({page: 0}, 0, page.count, page, page.offset == 0, page.is_last)

    def zero(self, total: int) -> int:
        """Return the offset at which the scale's zero is now, by the newest page and the newest ``total``.

        Changes since that page are assumed to be above it, as most are.
        """
        return self.newest.offset - self.at[self.newest] + total - self.newest.total

    def claims(self, total: int) -> Iterator[Claim]:
        """Return the offsets of each page's rows now, provided that all of them are still there."""
        zero = self.zero(total)
        return (Claim(zero + at, zero + at + page.count, page.number, self) for page, at in self.at.items())

    def absorb(self, other: Stretch, shift: int) -> None:
        """Take over another stretch, the zero of whose scale is at ``shift`` on this one."""
        self.at |= {page: at + shift for page, at in other.at.items()}
        self.start, self.end = min(self.start, other.start + shift), max(self.end, other.end + shift)
        self.newest = max(self.newest, other.newest, key=lambda page: page.number)
        self.has_head |= other.has_head
        self.has_tail |= other.has_tail


class Claim(NamedTuple):
    """Offsets at which a page's rows are assumed to be now; the page with the highest number is the newest."""

    start: int
    end: int
    number: int
    stretch: Stretch


def newest(claims: Iterable[Claim]) -> Iterator[tuple[int, Claim | None]]:
    """Go along the list and yield, place by place, the newest of the pages that claim it."""
    by_start = deque(sorted(claims, key=lambda claim: claim.start))
    here: list[tuple[int, int, Claim]] = []
    for place in sorted({edge for claim in by_start for edge in (claim.start, claim.end)}):
        while by_start and by_start[0].start <= place:
            claim = by_start.popleft()
            heappush(here, (-claim.number, claim.start, claim))
        while here and here[0][2].end <= place:
            heappop(here)
        yield place, here[0][2] if here else None


@dataclass(slots=True)
class Seams:
    """All pages of a run as stretches. Rows are identified by the hashes of their keys.

    It takes about 90 bytes per row during the run, because any page may share rows with any other.
    """

    stretches: list[Stretch] = field(default_factory=list)
    _stretch_of: dict[Evidence, Stretch] = field(default_factory=dict)
    _page_of: dict[int, Evidence] = field(default_factory=dict)
    _shared: set[int] = field(default_factory=set)
    _ambiguous: set[int] = field(default_factory=set)

    def add(self, page: Evidence) -> None:
        """Join a page to all that it shares rows with. A key that occurs twice on one page joins nothing."""
        if len(set(page.keys)) < len(page.keys):
            self._ambiguous |= {key for key, times in Counter(page.keys).items() if times > 1}
        stretch = self._stretch_of[page] = Stretch.of(page)
        self.stretches.append(stretch)
        known = [key for key in page.keys if key in self._page_of]
        self._shared.update(known)
        for other in dict.fromkeys(self._page_of[key] for key in known):
            self._join(other, page)
        self._page_of.update(dict.fromkeys(page.keys, page))

    def head(self, total: int) -> Stretch | None:
        """Return the stretch from offset 0 that reaches furthest."""
        heads = (stretch for stretch in self.stretches if stretch.has_head)
        return max(heads, key=lambda stretch: stretch.zero(total) + stretch.end, default=None)

    @property
    def are_closed(self) -> bool:
        """Whether joined pages cover the list from offset 0 to a page that reaches its own total."""
        return any(stretch.has_head and stretch.has_tail for stretch in self.stretches)

    def contradict(self) -> bool:
        """Whether no single order of rows agrees with all pages. Only rows on several pages matter."""
        order: TopologicalSorter[int] = TopologicalSorter()
        shared = self._shared - self._ambiguous
        for page in self._stretch_of:
            for before, after in pairwise(key for key in page.keys if key in shared):
                order.add(after, before)
        try:
            order.prepare()
        except CycleError:
            return True
        return False

    def unconfirmed(self) -> Evidence | None:
        """Return a page that rows may have left unseen, to be fetched again; None if nothing suggests that.

        A row that moves from a page not fetched yet to one that was fetched is on neither. It leaves a seam at which
        rows appeared on one side and disappeared on the other. If all changes are of that kind, they are not taken for
        an accident until newer pages in the same places share rows without such a change.
        """
        changed = [(older, *change) for older, change in self._changes() if any(change)]
        is_suspect = all(above * below < 0 for _, above, below in changed)
        return changed[0][0] if changed and is_suspect else None

    def end_is_doubtful(self) -> bool:
        """Whether the newest last page may lack rows at its end, and a page beyond its offset is to be fetched.

        A row that comes between the count of a page's rows and their reading pushes the last one off a full page, which
        reaches its total nevertheless. A page that is not full shows where the list ends. So does a full one if nothing
        changed between it and the newest page beside it, since such a row is a change.
        """
        whole = self._whole()
        if whole is None:
            return False
        last = max((page for page in whole.at if page.is_last), key=lambda page: page.number)
        start = whole.at[last]
        beside = [
            page
            for page, at in whole.at.items()
            if page is not last and at < start + last.count and at + page.count > start
        ]
        if last.count < last.limit or not beside:
            return False
        return any(_change(whole, max(beside, key=lambda page: page.number), last))

    def _whole(self) -> Stretch | None:
        return next((stretch for stretch in self.stretches if stretch.has_head and stretch.has_tail), None)

    def _changes(self) -> Iterator[tuple[Evidence, tuple[int, int]]]:
        """Go along the list that joined pages cover, by the newest page at each place.

        Yields the older of two neighbours, and how many rows appeared above and below the place where they meet.
        """
        whole = self._whole()
        if whole is None:
            return
        pages = {page.number: page for page in whole.at}
        shown = (pages[claim.number] for _, claim in newest(whole.claims(whole.newest.total)) if claim)
        for one, other in pairwise(page for page, _ in groupby(shown)):
            yield min(one, other, key=lambda page: page.number), _change(whole, one, other)

    def _join(self, old: Evidence, new: Evidence) -> None:
        """Join two pages if the rows they share make them two views of one stretch of the list.

        Rows beside the shared ones on both pages that are not the same must have come or gone; more of them than of the
        shared ones is not a seam. Neither are rows far from where a shift would have put them: over a page's length
        further down than the total has grown, or further up than it has shrunk.
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
        one, other = self._stretch_of[old], self._stretch_of[new]
        self._unite(one, other, one.at[old] + old_last - new_last - other.at[new])

    def _unite(self, one: Stretch, other: Stretch, shift: int) -> None:
        """Make one stretch of two; the zero of ``other`` is at ``shift`` on the scale of ``one``."""
        if one is other:
            return
        if len(one.at) < len(other.at):
            one, other, shift = other, one, -shift
        one.absorb(other, shift)
        self._stretch_of |= dict.fromkeys(other.at, one)
        self.stretches.remove(other)


def _change(whole: Stretch, one: Evidence, other: Evidence) -> tuple[int, int]:
    """Return how many rows appeared, from the older of two pages to the newer one, above and below where they meet."""
    old, new = sorted((one, other), key=lambda page: page.number)
    above = new.offset - old.offset - (whole.at[new] - whole.at[old])
    return above, new.total - old.total - above
