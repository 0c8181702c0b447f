"""The figures of the page: everything is about physical flights, each counted once."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from aviastack.report.earlier import Earlier
from aviastack.report.intervals import Band, Share, all_of
from aviastack.report.reconciled import Reconciled

API_HOST = "api.aviationstack.com"


def provenance_of(source: str | None) -> str | None:
    """Return a sentence about data that are not, or not only, from AviationStack's own host.

    ``source`` is ``data_freshness.source``: a host, ``simulated``, ``recorded`` or ``several``; None if not known.
    """
    if source in (None, API_HOST):
        return None
    known = {
        "simulated": "Simulated data: these airlines never flew like this.",
        "recorded": "Recorded data: old answers of the API, played back.",
        "several": "Data of several sources: some of it may be simulated or recorded.",
    }
    return known.get(source or "", f"Data from {source}, not from {API_HOST}.")


@dataclass(frozen=True)
class Late:
    """Flights late by more than an hour and by more than three hours at the gate, estimated by the median taxi time."""

    over_60: int
    over_180: int


@dataclass(frozen=True)
class Airline:
    """An airline over the whole range. ``mean_late`` is in minutes at the gate on arrival, early arrivals as 0."""

    key: str
    name: str
    code: str
    flights: int
    arrivals: Band
    departures: Band
    mean_late: float | None
    late_arrivals: Late
    late_departures: Late
    cancelled: int
    diverted: int
    unresolved: int
    left_late: int
    pending: int
    other_operators: int = 0

    @property
    def ended(self) -> int:
        """Return the flights that are not pending."""
        return self.flights - self.pending

    @property
    def cancelled_share(self) -> Share:
        """Return cancelled flights out of those not pending."""
        return Share.of(self.cancelled, self.ended)

    @property
    def diverted_share(self) -> Share:
        """Return diverted flights out of those not pending."""
        return Share.of(self.diverted, self.ended)

    @property
    def unresolved_share(self) -> Share:
        """Return the flights whose end the source never reported, out of those not pending."""
        return Share.of(self.unresolved, self.ended)

    @property
    def scheduled(self) -> tuple[float, float] | None:
        """Return the on-time share by the rule of the US DOT, from its lowest to its highest bound.

        Cancelled and diverted flights are late. At the lowest, so is every unresolved flight, and taxi-in takes its
        80th percentile; at the highest, only unresolved flights that left over an hour late are.
        """
        known = self.arrivals.timed + self.cancelled + self.diverted
        if not known:
            return None
        low, high = sorted((self.arrivals.median, self.arrivals.p80))
        return low / (known + self.unresolved), high / (known + self.left_late)


@dataclass(frozen=True)
class Route:
    """An airline's flights from one airport to another; ``excess`` is late arrivals above the airline's own share."""

    airline: str
    code: str
    departure: str
    arrival: str
    flights: int
    arrivals: Band
    excess: float
    is_below_average: bool
    cancelled: int


@dataclass(frozen=True)
class Airport:
    """Departures of an airport that has taxi figures, all of the page's airlines; ``hours`` by its own clock."""

    code: str
    name: str
    flights: int
    departures: Band
    hours: dict[int, Band]


@dataclass(frozen=True)
class Completeness:
    """Slices of one partner and date: expected, complete, and complete after the date settled."""

    date: date
    partner: str
    expected: int
    complete: int
    settled: int
    incomplete: int
    missing: int


@dataclass(frozen=True)
class Figures:
    """All that the page shows. ``days`` and ``delays`` are by airline name; ``delays`` counts quarters of an hour.

    ``source`` is the host of the API, ``simulated``, ``recorded`` or ``several``; None if it is not known.
    ``own_taxi_times`` names the user's own taxi times in the estimates; None if they are all the shipped ones.
    ``targets`` are percentages by airline code, ``only`` the routes (JFK-LAX) that the page is about, all if empty.
    """

    first: date
    last: date
    airlines: list[Airline]
    others: list[Airline]
    days: list[tuple[str, date, Band]]
    delays: list[tuple[str, int, int]]
    routes: list[Route]
    airports: list[Airport]
    completeness: list[Completeness]
    as_of: datetime | None
    loaded_at: datetime | None
    built_at: datetime | None
    source: str | None = None
    own_taxi_times: str | None = None
    targets: dict[str, float] = field(default_factory=dict)
    only: list[str] = field(default_factory=list)
    earlier: list[Earlier] = field(default_factory=list)
    reconciled: list[Reconciled] = field(default_factory=list)

    @property
    def provenance(self) -> str | None:
        """Return a sentence if the data are not, or not only, from AviationStack's own host."""
        return provenance_of(self.source)

    @property
    def total(self) -> Airline:
        """Return all of the page's airlines as one."""
        airlines = self.airlines
        arrivals = all_of(airline.arrivals for airline in airlines)
        late = [(a.mean_late, a.arrivals.timed) for a in airlines if a.mean_late is not None]

        def late_ones(name: str) -> Late:
            each = [getattr(airline, name) for airline in airlines]
            return Late(sum(one.over_60 for one in each), sum(one.over_180 for one in each))

        counts = ("flights", "cancelled", "diverted", "unresolved", "left_late", "pending", "other_operators")
        return Airline(
            key="",
            name="All of these",
            code="",
            arrivals=arrivals,
            departures=all_of(airline.departures for airline in airlines),
            mean_late=sum(mean * timed for mean, timed in late) / arrivals.timed if arrivals.timed else None,
            late_arrivals=late_ones("late_arrivals"),
            late_departures=late_ones("late_departures"),
            **{name: sum(getattr(airline, name) for airline in airlines) for name in counts},
        )

    @property
    def complete(self) -> Share:
        """Return the share of expected slices that are complete."""
        expected = sum(day.expected for day in self.completeness)
        return Share.of(sum(day.complete for day in self.completeness), expected)

    @property
    def settled(self) -> Share:
        """Return the share of expected slices that no longer change."""
        expected = sum(day.expected for day in self.completeness)
        return Share.of(sum(day.settled for day in self.completeness), expected)
