"""A second flight under one number, date and route gets its own identifier: ``|2`` after ``flight_leg_id``.

Rows with one ``flight_leg_id`` are one flight, retimed, unless both have taken off and one did so after the other had
landed, or an hour after it if the landing is unknown. Flights are numbered by take-off. A row that has not taken off
keeps the plain identifier, since it may be the same flight before it was retimed. The loader never changes the
identifier of a row that has taken off, so that a later run that has only one of the flights can't rename it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from aviastack.records.keys import Hashes, hashes
from aviastack.records.utc import SECOND

HOUR = 3_600 * SECOND
UNKNOWN = np.iinfo(np.int64).min


class Flown(NamedTuple):
    """One row that has taken off: the hash of its key, its take-off and its landing (microseconds since 1970)."""

    takeoff: int
    key: int
    landing: int


class Legs:
    """The rows of a run that have taken off, 32 bytes per row."""

    def __init__(self) -> None:
        self._blocks: list[tuple[Hashes, Hashes, pa.Array, pa.Array]] = []

    def add(self, table: pa.Table) -> None:
        """Take in a block of rows that still have plain identifiers."""
        if "flight_leg_id" not in table.column_names or "departure_actual_utc" not in table.column_names:
            return
        takeoff = pc.coalesce(*(table[f"departure_actual_{time}"].cast(pa.int64()) for time in ("utc", "local")))
        flown = table.select(["flight_leg_id", "flight_key", "departure_actual_utc", "arrival_actual_utc"])
        flown = flown.append_column("takeoff", takeoff).filter(takeoff.is_valid()).combine_chunks()
        if not len(flown):
            return
        landing = pc.if_else(
            flown["departure_actual_utc"].is_valid(), flown["arrival_actual_utc"].cast(pa.int64()), None
        )
        legs, keys = (hashes(pa.concat_arrays(flown[name].chunks)) for name in ("flight_leg_id", "flight_key"))
        times = (pc.fill_null(column, UNKNOWN).to_numpy() for column in (flown["takeoff"], landing))
        self._blocks.append((legs, keys, *times))

    def merge(self, other: Legs) -> None:
        """Take in the rows of another block."""
        self._blocks += other._blocks

    def numbers(self) -> dict[int, int]:
        """Return hash of ``flight_key`` -> number, from 2, of the rows that are not the first flight of their leg."""
        found: dict[int, int] = {}
        for flights in self._legs_with_several_rows():
            number, (previous, *others) = 1, sorted(flights)
            for flight in others:
                if flight.takeoff >= _next_takeoff(previous):
                    number, previous = number + 1, flight
                if number > 1:
                    found[flight.key] = number
        return found

    def _legs_with_several_rows(self) -> Iterator[list[Flown]]:
        several = self._several()
        groups: dict[int, dict[int, Flown]] = defaultdict(dict)
        for legs, keys, takeoffs, landings in self._blocks if len(several) else ():
            nearest = several[np.minimum(np.searchsorted(several, legs), len(several) - 1)]
            for row in np.flatnonzero(nearest == legs).tolist():
                key = int(keys[row])
                flown = Flown(int(takeoffs[row]), key, int(landings[row]))
                groups[int(legs[row])][key] = flown  # the newest wins
        yield from (list(rows.values()) for rows in groups.values())

    def _several(self) -> Hashes:
        """Return the hashes of the legs with several rows, in order. Only these are copied, to save memory."""
        legs = np.concatenate([np.empty(0, np.uint64), *(block[0] for block in self._blocks)])
        legs.sort()
        repeated: Hashes = np.unique(legs[1:][legs[1:] == legs[:-1]])
        return repeated


def numbered(table: pa.Table, numbers: Mapping[int, int]) -> pa.Table:
    """Return the table with the numbers added to the identifiers of their rows."""
    if not numbers or "flight_leg_id" not in table.column_names:
        return table
    keys = hashes(pa.concat_arrays(table["flight_key"].chunks)).tolist()
    names = table["flight_leg_id"].to_pylist()
    changed = [f"{name}|{numbers[key]}" if key in numbers else name for name, key in zip(names, keys, strict=True)]
    place = table.column_names.index("flight_leg_id")
    return table.set_column(place, table.schema.field(place), pa.array(changed, table.schema.field(place).type))


def _next_takeoff(flight: Flown) -> int:
    """Return the earliest take-off of another flight of the same leg."""
    return max(flight.takeoff + HOUR, flight.landing)
