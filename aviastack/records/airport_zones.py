"""The time zone of an airport's clocks, by the first source that decides.

1. ``airport_zones.csv``: reviewed corrections, each with its source.
2. The record's own ``timezone``, if it is the name of an IANA zone (the API also sends ``+8`` for PKX, and null).
3. The zone that other records, read together with this one, have for the airport.
4. The airportsdata package, by IATA code, then by ICAO code.

What is left has no zone. Records whose own zone has another offset than the airport's (by 1, else by 4) are counted.
"""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from aviastack.records.distinct import Distinct, distinct_rows
from aviastack.records.schema import TEXT
from aviastack.records.timezones import iana_name
from aviastack.records.utc import Days, differing, steady_offset

ENDS = ("departure", "arrival")
DISAGREES = "{end}.timezone has another offset than its airport's zone"


class Airport(NamedTuple):
    """An airport's zone by the airportsdata package, and its position in degrees."""

    zone: str
    latitude: float
    longitude: float


class Correction(NamedTuple):
    """A reviewed zone. ``measured_zone`` is a stale zone that the API converts measured times by, if it sends it."""

    zone: str
    measured_zone: str


class Place(NamedTuple):
    """What a record says about the airport at one end."""

    iata: str | None
    icao: str | None
    timezone: str | None

    @property
    def code(self) -> str:
        """The airport's IATA code, or its ICAO code, as records are compared by it."""
        return (self.iata or "").strip().upper() or (self.icao or "").strip().upper()

    @property
    def own_zone(self) -> str | None:
        """The record's own zone, if it is the name of one."""
        return iana_name(self.timezone.strip()) if self.timezone is not None else None


@dataclass(frozen=True, slots=True)
class Zones:
    """The zones of one end's scheduled and of its measured times (``actual``, ``*_runway``), row by row."""

    scheduled: pa.Array
    measured: pa.Array


def zones_of(
    columns: Mapping[str, pa.Array],
    days: Days | None,
    warnings: Counter[str],
    elsewhere: Mapping[str, str] | None = None,
) -> dict[str, Zones]:
    """Return the zones at both ends, ``departure`` and ``arrival``; null if no source decides.

    ``days`` are those of the clocks. Counts the rows whose own zone disagrees. ``elsewhere`` is what
    :func:`zones_elsewhere` found, if more records than these were read together.
    """
    places = {end: _places(columns, end) for end in ENDS}
    elsewhere = _voted(places.values()) if elsewhere is None else elsewhere
    zones = {}
    for end, distinct in places.items():
        found = [zone_of(place, elsewhere) for place in distinct.values]
        measured = [_measured_zone(place, zone) for place, zone in zip(distinct.values, found, strict=True)]
        scheduled = pa.array(found, TEXT).take(distinct.indices)
        same = found == measured
        zones[end] = Zones(scheduled, scheduled if same else pa.array(measured, TEXT).take(distinct.indices))
        if days is not None and (odd := _disagreeing(distinct, columns[f"{end}_scheduled_local"], days)):
            warnings[DISAGREES.format(end=end)] += odd
    return zones


def zones_elsewhere(records: Iterable[Mapping[str, pa.Array]]) -> dict[str, str]:
    """Return airport code -> the zone that most of the records have for it."""
    return _voted(_places(columns, end) for columns in records for end in ENDS if f"{end}_iata" in columns)


def zone_of(place: Place, elsewhere: Mapping[str, str] | None = None) -> str | None:
    """Return the name of the zone of scheduled times; ``elsewhere`` maps a code to other records' zone."""
    if (correction := _correction(place)) is not None:
        return correction.zone
    if (own := place.own_zone) is not None:
        return own
    known = (elsewhere or {}).get(place.code)
    listed = airport_of(place)
    return known or (listed.zone if listed is not None else None)


def airport_of(place: Place) -> Airport | None:
    """Return the airport as airportsdata lists it, or None."""
    by_iata, by_icao = airports()
    return by_iata.get(place.iata or "") or by_icao.get(place.icao or "")


@lru_cache(maxsize=1)
def airports() -> tuple[dict[str, Airport], dict[str, Airport]]:
    """Return the airports by IATA and by ICAO code. Reads the package's table once, when a row first needs it."""
    with files("airportsdata").joinpath("airports.csv").open("rb") as file:
        wanted = pyarrow.csv.ConvertOptions(include_columns=["iata", "icao", "tz", "lat", "lon"])
        table = pyarrow.csv.read_csv(file, convert_options=wanted).to_pydict()
    listed = [Airport(*values) for values in zip(table["tz"], table["lat"], table["lon"], strict=True)]
    by_iata, by_icao = (
        {code: airport for code, airport in zip(table[kind], listed, strict=True) if code and airport.zone}
        for kind in ("iata", "icao")
    )
    return by_iata, by_icao


@lru_cache(maxsize=1)
def corrections() -> tuple[dict[str, Correction], dict[str, Correction]]:
    """Return the reviewed corrections by IATA and by ICAO code."""
    text = files("aviastack.records").joinpath("airport_zones.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    by_iata, by_icao = (
        {row[kind]: Correction(row["zone"], row["measured_zone"]) for row in rows} for kind in ("iata", "icao")
    )
    return by_iata, by_icao


def _correction(place: Place) -> Correction | None:
    by_iata, by_icao = corrections()
    return by_iata.get(place.iata or "") or by_icao.get(place.icao or "")


def _measured_zone(place: Place, zone: str | None) -> str | None:
    correction = _correction(place)
    stale = correction.measured_zone if correction is not None else ""
    return stale if stale and stale == place.timezone else zone


def _disagreeing(distinct: Distinct[Place], scheduled: pa.Array, days: Days) -> int:
    """Count the rows whose own zone has another offset, at their scheduled time, than a reviewed or listed zone."""
    rows = 0
    for index, place in enumerate(distinct.values):
        own, expected = place.own_zone, _correction(place) or airport_of(place)
        if own is None or expected is None or own == expected.zone:
            continue
        offset = steady_offset(own, *days)
        if offset is None or offset != steady_offset(expected.zone, *days):
            rows += differing(scheduled.filter(pc.equal(distinct.indices, index)), own, expected.zone)
    return rows


def _places(columns: Mapping[str, pa.Array], end: str) -> Distinct[Place]:
    iata, icao, zone = (columns.get(f"{end}_{name}") for name in ("iata", "icao", "timezone"))
    given = [column for column in (iata, icao, zone) if column is not None]
    distinct = distinct_rows(given)
    return Distinct([Place(*values, *[None] * (3 - len(given))) for values in distinct.values], distinct.indices)


def _voted(places: Iterable[Distinct[Place]]) -> dict[str, str]:
    votes: dict[str, Counter[str]] = defaultdict(Counter)
    for distinct in places:
        for place, rows in zip(distinct.values, distinct.counts(), strict=True):
            if place.code and (own := place.own_zone) is not None:
                votes[place.code][own] += rows
    return {code: max(zones.items(), key=lambda zone: (zone[1], zone[0]))[0] for code, zones in votes.items()}
