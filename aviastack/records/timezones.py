"""From an airport's clock to UTC.

AviationStack stamps ``+00:00`` on what is the airport's local time (recorded pairs make sense no other way). A clock is
therefore kept as sent (``*_local``) and moved to UTC (``*_utc``) by the zone of its airport. What local time is at a
change of the clocks follows PEP 495 with ``fold=0``: of a time that exists twice (autumn) the first is meant, and one
that does not exist (spring) is read with the offset before the change, which shifts it forward. Both are counted.

Nearly every zone has one offset over the days of a block, so that one subtraction a column does; only the zones that
change within these days are looked up time by time, once a distinct time.


Which time zone a clock shows: the record's own where it is a name of the IANA database, else the airport's.

AviationStack also sends ``+8`` (PKX) and ``+1`` (BER) as zones, and null for whole airports (NQZ): those rows take the
zone of the airport's IATA code, then of its ICAO code, from the airportsdata package. What is left has no zone.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from functools import lru_cache
from importlib.resources import files
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from aviastack.records.schema import TEXT, UTC
from aviastack.records.values import by_distinct

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


SECOND = 1_000_000
DAY = 86_400
EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  a clock on a wall has no zone
YEAR_1 = (datetime.min - EPOCH) // timedelta(microseconds=1)  # noqa: DTZ901  as above
YEARS = range(1900, 2200)
BAND = 1 << 40  # more seconds than any year up to 9999 is away from 1970, so that zone and time make one number
LONGEST_WINDOW = 40
TWICE, NEVER, BEYOND = (
    "local time that exists twice",
    "local time that does not exist",
    "local time beyond any zone's rules",
)


def in_utc(clocks: dict[str, pa.Array], zones: pa.Array, warnings: Counter[str]) -> dict[str, pa.Array]:
    """Return each clock of one end in UTC; null where the zone is unknown. Counts the values that are odd in it."""
    encoded = zones.dictionary_encode()
    names, codes = encoded.dictionary.to_pylist(), encoded.indices
    window = _window(clocks)
    steady = [steady_offset(name, *window) if window else None for name in names]
    shift = pa.array(steady, pa.int64()).take(codes)
    changing = [code for code, offset in enumerate(steady) if offset is None]
    found = {}
    for column, local in clocks.items():
        offsets = shift
        if changing:
            rows = pc.and_(pc.is_in(codes, pa.array(changing, codes.type)), local.is_valid())
            offsets = _looked_up(local, rows, codes, names, shift, warnings)
        found[column] = pc.subtract(local.view(pa.int64()), offsets).view(UTC)
    return found


@lru_cache(maxsize=65_536)
def steady_offset(name: str, first: int, last: int) -> int | None:
    """Return the zone's offset (microseconds) if it is one from day ``first`` to ``last`` since 1970, else None."""
    if last - first > LONGEST_WINDOW:
        return None
    offsets = {offset_at(name, number * DAY) for number in range(first, last + 2)}
    (offset, oddity), *others = offsets
    return None if others or oddity else offset


@lru_cache(maxsize=262_144)
def offset_at(name: str, second: int) -> tuple[int | None, str]:
    """Return the zone's offset (microseconds) at a local time (seconds since 1970), and what is odd about it."""
    known, local = zone(name), _local(second)
    if known is None or local is None:
        return None, BEYOND
    first, second_time = (known.utcoffset(local.replace(fold=fold)) for fold in (0, 1))
    if first is None or second_time is None:
        return None, BEYOND
    oddity = "" if first == second_time else TWICE if first > second_time else NEVER
    return first // timedelta(microseconds=1), oddity


def in_calendar(times: pa.Array) -> bool:
    """Whether no time is before the year 1."""
    first = pc.min(times.view(pa.int64())).as_py()
    return first is None or first >= YEAR_1


def _local(second: int) -> datetime | None:
    try:
        local = EPOCH + timedelta(seconds=second)
    except OverflowError:
        return None
    return local if local.year in YEARS else None


def _window(clocks: dict[str, pa.Array]) -> tuple[int, int] | None:
    """Return the first and the last day (since 1970) on any of the clocks."""
    bounds = [pc.min_max(local.view(pa.int64())).as_py() for local in clocks.values()]
    known = [bound for bound in bounds if bound["min"] is not None]
    if not known:
        return None
    micros = DAY * SECOND
    return min(bound["min"] for bound in known) // micros, max(bound["max"] for bound in known) // micros


def _looked_up(
    local: pa.Array, rows: pa.Array, codes: pa.Array, names: list[str], shift: pa.Array, warnings: Counter[str]
) -> pa.Array:
    """Return the offsets with those of ``rows`` looked up by zone and second, once a distinct pair."""
    seconds = pc.divide(local.filter(rows).view(pa.int64()), SECOND)
    pairs = pc.add(pc.multiply(codes.filter(rows).cast(pa.int64()), BAND), seconds).dictionary_encode()
    told = [divmod(pair + BAND // 2, BAND) for pair in pairs.dictionary.to_pylist()]
    offsets, oddities = (
        zip(*(offset_at(names[code], at - BAND // 2) for code, at in told), strict=True) if told else ((), ())
    )
    for place in (place for place, oddity in enumerate(oddities) if oddity):
        warnings[oddities[place]] += pc.sum(pc.equal(pairs.indices, place)).as_py()
    return pc.replace_with_mask(shift, rows, pa.array(offsets, pa.int64()).take(pairs.indices))
