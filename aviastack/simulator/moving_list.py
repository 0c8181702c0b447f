"""A list that changes while it is paged, and knows which of its rows were there all the time.

Recorded pulls of live lists show all that happens here: the total moved on 89 of 90 pages, 13 and 26 rows appeared at
the front between two pulls, once the total fell by 8,878 between two pages; rows that stay kept their order (0 of 6,442
pairs did not), which the API does not promise. No HTTP is needed: tests of paging ask a list directly.
"""

from __future__ import annotations

from functools import lru_cache
from random import Random

_LAST_NUMBER = 9_999
_BULK = (5, 40)  # rows of a shift in bulk
_AT_FRONT = 0.7  # of the shifts in bulk
_EVEN = 0.5
_LETTERS = 26


class MovingList:
    """A list of row ids that changes between two pages, by its seed alone.

    ``singles`` rows come or go singly at each step on the mean, ``bulk`` is the chance of a shift in bulk, ``collapse``
    that of losing a tenth of the list, and ``reorder`` that rows change places. ``supply`` bounds the ids ever used.
    """

    def __init__(
        self,
        seed: int,
        rows: int,
        *,
        singles: float = 4.0,
        bulk: float = 0.03,
        collapse: float = 0.0,
        reorder: float = 0.0,
        supply: int | None = None,
    ) -> None:
        self._chance = Random(seed)
        self._rows = list(range(rows))
        self._first, self._next = rows, rows
        self._supply = supply
        self._singles, self._bulk, self._collapse, self._reorder = singles, bulk, collapse, reorder
        self._gone: set[int] = set()
        self._asked = False
        self.reordered = False

    def page(self, offset: int, limit: int) -> tuple[list[int], int]:
        """Return the rows at ``offset`` and the total; the list changes before every page but the first."""
        if self._asked:
            self.move()
        self._asked = True
        return self._rows[offset : offset + limit], len(self._rows)

    def body(self, offset: int, limit: int) -> bytes:
        """Return the same as a response of ``/flights``."""
        rows, total = self.page(offset, limit)
        head = f'{{"pagination":{{"limit":{limit},"offset":{offset},"count":{len(rows)},"total":{total}}},"data":['
        return head.encode() + b",".join(map(flight, rows)) + b"]}"

    def survivors(self) -> set[int]:
        """Return the rows that have been there from the first page until now."""
        return set(range(self._first)) - self._gone

    def move(self) -> None:
        """Take one step."""
        draw = self._chance.random
        for _ in range(self._steps()):
            at = self._chance.randrange(len(self._rows) + 1)
            self._insert(at, 1) if draw() < _EVEN else self._remove(at, 1)
        if draw() < self._bulk:
            at = 0 if draw() < _AT_FRONT else self._chance.randrange(len(self._rows) + 1)
            size = self._chance.randint(*_BULK)
            self._insert(at, size) if draw() < _EVEN else self._remove(at, size)
        if draw() < self._collapse:
            self._remove(self._chance.randrange(len(self._rows) + 1), len(self._rows) // 10)
        if draw() < self._reorder:
            self._swap()

    def _steps(self) -> int:
        """A random whole number of events whose mean is ``singles``."""
        return int(self._chance.random() * 2 * self._singles + self._chance.random())

    def _insert(self, at: int, size: int) -> None:
        if self._supply is not None:
            size = min(size, self._supply - self._next)
        self._rows[at:at] = range(self._next, self._next + size)
        self._next += size

    def _remove(self, at: int, size: int) -> None:
        self._gone.update(self._rows[at : at + size])
        del self._rows[at : at + size]

    def _swap(self) -> None:
        """Swap two stretches of rows."""
        size = self._chance.randint(1, max(1, len(self._rows) // 20))
        first, second = sorted(self._chance.sample(range(0, max(2 * size, len(self._rows) - size), size), 2))
        here, there = self._rows[first : first + size], self._rows[second : second + size]
        if here and there:
            self._rows[second : second + size] = here
            self._rows[first : first + size] = there
            self.reordered = True


@lru_cache(maxsize=200_000)
def flight(row: int) -> bytes:
    """Return a flight in the API's shape, different for each row."""
    number, place = row % _LAST_NUMBER + 1, row // _LAST_NUMBER
    letters = "".join(chr(65 + place // _LETTERS**power % _LETTERS) for power in (2, 1, 0))
    clock = f'"2026-11-21T{row // 60 % 24:02}:{row % 60:02}:00+00:00"'
    ends = [
        f'"{end}":{{"airport":"Airport {code}","timezone":"UTC","iata":"{code}","icao":"Z{code}","terminal":null,'
        f'"gate":null,{extra}"delay":null,"scheduled":{clock},"estimated":null,"actual":null,"estimated_runway":null,'
        '"actual_runway":null}'
        for end, code, extra in (("departure", letters, ""), ("arrival", "SFO", '"baggage":null,'))
    ]
    return (
        f'{{"flight_date":"2026-11-21","flight_status":"scheduled",{ends[0]},{ends[1]},'
        '"airline":{"name":"Delta Air Lines","iata":"DL","icao":"DAL"},'
        f'"flight":{{"number":"{number}","iata":"DL{number}","icao":"DAL{number}","codeshared":null}},'
        '"aircraft":null,"live":null}'
    ).encode()
