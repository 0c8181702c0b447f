"""The pandera model of every endpoint's table, generated from its declaration and from rules about its columns.

A column of another type, or a key that is null, breaks the contract. A broken rule makes a row implausible, no more:
the API's rows are loaded as they are, counted under the rule's name, and judged in dbt.

This module imports polars and pandera, which costs seconds: :mod:`aviastack.records.checks` does it where it is needed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import pandera.polars as pandera
import polars as pl
from pandera.errors import SchemaErrors

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
    """What is plausible: ``holds`` is true, or null where there is nothing to judge. Rows are counted by ``name``."""

    name: str
    column: str
    holds: pl.Expr

    def as_check(self) -> pandera.Check:
        """Return the rule as pandera has it: to break it is worth a warning."""
        return pandera.Check(
            lambda data: data.lazyframe.select(self.holds.fill_null(value=True)), name=self.name, raise_warning=True
        )


@lru_cache
def model(endpoint: Endpoint) -> pandera.DataFrameSchema:
    """Return the model of the whole table: every column in its place, with its type and its rules."""
    return _model(endpoint, arrow_schema(endpoint).names, rules(endpoint))


@lru_cache
def contract(endpoint: Endpoint) -> pandera.DataFrameSchema:
    """Return the model of what a row can't be without: its keys and its date."""
    return _model(endpoint, required(endpoint), ())


def broken(endpoint: Endpoint, frame: pl.DataFrame) -> dict[int, list[str]]:
    """Return row -> reasons of the rows that break the contract; ``frame`` has the columns of :func:`required`."""
    try:
        contract(endpoint).validate(frame, lazy=True)
    except SchemaErrors as found:
        reasons: dict[int, list[str]] = {}
        for case in found.failure_cases.iter_rows(named=True):
            if case["index"] is None:
                raise
            reasons.setdefault(case["index"], []).append(f"{case['column']}: {case['check']}")
        return reasons
    return {}


def required(endpoint: Endpoint) -> list[str]:
    """Return the columns that may not be null."""
    leg = [endpoint.leg_key.column] if endpoint.leg_key is not None else []
    date = ["flight_date"] if endpoint.dates_flights else []
    return [endpoint.key.column, *leg, *date]


@lru_cache
def rules(endpoint: Endpoint) -> tuple[Rule, ...]:
    """Return the rules about the columns that the endpoint has."""
    columns = set(arrow_schema(endpoint).names)
    return tuple(_rules_of_values(endpoint, sorted(columns))) + tuple(_rules_of_times(columns))


def _rules_of_values(endpoint: Endpoint, columns: list[str]) -> Iterator[Rule]:
    for column in columns:
        value, ending = pl.col(column), column.rpartition("_")[2]
        if ending in BOUNDS:
            lowest, highest = BOUNDS[ending]
            yield Rule(f"{column} not in {lowest}..{highest}", column, value.is_between(lowest, highest))
        if column in LENGTHS:
            length = LENGTHS[column]
            yield Rule(f"{column} not of {length} characters", column, value.str.len_bytes() == length)
        if column in CHOICES and endpoint.dates_flights:
            yield Rule(f"unknown {column}", column, value.is_in(CHOICES[column]))


def _rules_of_times(columns: set[str]) -> Iterator[Rule]:
    departure, arrival = "departure_scheduled_utc", "arrival_scheduled_utc"
    if {departure, arrival} <= columns:
        lasts = pl.col(arrival) - pl.col(departure)
        plausible = lasts.is_between(pl.duration(minutes=15), pl.duration(hours=19)) | (lasts <= pl.duration())
        yield Rule("arrival before departure", arrival, lasts > pl.duration())
        yield Rule("duration under 15 minutes or over 19 hours", arrival, plausible)
    if {"flight_date", "departure_scheduled_local"} <= columns:
        own = pl.col("departure_scheduled_local").dt.date() == pl.col("flight_date")
        yield Rule("flight_date is not the date of departure", "flight_date", own)


def _model(endpoint: Endpoint, names: list[str], checks: tuple[Rule, ...]) -> pandera.DataFrameSchema:
    empty = pl.DataFrame(pl.from_arrow(arrow_schema(endpoint).empty_table()))
    needed = required(endpoint)
    return pandera.DataFrameSchema(
        {
            name: pandera.Column(
                empty.schema[name],
                [rule.as_check() for rule in checks if rule.column == name],
                nullable=name not in needed,
            )
            for name in names
        },
        name=endpoint.table,
        strict=True,
        ordered=True,
    )
