"""Draws that depend on a seed and on where they are made, so that one fault can be dropped and the others stay."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from hashlib import blake2b
from typing import TypeVar

T = TypeVar("T")


class Chance:
    """The draws of one history.

    The n-th draw at a ``site`` depends on the seed, the site and n only. ``struck`` lists the faults that were drawn,
    each under its own name; those whose names are in ``dropped`` are left out. ``calm`` stops all faults.
    """

    def __init__(self, seed: int, dropped: frozenset[str] = frozenset()) -> None:
        self.seed, self.dropped = seed, dropped
        self.calm = False
        self.intensity = 1.0
        self.struck: list[str] = []
        self._turns: Counter[str] = Counter()

    def draw(self, site: str) -> float:
        """Return a number from 0 to below 1."""
        turn = self._turns[site]
        self._turns[site] = turn + 1
        digest = blake2b(f"{self.seed}/{site}/{turn}".encode(), digest_size=7).digest()
        return int.from_bytes(digest) / 2**56

    def among(self, site: str, options: Sequence[T]) -> T:
        """Return one of the options."""
        return options[int(self.draw(site) * len(options))]

    def between(self, site: str, least: float, most: float) -> float:
        """Return a number between two."""
        return least + self.draw(site) * (most - least)

    def fault(self, site: str, share: float, kinds: Sequence[str]) -> str:
        """Return the kind of the fault that strikes now, or nothing."""
        share *= self.intensity
        drawn = self.draw(site)
        if self.calm or drawn >= share:
            return ""
        kind = kinds[int(drawn / share * len(kinds))]
        return kind if self.strike(f"{kind} at {site} {self._turns[site]}") else ""

    def strike(self, name: str) -> bool:
        """Note a fault under its name; return False if it is one of those that are dropped."""
        if name in self.dropped:
            return False
        self.struck.append(name)
        return True
