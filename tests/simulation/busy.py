"""Lists that change much, also between reads, for histories in which runs are late and fall short."""

from __future__ import annotations

from datetime import date

from tests.simulation.chance import Chance
from tests.simulation.lists import SimulatedList

SIZES = (27, 41, 64, 83)
SHORTEST, LONGEST = 15, 110  # rows between which many come or go at once
MANY = (4, 13, 26)
STEPS = ((0, 1, 2, 4), (1, 2, 4), (2, 4, 8))  # per request, of a list
ELSEWHERE = "OAK"  # where every other flight departs
UNREAD = 60.0  # seconds between two requests after which a list has changed once more
MOST_UNREAD = 8


class BusyList(SimulatedList):
    """A list in which rows come, go and change anywhere, one or many at once. The others keep their order."""

    def __init__(self, day: date, airline: str, chance: Chance) -> None:
        super().__init__(day, airline, chance.among("busy sizes", SIZES), settled=False)
        self._steps = chance.among("busy steps", STEPS)
        self._read = 0.0  # when a page was requested last
        self.parts: list[PartOfList] = []

    def pass_time(self, chance: Chance, now: float) -> None:
        """Change the list by what a request and the time since the last one bring."""
        unread = min(int((now - self._read) / UNREAD), MOST_UNREAD)
        self._read = now
        self._change_often(chance, chance.among(self._site, self._steps) + unread, now)
        for part in self.parts:
            part.follow(now)

    def departure_of(self, number: int) -> str:
        return ELSEWHERE if number % 2 else super().departure_of(number)

    def _change(self, chance: Chance) -> None:
        what, length = chance.draw(self._site), len(self.order)
        place = int(chance.draw(self._site) * (length + 1))
        many = chance.among(self._site, MANY)
        if what < 0.2:
            self._insert(1, place)
        elif what < 0.32 and length < LONGEST:
            self._insert(many, 0 if what < 0.26 else place)
        elif what < 0.44 and length > SHORTEST:
            for number in self.order[place : place + many]:
                self._remove(number)
        elif what < 0.56 and length > 1:
            self._remove(chance.among(self._site, self.order))
        elif length:
            self.rows[chance.among(self._site, self.order)] += 1


class PartOfList(SimulatedList):
    """The flights of a busy list from one airport: those of a slice that overlaps with the whole list's."""

    is_whole = False

    def __init__(self, whole: BusyList) -> None:
        super().__init__(whole.day, whole.airline, 0, settled=False)
        self._whole = whole
        self.states.clear()
        self.follow(0.0)
        whole.parts.append(self)

    @property
    def filters(self) -> dict[str, str]:
        return super().filters | {"dep_iata": ELSEWHERE}

    def departure_of(self, number: int) -> str:
        return self._whole.departure_of(number)

    def includes(self, number: int) -> bool:
        return self.departure_of(number) == ELSEWHERE

    def pass_time(self, chance: Chance, now: float) -> None:
        """Change the whole list."""
        self._whole.pass_time(chance, now)

    def follow(self, now: float) -> None:
        """Become what the whole list is."""
        self.order = [number for number in self._whole.order if self.includes(number)]
        self.rows = {number: self._whole.rows[number] for number in self.order}
        if not self.states or self.rows != self.states[-1][1]:
            self.states.append((now, dict(self.rows)))
