"""Rows that paging repeats: a list that moves shows some of its rows on two pages, and the newest page wins."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence

import numpy as np

from aviastack.records.hashes import Hashes

SHARES = 16
LAST_BITS = np.uint64(SHARES - 1)
STRETCH = 1 << 18


class Repeats:
    """The hashes of a run's rows, eight bytes a row, and where each page's begin."""

    def __init__(self) -> None:
        self._hashes = array("Q")
        self._pages: list[tuple[int, int]] = []

    def add(self, page_number: int, hashes: Sequence[int] | Hashes) -> None:
        """Take in a page's hashes, in the order of its rows. A higher number is a newer page."""
        self._pages.append((page_number, len(self._hashes)))
        self._hashes.frombytes(np.asarray(hashes, np.uint64).tobytes())

    def drops(self) -> dict[int, list[int]]:
        """Return page number -> positions of the rows on it that come again, on a newer page or later on the same."""
        last: dict[int, tuple[int, int]] = {}
        drops: dict[int, list[int]] = {}
        for place in sorted(self._places()):
            number, position, key = place
            if key in last:
                earlier, at = last[key]
                drops.setdefault(earlier, []).append(at)
            last[key] = (number, position)
        return {number: sorted(positions) for number, positions in drops.items()}

    @property
    def count(self) -> int:
        """The number of rows that :meth:`drops` names."""
        return sum(len(positions) for positions in self.drops().values())

    def _places(self) -> Iterator[tuple[int, int, int]]:
        """Yield page number, position and hash of each row whose hash is not the only one of its kind."""
        everything = np.frombuffer(self._hashes, np.uint64) if self._hashes else np.empty(0, np.uint64)
        repeated = _repeated(everything)
        starts = np.array([start for _, start in self._pages], np.int64)
        for begin, stretch in _stretches(everything) if len(repeated) else ():
            nearest = repeated[np.minimum(np.searchsorted(repeated, stretch), len(repeated) - 1)]
            for at in (np.flatnonzero(nearest == stretch) + begin).tolist():
                number, start = self._pages[int(np.searchsorted(starts, at, "right")) - 1]
                yield number, at - start, int(everything[at])


def _repeated(hashes: Hashes) -> Hashes:
    """Return the hashes that occur more than once, in order; a share of all is sorted at a time, to spare memory."""
    found: list[Hashes] = [hashes[:0]]
    for share in range(SHARES) if len(hashes) else ():
        part = np.sort(np.concatenate([some[some & LAST_BITS == share] for _, some in _stretches(hashes)]))
        found.append(np.unique(part[1:][part[1:] == part[:-1]]))
    return np.sort(np.concatenate(found))


def _stretches(hashes: Hashes) -> Iterator[tuple[int, Hashes]]:
    for begin in range(0, len(hashes), STRETCH):
        yield begin, hashes[begin : begin + STRETCH]
