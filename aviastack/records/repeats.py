"""Rows that paging repeats: a list that moves shows some of its rows on two pages, and the newest page wins."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from aviastack.records.hashes import Hashes

SHARES = 16


class Repeats:
    """The hashes of a run's rows, eight bytes each, page by page."""

    def __init__(self) -> None:
        self._pages: dict[int, Hashes] = {}

    def add(self, page_number: int, hashes: Sequence[int] | Hashes) -> None:
        """Take in a page's hashes, in the order of its rows. A higher number is a newer page."""
        self._pages[page_number] = np.asarray(hashes, np.uint64)

    def drops(self) -> dict[int, list[int]]:
        """Return page number -> positions of the rows on it that come again, on a newer page or later on the same."""
        repeated = self._repeated()
        drops: dict[int, list[int]] = {}
        seen: set[int] = set()
        if not len(repeated):
            return drops
        for number in sorted(self._pages, reverse=True):
            page = self._pages[number]
            for position in np.flatnonzero(np.isin(page, repeated))[::-1].tolist():
                key = int(page[position])
                if key in seen:
                    drops.setdefault(number, []).append(position)
                seen.add(key)
        return {number: sorted(positions) for number, positions in drops.items()}

    @property
    def count(self) -> int:
        """The number of rows that :meth:`drops` names."""
        return sum(len(positions) for positions in self.drops().values())

    def _repeated(self) -> Hashes:
        """Return the hashes that occur more than once, sorting a share of all of them at a time to spare memory."""
        shares = np.arange(SHARES, dtype=np.uint64)
        found: list[Hashes] = []
        for share in shares:
            part = np.sort(
                np.concatenate([page[page % SHARES == share] for page in self._pages.values()] or [shares[:0]])
            )
            found.append(np.unique(part[1:][part[1:] == part[:-1]]))
        return np.concatenate(found)
