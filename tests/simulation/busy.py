"""Lists that change much, also while nobody reads them, for histories in which runs are late and fall short."""

from __future__ import annotations

from datetime import date

from tests.simulation.chance import Chance
from tests.simulation.lists import SimulatedList

SIZES = (27, 41, 64, 83)
SHORTEST, LONGEST = 15, 110  # rows between which many come or go at once
MANY = (4, 13, 26)
STEPS = ((0, 1, 2, 4), (1, 2, 4), (2, 4, 8))  # per request, of a list
UNREAD = 60.0  # seconds between two requests after which a list has changed once more
MOST_UNREAD = 8


class BusyList(SimulatedList):
    """A list in which rows come, go and change anywhere, one or many at once. The others keep their order."""

    def __init__(self, day: date, airline: str, chance: Chance) -> None:
        super().__init__(day, airline, chance.among("busy sizes", SIZES), settled=False)
        self._steps = chance.among("busy steps", STEPS)
        self._read = 0.0  # when a page was requested last

    def pass_time(self, chance: Chance, now: float) -> None:
        """Change the list by what a request and the time since the last one bring."""
        unread = min(int((now - self._read) / UNREAD), MOST_UNREAD)
        self._read = now
        self._change_often(chance, chance.among(self._site, self._steps) + unread, now)

    def _change(self, chance: Chance) -> None:
        what, length = chance.draw(self._site), len(self.order)
        place = int(chance.draw(self._site) * (length + 1))
        many = chance.among(self._site, MANY)
        if what < 0.2:
            self._insert(1, place)
        elif what < 0.32 and length < LONGEST and chance.strike(f"bulk shift at {self._site} {self.newest}"):
            self._insert(many, 0 if what < 0.26 else place)
        elif what < 0.44 and length > SHORTEST and chance.strike(f"bulk removal at {self._site} {self.newest}"):
            for number in self.order[place : place + many]:
                self._remove(number)
        elif what < 0.56 and length > 1:
            self._remove(chance.among(self._site, self.order))
        elif length:
            self.rows[chance.among(self._site, self.order)] += 1
