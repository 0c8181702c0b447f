"""Rows of ``/routes``, drawn from the weekly schedule."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

import polars as pl

from aviastack.simulator.draws import part
from aviastack.simulator.labels import FACES, faces
from aviastack.simulator.network import network
from aviastack.simulator.schedule import OPERATING, TERMINALS, schedule
from aviastack.simulator.texts import MEMBERS, encoded, object_text, quoted
from aviastack.simulator.zones import offset_at_arrival, offset_at_departure

_A_DAY = date(2026, 1, 12)  # whose zones give the arrivals' clocks
_TIMELESS, _NO_TERMINAL, _NAMELESS = 180, 185, 70  # of a thousand rows


@lru_cache(maxsize=2)
def frame(seed: int, flights_a_day: int) -> pl.DataFrame:
    """Return the schedule's operating rows that have a number: a row a route, airline and number."""
    rows = schedule(seed, flights_a_day).filter(
        pl.col("kind") == OPERATING, pl.col("number").is_not_null(), pl.col("carrier") != network().nameless
    )
    leaves = rows["minute"].cast(pl.Int32)
    arrives = leaves - offset_at_departure(_A_DAY, rows["departure"], leaves) + rows["minutes"]
    local = (arrives + offset_at_arrival(_A_DAY, rows["arrival"], arrives)) % 1_440
    return rows.with_columns(local.alias("arrives"))


def rendered(rows: pl.DataFrame) -> pl.Series:
    """Return each row as JSON text."""
    clocks = pl.Series([f"{minute // 60:02}:{minute % 60:02}:00" for minute in range(1_440)])
    airlines, terminals = network().airlines, pl.Series(TERMINALS)
    chance, bits = part(pl.col("row_bits"), 24, 1_000), pl.col("row_bits")
    named = pl.Series([encoded(airline) for airline in _airlines(airlines, named=True)])
    unnamed = pl.Series([encoded(airline) for airline in _airlines(airlines, named=False)])
    texts = rows.with_columns(
        clocks.gather(rows["minute"]).alias("out"),
        clocks.gather(rows["arrives"]).alias("in"),
        faces().gather(rows["departure"].cast(pl.Int32) * FACES).alias("from"),
        faces().gather(rows["arrival"].cast(pl.Int32) * FACES).alias("to"),
        terminals.gather(rows["terminal_out"]).alias("terminal_out"),
        terminals.gather(rows["terminal_in"]).alias("terminal_in"),
        named.gather(rows["carrier"]).alias("airline"),
        unnamed.gather(rows["carrier"]).alias("unnamed"),
    )
    shape = {
        end: {
            MEMBERS: pl.col(place),
            "terminal": quoted(pl.when(part(bits, at, 1_000) >= _NO_TERMINAL).then(f"terminal_{way}")),
            "time": quoted(pl.when(chance >= _TIMELESS).then(way)),
        }
        for end, place, way, at in (("departure", "from", "out", 0), ("arrival", "to", "in", 12))
    }
    nameless = part(bits, 36, 1_000) < _NAMELESS
    airline = pl.when(nameless).then("unnamed").otherwise("airline")
    number = {"number": quoted(pl.col("number").cast(pl.String))}
    return texts.select(object_text({**shape, "airline": airline, "flight": number}).alias("json"))["json"]


def _airlines(airlines: pl.DataFrame, *, named: bool) -> list[dict[str, str | None]]:
    chosen = airlines.select("name" if named else pl.lit(None).alias("name"), "callsign", "iata", "icao")
    return list(chosen.iter_rows(named=True))
