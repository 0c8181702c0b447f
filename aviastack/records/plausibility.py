"""Rules of plausibility, judged by polars in one pass: rows that break one are loaded, and counted in the manifest.

A warning is all that an implausible value causes here, because the API's rows are loaded as they are; dbt judges them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import polars as pl
import pyarrow as pa

from aviastack.endpoints import BOARD_STATUSES, Endpoint
from aviastack.records.schema import arrow_schema

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


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: ``holds`` is true, or null if there is nothing to judge. Rows that break it are counted by ``name``."""

    name: str
    holds: pl.Expr


def implausible(endpoint: Endpoint, table: pa.Table) -> Counter[str]:
    """Count the rows that break each rule."""
    counts = {rule.name: (~rule.holds).sum() for rule in rules(endpoint)}
    names = {name for count in counts.values() for name in count.meta.root_names()}
    if not counts:
        return Counter()
    frame = pl.DataFrame(pl.from_arrow(table.select(sorted(names))))
    return Counter({name: count for name, count in frame.select(**counts).row(0, named=True).items() if count})


@lru_cache
def rules(endpoint: Endpoint) -> tuple[Rule, ...]:
    """Return the rules about the columns that the endpoint has."""
    columns = set(arrow_schema(endpoint).names)
    return (*_rules_of_values(endpoint, sorted(columns)), *_rules_of_times(columns))


def _rules_of_values(endpoint: Endpoint, columns: list[str]) -> Iterator[Rule]:
    for column in columns:
        value, ending = pl.col(column), column.rpartition("_")[2]
        if ending in BOUNDS:
            lowest, highest = BOUNDS[ending]
            yield Rule(f"{column} not in {lowest}..{highest}", value.is_between(lowest, highest))
        if column in LENGTHS:
            length = LENGTHS[column]
            yield Rule(f"{column} not of {length} characters", value.str.len_bytes() == length)
        if column in CHOICES and endpoint.dates_flights:
            yield Rule(f"unknown {column}", value.is_in(CHOICES[column]))


def _rules_of_times(columns: set[str]) -> Iterator[Rule]:
    departure, arrival = "departure_scheduled_utc", "arrival_scheduled_utc"
    if {departure, arrival} <= columns:
        duration = pl.col(arrival) - pl.col(departure)
        plausible = duration.is_between(pl.duration(minutes=15), pl.duration(hours=19)) | (duration <= pl.duration())
        yield Rule("arrival before departure", duration > pl.duration())
        yield Rule("duration under 15 minutes or over 19 hours", plausible)
    if {"flight_date", "departure_scheduled_local"} <= columns:
        own = pl.col("departure_scheduled_local").dt.date() == pl.col("flight_date")
        yield Rule("flight_date is not the date of departure", own)
