"""The lists of the simulated API, with everything that was ever true of them."""

from __future__ import annotations

import json
from datetime import date
from functools import lru_cache

from tests.simulation.chance import Chance
from tests.support.sample_records import flight

LIMIT = 10  # rows per page: few, so that a history has many pages


class SimulatedList:
    """The flights of one date and airline: number -> version. Only a list of a changing date changes.

    ``states`` has each state of the list and when it began. ``is_whole``: not a part of another list.
    """

    is_whole = True

    def __init__(self, day: date, airline: str, count: int, *, settled: bool) -> None:
        self.day, self.airline, self.settled = day, airline, settled
        self.was_settled = settled
        self.order = list(range(1, count + 1))
        self.rows = dict.fromkeys(self.order, 0)
        self.newest = count
        self.states: list[tuple[float, dict[int, int]]] = [(0.0, dict(self.rows))]

    def records(self, offset: int) -> list[str]:
        """Return the records of a page as JSON."""
        return [self.text(number) for number in self.order[offset : offset + LIMIT]]

    def text(self, number: int, *, airline: str = "", version: int | None = None) -> str:
        """Return a record as JSON."""
        version = self.rows[number] if version is None else version
        departure = self.departure_of(number)
        return _record(self.day.isoformat(), airline or self.airline, departure, number, version, self.settled)

    @property
    def filters(self) -> dict[str, str]:
        """The query of the slice."""
        return {"flight_date": self.day.isoformat(), "airline_iata": self.airline}

    def departure_of(self, number: int) -> str:
        """Return the airport from which a flight departs."""
        return "SFO"

    def includes(self, number: int) -> bool:
        """Whether a flight of the date and airline belongs to this list."""
        return True

    def pass_time(self, chance: Chance, now: float) -> None:
        """Change the list by up to two steps."""
        self._change_often(chance, chance.among(self._site, (0, 1, 2)), now)

    def settle(self, now: float) -> None:
        """End all changes; the flights have landed."""
        self.settled = True
        self.states.append((now, dict(self.rows)))

    def between(self, first: float, last: float) -> list[dict[int, int]]:
        """Return the states that the list had from ``first`` to ``last``."""
        ends = [*(began for began, _ in self.states[1:]), float("inf")]
        return [state for (began, state), end in zip(self.states, ends, strict=True) if began <= last and end > first]

    @property
    def _site(self) -> str:
        return f"list {self.day} {self.airline}"

    def _change_often(self, chance: Chance, times: int, now: float) -> None:
        for _ in range(times):
            self._change(chance)
        if self.rows != self.states[-1][1]:
            self.states.append((now, dict(self.rows)))

    def _change(self, chance: Chance) -> None:
        """Insert one row or many at the front, remove one or many, or change one."""
        what, bulk = chance.draw(self._site), f"{self._site} bulk"
        if what < 0.25:
            self._insert(1)
        elif what < 0.28 and chance.fault(bulk, 0.5, ("bulk shift",)):
            self._insert(13)
        elif what < 0.31 and len(self.order) > 4 and chance.fault(bulk, 0.5, ("bulk removal",)):
            for number in self.order[: len(self.order) // 2]:
                self._remove(number)
        elif what < 0.42 and self.order:
            self._remove(chance.among(self._site, self.order))
        elif self.order:
            self.rows[chance.among(self._site, self.order)] += 1

    def _insert(self, count: int, place: int = 0) -> None:
        for _ in range(count):
            self.newest += 1
            self.rows[self.newest] = 0
            self.order.insert(place, self.newest)

    def _remove(self, number: int) -> None:
        self.order.remove(number)
        del self.rows[number]


ICAO = {"AA": "AAL", "DL": "DAL", "UA": "UAL", "ZZ": "ZZZ"}


@lru_cache(maxsize=100_000)
def _record(day: str, code: str, departure: str, number: int, version: int, settled: bool) -> str:
    text = _template(day, code, departure)
    status = "landed" if settled else ("scheduled", "active", "landed")[version % 3]
    time = f"{day}T{6 + number % 17:02}:{number % 60:02}:00+00:00"
    for place, value in {"@N": str(number), "@G": f"G{version}", "@S": status, "@T": time}.items():
        text = text.replace(place, value)
    return text


@lru_cache(maxsize=100)
def _template(day: str, code: str, departure: str) -> str:
    return json.dumps(
        flight(
            {
                "flight_date": day,
                "flight_status": "@S",
                "departure.iata": departure,
                "departure.icao": f"K{departure}",
                "departure.gate": "@G",
                "departure.scheduled": "@T",
                "departure.estimated": "@T",
                "arrival.scheduled": f"{day}T23:30:00+00:00",
                "airline": {"name": code, "iata": code, "icao": ICAO[code]},
                "flight": {"number": "@N", "iata": f"{code}@N", "icao": f"{ICAO[code]}@N", "codeshared": None},
            }
        )
    )
