"""Pages laid out side by side: stretches of a list that moves, and where their rows stand now."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import NamedTuple

from aviastack.api.reads import Read


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
