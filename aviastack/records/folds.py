"""Which of two equal times is meant, in the hour that autumn repeats: the first one that the order of events allows.

A flight lasts at least as long as its distance takes at full speed, and does not take off half an hour before it was
to leave. BOS-JFK on 2025-11-02, departing at 00:45 and arriving at 01:10, lasts 25 minutes by the first 01:10 and 85
by the second: only the second is possible.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import pyarrow as pa

from aviastack.records.airport_zones import Place, airport_of
from aviastack.records.schema import UTC
from aviastack.records.utc import SECOND

MINUTE = 60 * SECOND
FASTEST = 1_000  # km/h over the ground
CLIMB_AND_APPROACH = 10 * MINUTE
UNKNOWN_DISTANCE = 15 * MINUTE
EARLIEST = 30 * MINUTE  # before the scheduled departure
EARTH = 6_371  # km


def resolve_folds(columns: dict[str, pa.Array], end: str, repeated: Mapping[str, Mapping[int, int]]) -> None:
    """Move to the second of two equal times what can't be the first.

    ``repeated`` has, by column, the rows whose local time exists twice and by how much the second is later. The
    departure's clocks are resolved before the arrival's, which are compared with them.
    """
    for column, rows in repeated.items():
        if not rows:
            continue
        values = columns[f"{column}_utc"].view(pa.int64()).to_pylist()
        for row, later in rows.items():
            earliest = _earliest(columns, end, column, row)
            if earliest is not None and values[row] is not None and values[row] < earliest:
                values[row] += later
        columns[f"{column}_utc"] = pa.array(values, pa.int64()).view(UTC)


def _earliest(columns: Mapping[str, pa.Array], end: str, column: str, row: int) -> int | None:
    """Return the earliest time at which the event can have happened; None if nothing bounds it."""
    clock = column.removeprefix(f"{end}_")
    if end == "departure":
        scheduled = _first_known(columns, row, "departure_scheduled")
        return scheduled - EARLIEST if scheduled is not None and clock != "scheduled" else None
    departed = _first_known(columns, row, f"departure_{clock}", "departure_actual", "departure_scheduled")
    return departed + shortest_flight(columns, row) if departed is not None else None


def _first_known(columns: Mapping[str, pa.Array], row: int, *names: str) -> int | None:
    for name in names:
        if f"{name}_utc" in columns and (value := columns[f"{name}_utc"].view(pa.int64())[row].as_py()) is not None:
            return int(value)
    return None


def shortest_flight(columns: Mapping[str, pa.Array], row: int) -> int:
    """Return the least time that the row's flight can take, in microseconds."""
    ends = [
        airport_of(Place(columns[f"{end}_iata"][row].as_py(), columns[f"{end}_icao"][row].as_py(), None))
        for end in ("departure", "arrival")
    ]
    origin, destination = ends
    if origin is None or destination is None:
        return UNKNOWN_DISTANCE
    kilometres = _distance(origin.latitude, origin.longitude, destination.latitude, destination.longitude)
    return CLIMB_AND_APPROACH + round(kilometres / FASTEST * 60 * MINUTE)


def _distance(latitude: float, longitude: float, other_latitude: float, other_longitude: float) -> float:
    """Return the great-circle distance in km of two positions in degrees."""
    one, other = math.radians(latitude), math.radians(other_latitude)
    half = math.sin((other - one) / 2) ** 2
    half += math.cos(one) * math.cos(other) * math.sin(math.radians(other_longitude - longitude) / 2) ** 2
    return 2 * EARTH * math.asin(min(1.0, math.sqrt(half)))
