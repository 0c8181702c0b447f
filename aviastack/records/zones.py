"""Which time zone a clock shows: the record's own where it is a name of the IANA database, else the airport's.

AviationStack also sends ``+8`` (PKX) and ``+1`` (BER) as zones, and null for whole airports (NQZ): those rows take the
zone of the airport's IATA code, then of its ICAO code, from the airportsdata package. What is left has no zone.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from aviastack.records.distinct import by_distinct
from aviastack.records.schema import TEXT

CODES = ("iata", "icao")  # in the order in which they are tried


def zones_of(columns: dict[str, pa.Array], end: str) -> pa.Array:
    """Return the zone's IANA name of each row at one end, ``departure`` or ``arrival``; null where it is unknown."""
    sent = columns.get(f"{end}_timezone")
    zones = pa.nulls(len(columns[f"{end}_iata"]), TEXT) if sent is None else by_distinct(sent, iana_name, TEXT)
    for kind in CODES:
        if zones.null_count:
            codes = columns[f"{end}_{kind}"]
            zones = pc.coalesce(zones, by_distinct(codes, airport_zones()[kind].get, TEXT))
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
    with files("airportsdata").joinpath("airports.csv").open("rb") as file:
        wanted = csv.ConvertOptions(include_columns=["iata", "icao", "tz"])
        airports = csv.read_csv(file, convert_options=wanted).to_pydict()
    zones = airports["tz"]
    return {
        kind: {code: zone for code, zone in zip(airports[kind], zones, strict=True) if code and zone} for kind in CODES
    }
