"""Rows of ``/routes``, drawn from the weekly schedule."""

from __future__ import annotations

from datetime import date
from functools import cache, lru_cache

import polars as pl

from aviastack.simulator.world.draws import part
from aviastack.simulator.world.json_text import Shape, Table, encoded, object_text
from aviastack.simulator.world.labels import FACES, faces, numbers, terminals
from aviastack.simulator.world.network import network
from aviastack.simulator.world.offsets import offset_at_arrival, offset_at_departure
from aviastack.simulator.world.schedule import OPERATING, schedule

_A_DAY = date(2026, 1, 12)  # whose zones give the arrivals' clocks
_TIMELESS, _NO_TERMINAL, _NAMELESS = 180, 185, 70  # of a thousand rows


@lru_cache(maxsize=2)
def frame(seed: int, flights_per_day: int) -> pl.DataFrame:
    """Return the schedule's operating rows that have a number: one row per route, airline and number."""
    rows = schedule(seed, flights_per_day).filter(
        pl.col("kind") == OPERATING, pl.col("number").is_not_null(), pl.col("carrier") != network().nameless
    )
    leaves = rows["minute"].cast(pl.Int32)
    arrives = leaves - offset_at_departure(_A_DAY, rows["departure"], leaves) + rows["minutes"]
    local = (arrives + offset_at_arrival(_A_DAY, rows["arrival"], arrives)) % 1_440
    return rows.with_columns(local.alias("arrives"))


def rendered(rows: pl.DataFrame) -> pl.Series:
    """Return each row as JSON text."""
    number = numbers().of(pl.col("number"))
    shape = {"departure": _end("departure", "out", "minute", 0), "arrival": _end("arrival", "in", "arrives", 12)}
    nameless = part(pl.col("row_bits"), 36, 1_000) < _NAMELESS
    airline = (
        pl.when(nameless)
        .then(_airlines(named=False).of(pl.col("carrier")))
        .otherwise(_airlines(named=True).of(pl.col("carrier")))
    )
    return rows.select(object_text({**shape, "airline": airline, "flight": {"number": number}}).alias("json"))["json"]


def _end(end: str, way: str, clock: str, at: int) -> Shape:
    bits, terminal = pl.col("row_bits"), pl.col(f"terminal_{way}")
    return {
        "*airport": pl.lit(faces()).gather(pl.col(end).cast(pl.Int32) * FACES),
        "terminal": terminals().of(pl.when(part(bits, at, 1_000) >= _NO_TERMINAL).then(terminal)),
        "time": _clocks().of(pl.when(part(bits, 24, 1_000) >= _TIMELESS).then(clock)),
    }


@cache
def _clocks() -> Table:
    return Table(f'"{minute // 60:02}:{minute % 60:02}:00"' for minute in range(1_440))


@cache
def _airlines(*, named: bool) -> Table:
    name = pl.col("name") if named else pl.lit(None).alias("name")
    return Table(map(encoded, network().airlines.select(name, "callsign", "iata", "icao").iter_rows(named=True)))
