"""The figures of the page: everything is about operating flights, each counted once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from aviastack.report.intervals import Share

LEAST_TIMED = 10  # timed arrivals without which a route is not ranked


@dataclass(frozen=True)
class Airline:
    """An airline over the whole range; delays are minutes at arrival, early ones negative."""

    key: str
    name: str
    code: str
    flights: int
    on_time: Share
    mean_delay: float | None
    median_delay: float | None
    p90_delay: float | None
    cancelled: Share
    diverted: Share
    unresolved: Share
    pending: int


@dataclass(frozen=True)
class Route:
    """An airline's flights from one airport to another."""

    airline: str
    code: str
    departure: str
    arrival: str
    flights: int
    on_time: Share
    mean_delay: float | None
    cancelled: int


@dataclass(frozen=True)
class Airport:
    """Departures of an airport, ``hours`` by its own clock; ``place`` is (latitude, longitude) in degrees."""

    code: str
    name: str
    place: tuple[float, float] | None
    flights: int
    on_time: Share
    hours: dict[int, Share]


@dataclass(frozen=True)
class Completeness:
    """What is there of one partner's flights of one date: slices expected, complete, and complete after settling."""

    date: date
    partner: str
    expected: int
    complete: int
    settled: int
    incomplete: int
    missing: int


@dataclass(frozen=True)
class Figures:
    """All that the page shows."""

    first: date
    last: date
    airlines: list[Airline]
    others: list[Airline]
    days: list[tuple[str, date, Share]]
    delays: list[tuple[str, int, int]]
    routes: list[Route]
    airports: list[Airport]
    completeness: list[Completeness]
    as_of: datetime | None
    loaded_at: datetime | None
    built_at: datetime | None

    @property
    def flights(self) -> int:
        """Flights of the page's airlines."""
        return sum(airline.flights for airline in self.airlines)

    @property
    def on_time(self) -> Share:
        """The on-time share over all of the page's airlines."""
        return together(airline.on_time for airline in self.airlines)

    @property
    def cancelled(self) -> Share:
        """The cancelled share over all of the page's airlines."""
        return together(airline.cancelled for airline in self.airlines)

    @property
    def diverted(self) -> Share:
        """The diverted share over all of the page's airlines."""
        return together(airline.diverted for airline in self.airlines)

    @property
    def unresolved(self) -> Share:
        """The share of flights whose end the API never told."""
        return together(airline.unresolved for airline in self.airlines)

    @property
    def complete(self) -> Share:
        """The share of expected slices that are complete."""
        expected = sum(day.expected for day in self.completeness)
        return Share.of(sum(day.complete for day in self.completeness), expected)

    @property
    def settled(self) -> Share:
        """The share of expected slices that no longer change."""
        expected = sum(day.expected for day in self.completeness)
        return Share.of(sum(day.settled for day in self.completeness), expected)


def together(shares: Iterable[Share]) -> Share:
    """Return the share over all of what these are shares of."""
    known = list(shares)
    return Share.of(sum(share.hits for share in known), sum(share.count for share in known))
