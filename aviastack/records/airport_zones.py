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
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any, NamedTuple, cast

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


@dataclass(frozen=True, slots=True)
class Sources:
    """The zones of a place by each source except other records; ``code`` is the airport's IATA or ICAO code.

    ``first`` is the reviewed zone, else the record's own: the sources that come before other records. ``expected`` is
    the airport's zone whatever the record's own is; ``measured`` that of measured times if it differs.
    """

    code: str
    own: str | None
    first: str | None
    listed: str | None
    expected: str | None
    measured: str | None

    def zone(self, elsewhere: Mapping[str, str]) -> str | None:
        """Return the zone of scheduled times; ``elsewhere`` maps a code to the zone of other records."""
        return self.first or elsewhere.get(self.code) or self.listed


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
        found = [sources.zone(elsewhere) for sources in distinct.values]
        measured = [sources.measured or zone for sources, zone in zip(distinct.values, found, strict=True)]
        scheduled = pa.array(found, TEXT).take(distinct.indices)
        same = found == measured
        zones[end] = Zones(scheduled, scheduled if same else pa.array(measured, TEXT).take(distinct.indices))
        if days is not None and (odd := _disagreeing(distinct, columns[f"{end}_scheduled_local"], days)):
            warnings[DISAGREES.format(end=end)] += odd
    return zones


def zones_elsewhere(records: Iterable[Mapping[str, pa.Array]]) -> dict[str, str]:
    """Return airport code -> the zone that most of the records have for it, if one of them needs that."""
    return _voted(_places(columns, end) for columns in records for end in ENDS if f"{end}_iata" in columns)


@lru_cache(maxsize=65_536)
def sources_of(place: Sequence[str | None]) -> Sources:
    """Return what the sources say of a :class:`Place`, which may be a plain tuple."""
    place = Place(*place)
    by_iata, by_icao = corrections()
    iata, icao = ((code or "").strip().upper() for code in place[:2])
    reviewed, listed = by_iata.get(iata) or by_icao.get(icao), airport_of(place)
    own = iana_name(place.timezone.strip()) if place.timezone is not None else None
    zone = reviewed.zone if reviewed is not None else None
    listed_zone = listed.zone if listed is not None else None
    stale = own if reviewed is not None and own == reviewed.measured_zone else None
    return Sources(iata or icao, own, zone or own, listed_zone, expected=zone or listed_zone, measured=stale)


def airport_of(place: Place) -> Airport | None:
    """Return the airport as airportsdata lists it, or None."""
    by_iata, by_icao = airports()
    return by_iata.get(place.iata or "") or by_icao.get(place.icao or "")


@lru_cache(maxsize=1)
def airports() -> tuple[dict[str, Airport], dict[str, Airport]]:
    """Return the airports by IATA and by ICAO code. Reads the package's table once, when a row first needs it."""
    try:
        table = _listed()
    except pa.ArrowCancelled:  # by Ctrl-C, which Arrow has passed on: the event loop cancels its task at the next await
        table = _listed()
    listed = [Airport(*values) for values in zip(table["tz"], table["lat"], table["lon"], strict=True)]
    by_iata, by_icao = (
        {code: airport for code, airport in zip(table[kind], listed, strict=True) if code and airport.zone}
        for kind in ("iata", "icao")
    )
    return by_iata, by_icao


def _listed() -> dict[str, list[Any]]:
    with files("airportsdata").joinpath("airports.csv").open("rb") as file:
        wanted = pyarrow.csv.ConvertOptions(include_columns=["iata", "icao", "tz", "lat", "lon"])
        return cast("dict[str, list[Any]]", pyarrow.csv.read_csv(file, convert_options=wanted).to_pydict())


@lru_cache(maxsize=1)
def corrections() -> tuple[dict[str, Correction], dict[str, Correction]]:
    """Return the reviewed corrections by IATA and by ICAO code."""
    text = files("aviastack.records").joinpath("airport_zones.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    by_iata, by_icao = (
        {row[kind]: Correction(row["zone"], row["measured_zone"]) for row in rows} for kind in ("iata", "icao")
    )
    return by_iata, by_icao


def _disagreeing(distinct: Distinct[Sources], scheduled: pa.Array, days: Days) -> int:
    """Count the rows whose own zone has another offset, at their scheduled time, than a reviewed or listed zone."""
    rows = 0
    for index, sources in enumerate(distinct.values):
        own, expected = sources.own, sources.expected
        if own is None or expected is None or own == expected:
            continue
        offset = steady_offset(own, *days)
        if offset is None or offset != steady_offset(expected, *days):
            rows += differing(scheduled.filter(pc.equal(distinct.indices, index)), own, expected)
    return rows


def _places(columns: Mapping[str, pa.Array], end: str) -> Distinct[Sources]:
    given = [column for name in Place._fields if (column := columns.get(f"{end}_{name}")) is not None]
    distinct = distinct_rows(given)
    missing = (None,) * (len(Place._fields) - len(given))  # a board has no zones
    return Distinct([sources_of(values + missing) for values in distinct.values], distinct.indices)


def _voted(places: Iterable[Distinct[Sources]]) -> dict[str, str]:
    """Return the zone that most records have for each airport that some record needs it for."""
    places = list(places)
    needed = {sources.code for distinct in places for sources in distinct.values if sources.first is None}
    votes: dict[str, Counter[str]] = defaultdict(Counter)
    for distinct in places if needed else ():
        for sources, rows in zip(distinct.values, distinct.counts(), strict=True):
            if sources.own is not None and sources.code and sources.code in needed:
                votes[sources.code][sources.own] += rows
    return {code: max(zones.items(), key=lambda zone: (zone[1], zone[0]))[0] for code, zones in votes.items()}
