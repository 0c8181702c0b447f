"""What the clocks of all airports showed around one date, as tables that columns can be looked up in."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache

import polars as pl

from aviastack.simulator.world.network import network
from aviastack.simulator.world.zone_rules import zone

_FIRST_HOUR, _HOURS = (
    -15,
    72,
)  # of UTC, from the date's midnight: the first departure at UTC+14, the last arrival at UTC-12


@cache
def _zone_of_airport() -> tuple[list[str], pl.Series]:
    """The zones' names, and each airport's position among them."""
    zones = network().airports["tz"]
    names = zones.unique(maintain_order=True).to_list()
    positions = {name: position for position, name in enumerate(names)}
    return names, zones.replace_strict(positions, return_dtype=pl.Int32)


@lru_cache(maxsize=16)
def _offsets(day: date) -> tuple[pl.Series, pl.Series]:
    """Minutes east of UTC by zone and hour: of the local day, and of UTC around it."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    local, universal = [], []
    for name in _zone_of_airport()[0]:
        rules = zone(name)
        local += [_minutes_east((midnight + timedelta(hours=hour)).replace(tzinfo=rules)) for hour in range(24)]
        universal += [
            _minutes_east((midnight + timedelta(hours=_FIRST_HOUR + hour)).astimezone(rules)) for hour in range(_HOURS)
        ]
    return pl.Series(local, dtype=pl.Int16), pl.Series(universal, dtype=pl.Int16)


def offset_at_departure(day: date, airport: pl.Series, minute: pl.Series) -> pl.Series:
    """Return the offset from UTC, in minutes, of each airport's clock when it shows ``minute`` of ``day``."""
    zones = _zone_of_airport()[1].gather(airport)
    return _offsets(day)[0].gather(zones * 24 + minute // 60)


def offset_at_arrival(day: date, airport: pl.Series, minute: pl.Series) -> pl.Series:
    """Return the offset from UTC, in minutes, of airports' clocks ``minute`` minutes after midnight UTC of ``day``."""
    zones = _zone_of_airport()[1].gather(airport)
    hours = (minute // 60 - _FIRST_HOUR).clip(0, _HOURS - 1)
    return _offsets(day)[1].gather(zones * _HOURS + hours)


def _minutes_east(moment: datetime) -> int:
    return int((moment.utcoffset() or timedelta()).total_seconds() // 60)
