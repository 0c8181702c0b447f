"""Which time zone a clock shows: the record's own where it is a name of the IANA database, else the airport's.

AviationStack also sends ``+8`` (PKX) and ``+1`` (BER) as zones, and null for whole airports (NQZ): those rows take the
zone of the airport's IATA code, then of its ICAO code, from the airportsdata package. What is left has no zone.
"""

from __future__ import annotations

import csv
from functools import lru_cache
from importlib.resources import files
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

from aviastack.records.distinct import by_distinct
from aviastack.records.schema import TEXT


def zones_of(columns: dict[str, pa.Array], end: str) -> pa.Array:
    """Return the zone's IANA name of each row at one end, ``departure`` or ``arrival``; null where it is unknown."""
    sent = columns.get(f"{end}_timezone")
    iata, icao = columns[f"{end}_iata"], columns[f"{end}_icao"]
    zones = by_distinct(sent, iana_name, TEXT) if sent is not None else pa.nulls(len(iata), TEXT)
    for codes, known in ((iata, "iata"), (icao, "icao")):
        if zones.null_count:
            zones = pc.coalesce(zones, by_distinct(codes, airport_zones()[known].get, TEXT))
    return zones


@lru_cache(maxsize=4096)
def iana_name(text: str) -> str | None:
    """Return the name where the zone database has it, else None."""
    return text if zone(text) is not None else None


@lru_cache(maxsize=4096)
def zone(name: str) -> ZoneInfo | None:
    """Return the zone, or None where the database has none of that name."""
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):  # no such name; a folder of names; a path instead of a name
        return None


@lru_cache(maxsize=1)
def airport_zones() -> dict[str, dict[str, str]]:
    """Return ``iata`` and ``icao`` -> code -> zone. Reads the package's table once, when a row first needs it."""
    tables: dict[str, dict[str, str]] = {"iata": {}, "icao": {}}
    with files("airportsdata").joinpath("airports.csv").open(encoding="utf-8") as lines:
        for airport in csv.DictReader(lines):
            for kind, table in tables.items():
                if airport[kind] and airport["tz"]:
                    table[airport[kind]] = airport["tz"]
    return tables
