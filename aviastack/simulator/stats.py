"""Counts of the requests received, for tests and benchmarks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from aviastack.simulator.answers import Answer

_PAGING = ("access_key", "limit", "offset")


class Stats:
    """Counts since the start or the last reset; no key is kept."""

    def __init__(self) -> None:
        self._statuses: Counter[int] = Counter()
        self._endpoints: Counter[str] = Counter()
        self._offsets: dict[str, Counter[str]] = {}
        self._faults: Counter[str] = Counter()
        self._codes: Counter[str] = Counter()
        self._pages = 0
        self._at_once = self._most_at_once = 0

    def begin(self) -> None:
        """Count a request that has arrived."""
        self._at_once += 1
        self._most_at_once = max(self._most_at_once, self._at_once)

    def end(self, endpoint: str, query: Mapping[str, str], answer: Answer, fault: str) -> None:
        """Count a request that has been answered."""
        self._at_once -= 1
        self._statuses[answer.status] += 1
        self._endpoints[endpoint] += 1
        self._pages += answer.is_page and not fault
        if fault:
            self._faults[fault] += 1
        elif answer.code:
            self._codes[answer.code] += 1
        filters = "&".join(f"{name}={value}" for name, value in sorted(query.items()) if name not in _PAGING)
        self._offsets.setdefault(f"{endpoint}?{filters}", Counter())[query.get("offset", "0")] += 1

    def to_json(self) -> dict[str, Any]:
        """Return ``requests``, ``pages`` (served whole), ``refused`` by error code, ``faults`` by name, and more."""
        return {
            "requests": self._statuses.total(),
            "pages": self._pages,
            "most_at_once": self._most_at_once,
            "statuses": {str(status): count for status, count in self._statuses.items()},
            "endpoints": dict(self._endpoints),
            "refused": dict(self._codes),
            "faults": dict(self._faults),
            "offsets": {name: dict(counts) for name, counts in self._offsets.items()},
        }
