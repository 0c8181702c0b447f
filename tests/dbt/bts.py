"""Flights of the US BTS On-Time file: the measured gate times, and the records that the API would send for them."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from tests.dbt.plain import seed


@dataclass(frozen=True)
class Truth:
    """One flight, measured: minutes late at the gate, and its runway times on the airports' clocks."""

    date: str
    number: str
    origin: str
    destination: str
    scheduled_departure: datetime
    scheduled_arrival: datetime
    wheels_off: datetime
    wheels_on: datetime
    departure_delay: float
    arrival_delay: float

    @property
    def key(self) -> tuple[str, str, str, str]:
        return self.date, self.origin, self.destination, self.number


def truths(file: Path) -> list[Truth]:
    """The flights of the file that flew as planned; 9E flies under DL's numbers."""
    with gzip.open(file, "rt", encoding="utf-8", newline="") as text:
        rows = [row for row in csv.DictReader(text) if row["Cancelled"] == "0.00" and row["Diverted"] == "0.00"]
    return [truth for row in rows for truth in _truth(row)]


def _truth(row: dict[str, str]) -> Iterator[Truth]:
    names = ("CRSDepTime", "CRSArrTime", "WheelsOff", "WheelsOn", "DepDelay", "ArrDelay", "TaxiIn")
    if not all(row[name] for name in names):
        return
    day = datetime.fromisoformat(row["FlightDate"])
    leaves = _at(day, row["CRSDepTime"])
    lands = _at(day, row["CRSArrTime"])
    lands += timedelta(days=lands < leaves - timedelta(hours=12))
    departure_delay, arrival_delay = float(row["DepDelay"]), float(row["ArrDelay"])
    yield Truth(
        date=row["FlightDate"],
        number=row["Flight_Number_Reporting_Airline"],
        origin=row["Origin"],
        destination=row["Dest"],
        scheduled_departure=leaves,
        scheduled_arrival=lands,
        wheels_off=_nearest(row["WheelsOff"], leaves + timedelta(minutes=departure_delay)),
        wheels_on=_nearest(row["WheelsOn"], lands + timedelta(minutes=arrival_delay)),
        departure_delay=departure_delay,
        arrival_delay=arrival_delay,
    )


def _at(day: datetime, clock: str) -> datetime:
    return day + timedelta(hours=int(clock[:-2] or 0), minutes=int(clock[-2:]))


def _nearest(clock: str, moment: datetime) -> datetime:
    """The reading of the clock that is nearest to a moment: the file has no dates of its actual times."""
    day = datetime(moment.year, moment.month, moment.day)
    readings = [_at(day + timedelta(days=days), clock) for days in (-1, 0, 1)]
    return min(readings, key=lambda reading: abs(reading - moment))


def record(truth: Truth) -> dict:
    """The flight as the API would send it, landed."""
    zones = {row["iata"]: row["tz"] for row in seed("airport_coordinates")}

    def end(airport: str, scheduled: datetime, actual: datetime) -> dict:
        sent = {"scheduled": scheduled, "actual": actual, "actual_runway": actual, "estimated_runway": actual}
        texts = {name: f"{moment:%Y-%m-%dT%H:%M:%S+00:00}" for name, moment in sent.items()}
        return {"airport": airport, "iata": airport, "icao": None, "timezone": zones.get(airport)} | texts

    return {
        "flight_date": truth.date,
        "flight_status": "landed",
        "departure": end(truth.origin, truth.scheduled_departure, truth.wheels_off),
        "arrival": end(truth.destination, truth.scheduled_arrival, truth.wheels_on),
        "airline": {"name": "Delta Air Lines", "iata": "DL", "icao": "DAL"},
        "flight": {"number": truth.number, "iata": f"DL{truth.number}", "icao": None, "codeshared": None},
        "aircraft": None,
    }
