"""How sure a share is: Wilson's interval, which stays within 0 and 1 and is honest for small samples."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

Z = 1.959964  # 95 %


@dataclass(frozen=True, slots=True)
class Share:
    """``hits`` of ``count``, with the 95 % interval ``low`` to ``high``; all are None where nothing was counted."""

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
