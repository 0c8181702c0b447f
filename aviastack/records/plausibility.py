"""Rules of plausibility: rows that break one are loaded, and counted in the manifest.

A warning is all that an implausible value causes here, because the API's rows are loaded as they are; dbt judges them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache, partial

import pyarrow as pa
import pyarrow.compute as pc

from aviastack.endpoints import BOARD_STATUSES, Endpoint
from aviastack.records.schema import TEXT, arrow_schema
from aviastack.records.utc import DAY, SECOND

BOUNDS = {
    "latitude": (-90, 90),
    "longitude": (-180, 180),
    "direction": (0, 360),
    "altitude": (-500, 20_000),  # metres
    "horizontal": (0, 2_000),  # km/h
    "delay": (0, 1439),  # minutes; from a day on it is an estimate that slipped to the next date
    "weekday": (1, 7),  # of ISO 8601
}
LENGTHS = {"departure_iata": 3, "departure_icao": 4, "arrival_iata": 3, "arrival_icao": 4}
CHOICES = {"flight_status": BOARD_STATUSES, "status": BOARD_STATUSES, "type": ("departure", "arrival")}
MINUTE = 60 * SECOND
SHORTEST, LONGEST = 15 * MINUTE, 19 * 60 * MINUTE


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule about some columns. ``broken`` is true for each row that breaks it, and null if there is no value."""

    name: str
    columns: tuple[str, ...]
    broken: Callable[..., pa.ChunkedArray]


def implausible(endpoint: Endpoint, table: pa.Table) -> Counter[str]:
    """Count the rows that break each rule."""
    counts: Counter[str] = Counter()
    for rule in rules(endpoint):
        columns = [table[name] for name in rule.columns]
        if any(column.null_count == len(column) for column in columns):
            continue
        if rows := pc.sum(rule.broken(*columns)).as_py():
            counts[rule.name] = rows
    return counts


@lru_cache
def rules(endpoint: Endpoint) -> tuple[Rule, ...]:
    """Return the rules about the columns that the endpoint has."""
    columns = set(arrow_schema(endpoint).names)
    return (*_rules_of_values(endpoint, sorted(columns)), *_rules_of_times(columns))


def _rules_of_values(endpoint: Endpoint, columns: list[str]) -> Iterator[Rule]:
    for column in columns:
        ending = column.rpartition("_")[2]
        if ending in BOUNDS:
            lowest, highest = BOUNDS[ending]
            yield Rule(f"{column} not in {lowest}..{highest}", (column,), partial(_outside, lowest, highest))
        if column in LENGTHS:
            yield Rule(f"{column} not of {LENGTHS[column]} characters", (column,), partial(_longer, LENGTHS[column]))
        if column in CHOICES and endpoint.dates_flights:
            yield Rule(f"unknown {column}", (column,), partial(_unknown, CHOICES[column]))


def _rules_of_times(columns: set[str]) -> Iterator[Rule]:
    ends = ("departure_scheduled_utc", "arrival_scheduled_utc")
    if columns.issuperset(ends):
        yield Rule("arrival before departure", ends, _backwards)
        yield Rule("duration under 15 minutes or over 19 hours", ends, _too_short_or_too_long)
    if columns.issuperset(dates := ("flight_date", "departure_scheduled_local")):
        yield Rule("flight_date is not the date of departure", dates, _another_date)


def _outside(lowest: int, highest: int, values: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.or_(pc.less(values, lowest), pc.greater(values, highest))


def _longer(length: int, texts: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.not_equal(pc.binary_length(texts), length)


def _unknown(choices: tuple[str, ...], texts: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.and_(pc.invert(pc.is_in(texts, pa.array(choices, TEXT))), texts.is_valid())


def _duration(departure: pa.ChunkedArray, arrival: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return the microseconds from departure to arrival."""
    return pc.subtract(arrival.cast(pa.int64()), departure.cast(pa.int64()))


def _backwards(departure: pa.ChunkedArray, arrival: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.less_equal(_duration(departure, arrival), 0)


def _too_short_or_too_long(departure: pa.ChunkedArray, arrival: pa.ChunkedArray) -> pa.ChunkedArray:
    duration = _duration(departure, arrival)
    return pc.and_(pc.greater(duration, 0), _outside(SHORTEST, LONGEST, duration))


def _another_date(date: pa.ChunkedArray, local: pa.ChunkedArray) -> pa.ChunkedArray:
    """Compare by microseconds, because casting a time to a date is several times as slow."""
    since = pc.subtract(local.cast(pa.int64()), pc.multiply(date.cast(pa.int32()).cast(pa.int64()), DAY * SECOND))
    return _outside(0, DAY * SECOND - 1, since)
