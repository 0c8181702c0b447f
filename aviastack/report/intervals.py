"""How sure a share is: Wilson's interval for chance, and a band for gate times that are estimated."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import sqrt

Z = 1.959964  # 95 %
LEAST_TIMED = 30
"""Timed flights without which a share is not compared with another."""
MOST_ASSUMED = 0.2
"""Share of flights with assumed gate times above which a band is not compared with another."""


@dataclass(frozen=True, slots=True)
class Share:
    """``hits`` of ``count``, with the 95 % interval ``low`` to ``high``; all three are None if nothing was counted."""

    hits: int
    count: int
    value: float | None
    low: float | None
    high: float | None

    @classmethod
    def of(cls, hits: int, count: int) -> Share:
        """Return the share with its interval (Wilson 1927)."""
        if count == 0:
            return cls(0, 0, None, None, None)
        value = hits / count
        spread = 1 + Z**2 / count
        centre = (value + Z**2 / (2 * count)) / spread
        reach = Z / spread * sqrt(value * (1 - value) / count + Z**2 / (4 * count**2))
        return cls(hits, count, value, min(value, max(0.0, centre - reach)), max(value, min(1.0, centre + reach)))

    def is_apart_from(self, other: Share) -> bool:
        """Whether the two intervals do not overlap."""
        if self.low is None or self.high is None or other.low is None or other.high is None:
            return False
        return self.high < other.low or other.high < self.low


@dataclass(frozen=True, slots=True)
class Band:
    """On-time flights out of ``timed`` ones at one end: at the runway as sent, and at the gate by two estimates.

    ``median`` and ``p80`` count flights less than 15 minutes late at the gate by the median and by the 80th percentile
    of taxi times; ``assumed`` flights have no taxi figures of their airport.
    """

    timed: int
    assumed: int
    runway: int
    median: int
    p80: int

    @property
    def at_runway(self) -> Share:
        """Return the share by the runway time as sent."""
        return Share.of(self.runway, self.timed)

    @property
    def by_median(self) -> Share:
        """Return the share at the gate by the median taxi time, with chance but without the other estimate."""
        return Share.of(self.median, self.timed)

    @property
    def estimates(self) -> tuple[float, float] | None:
        """Return the lower and the higher estimate of the share at the gate."""
        if not self.timed:
            return None
        low, high = sorted((self.median, self.p80))
        return low / self.timed, high / self.timed

    @property
    def low(self) -> float | None:
        """Return the lower end of the band: the lower estimate, less what chance may explain."""
        return Share.of(min(self.median, self.p80), self.timed).low

    @property
    def high(self) -> float | None:
        """Return the upper end of the band: the higher estimate, plus what chance may explain."""
        return Share.of(max(self.median, self.p80), self.timed).high

    @property
    def is_comparable(self) -> bool:
        """Whether there are enough flights, and taxi figures for most of them."""
        return self.timed >= LEAST_TIMED and self.assumed <= MOST_ASSUMED * self.timed

    def is_above(self, other: Band) -> bool:
        """Whether the whole band is above the other's; False if either is not comparable."""
        if not (self.is_comparable and other.is_comparable) or self.low is None or other.high is None:
            return False
        return self.low > other.high


def all_of(bands: Iterable[Band]) -> Band:
    """Return the band over all flights of the bands."""
    known = list(bands)
    counts = ("timed", "assumed", "runway", "median", "p80")
    return Band(*(sum(getattr(band, count) for band in known) for count in counts))
