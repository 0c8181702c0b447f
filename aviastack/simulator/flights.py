"""Rows of ``/flights`` as JSON text, a block at a time."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache, lru_cache

import polars as pl

from aviastack.simulator.draws import Draws, part
from aviastack.simulator.labels import FACES, airline_labels, faces
from aviastack.simulator.network import network
from aviastack.simulator.schedule import TERMINALS
from aviastack.simulator.seen import STATUSES
from aviastack.simulator.texts import MEMBERS, NULL, Shape, encoded, number, object_text, quoted

_DAYS_BEFORE, _DAYS = 2, 7  # around the date that clocks count from
_CLOCKS = (
    "departs", "arrives", "departure_actual", "departure_estimated_runway", "arrival_actual", "arrival_estimated",
)  # fmt: skip
_GATED_OUT, _GATED_IN, _BELTED = 390, 170, 210  # of a thousand rows
_KNOWN_AIRCRAFT = 160  # of a thousand legs
_TAILS = 4_096
_UNSCHEDULED = 2  # of 4,000 rows
_FULL_TAILS = 20  # of a thousand; of the others only the transponder's code is known
_LONG_HAUL_KM = 4_500
_SHORT_HAUL = ("B738", "A320", "A21N", "E190", "B38M", "A20N")
_LONG_HAUL = ("B77W", "B789", "A359", "A333", "B788", "A388")
_MARKS = ("N1", "N7", "D-A", "G-E", "F-H", "B-1", "VT-", "JA8", "PR-", "A6-")


def rendered(rows: pl.DataFrame, anchor: date) -> pl.Series:
    """Return each row as JSON text; clocks and ``shift`` (days) count from ``anchor``."""
    texts = rows.with_columns(**_names(rows), **_times(rows, anchor), **_fixtures(rows))
    return texts.select(object_text(_shape(texts)).alias("json"))["json"]


def _names(rows: pl.DataFrame) -> dict[str, pl.Series]:
    """Airports and airlines."""
    airlines, face = airline_labels(), faces()
    looks = rows.select(out=part(pl.col("row_bits"), 0, FACES), back=part(pl.col("row_bits"), 12, FACES))
    lower = airlines.select(pl.col("iata", "icao").str.to_lowercase())
    return {
        "from": face.gather(rows["departure"].cast(pl.Int32) * FACES + looks["out"]),
        "to": face.gather(rows["arrival"].cast(pl.Int32) * FACES + looks["back"]),
        "airline": airlines["object"].gather(rows["carrier"]),
        "iata": airlines["iata"].gather(rows["carrier"]),
        "icao": airlines["icao"].gather(rows["carrier"]),
        "shared": airlines["codeshared"].gather(rows["operator"]),
        "shared_iata": lower["iata"].gather(rows["operator"]),
        "shared_icao": lower["icao"].gather(rows["operator"]),
    }


def _times(rows: pl.DataFrame, anchor: date) -> dict[str, pl.Series]:
    """Dates, statuses and clocks; ``live_text`` lacks its seconds and the closing quote."""
    clocks = _clocks(anchor)
    days = rows["shift"] + _DAYS_BEFORE
    shown = {f"{name}_text": clocks.gather(rows[name] + days * 1_440).fill_null("null") for name in _CLOCKS}
    return {
        **shown,
        "live_text": clocks.gather(rows["live_at"] + days * 1_440).str.head(len('"2026-11-21T06:00:')),
        "date_text": _dates(anchor).gather(days),
        "status_text": _statuses().gather(rows["status"]),
    }


@lru_cache(maxsize=16)
def _clocks(anchor: date) -> pl.Series:
    """Return the API's text of every minute around ``anchor``: the airport's clock, stamped +00:00 in any zone."""
    days = [anchor + timedelta(days=day - _DAYS_BEFORE) for day in range(_DAYS)]
    minutes = [f"T{minute // 60:02}:{minute % 60:02}:00+00:00" for minute in range(1_440)]
    return pl.Series([f'"{day}{minute}"' for day in days for minute in minutes])


@lru_cache(maxsize=16)
def _dates(anchor: date) -> pl.Series:
    return pl.Series([f'"{anchor + timedelta(days=day - _DAYS_BEFORE)}"' for day in range(_DAYS)])


@cache
def _statuses() -> pl.Series:
    return pl.Series([encoded(status) for status in STATUSES])


def _fixtures(rows: pl.DataFrame) -> dict[str, pl.Series]:
    """Terminals, gates, belts and aircraft; gates change from day to day."""
    bits, leg = pl.col("date_bits"), pl.col("leg_bits")
    drawn = rows.select(
        gate_out=pl.when(part(bits, 0, 1_000) < _GATED_OUT).then(part(bits, 12, len(_gates()))),
        gate_in=pl.when(part(bits, 24, 1_000) < _GATED_IN).then(part(bits, 36, len(_gates()))),
        belt=pl.when(part(bits, 48, 1_000) < _BELTED).then(part(bits, 6, 18)),
        aircraft=pl.when(part(leg, 0, 1_000) < _KNOWN_AIRCRAFT).then(
            part(leg, 12, _TAILS) + pl.when(pl.col("km") > _LONG_HAUL_KM).then(_TAILS).otherwise(0)
        ),
    )
    terminals = pl.Series(TERMINALS)
    return {
        "terminal_out_text": terminals.gather(rows["terminal_out"]),
        "terminal_in_text": terminals.gather(rows["terminal_in"]),
        "gate_out": _gates().gather(drawn["gate_out"]),
        "gate_in": _gates().gather(drawn["gate_in"]),
        "belt": drawn["belt"].cast(pl.String),
        "aircraft": _aircraft().gather(drawn["aircraft"]).fill_null("null"),
    }


@cache
def _gates() -> pl.Series:
    return pl.Series([f"{pier}{gate}" for pier in ("", "", "", "", "A", "B", "C", "D") for gate in range(1, 61)])


@cache
def _aircraft() -> pl.Series:
    """Return the fleet's ``aircraft`` objects: first those for short routes, then those for long ones."""
    tails = pl.DataFrame({"tail": range(2 * _TAILS)}).select("tail", bits=Draws(0).bits("tail", pl.col("tail")))
    return pl.Series([encoded(_tail(tail, bits)) for tail, bits in tails.iter_rows()])


def _tail(tail: int, bits: int) -> dict[str, str | None]:
    if bits % 1_000 >= _FULL_TAILS:
        return {"registration": None, "iata": None, "icao": None, "icao24": f"{bits >> 40:06X}"}
    model = (_SHORT_HAUL if tail < _TAILS else _LONG_HAUL)[bits // 1_000 % 6]
    mark = f"{_MARKS[bits // 6_000 % 10]}{bits // 60_000 % 17_576:04X}"
    return {"registration": mark, "iata": model, "icao": model, "icao24": f"{bits >> 40:06X}"}


def _shape(rows: pl.DataFrame) -> Shape:
    unscheduled = (part(pl.col("row_bits") ^ pl.col("date_bits"), 0, 4_000) < _UNSCHEDULED) & pl.col(
        "number"
    ).is_not_null()
    leaves = pl.when(unscheduled).then(NULL).otherwise("departs_text")
    left, landed = pl.col("departure_actual_text"), pl.col("arrival_actual_text")
    return {
        "flight_date": pl.col("date_text"),
        "flight_status": pl.col("status_text"),
        "departure": {
            MEMBERS: pl.col("from"),
            "terminal": quoted(pl.col("terminal_out_text")),
            "gate": quoted(pl.col("gate_out")),
            "delay": number(pl.col("departure_delay")),
            "scheduled": leaves,
            "estimated": leaves,
            "actual": left,
            "estimated_runway": pl.col("departure_estimated_runway_text"),
            "actual_runway": left,
        },
        "arrival": {
            MEMBERS: pl.col("to"),
            "terminal": quoted(pl.col("terminal_in_text")),
            "gate": quoted(pl.col("gate_in")),
            "baggage": quoted(pl.col("belt")),
            "scheduled": pl.when(unscheduled).then(NULL).otherwise("arrives_text"),
            "delay": number(pl.col("arrival_delay")),
            "estimated": pl.col("arrival_estimated_text"),
            "actual": landed,
            "estimated_runway": landed,
            "actual_runway": landed,
        },
        "airline": pl.col("airline"),
        "flight": _flight(),
        "aircraft": pl.col("aircraft"),
        "live": NULL if rows["live_at"].is_null().all() else _live(),
    }


def _flight() -> Shape:
    text = pl.col("number").cast(pl.String)
    theirs = pl.col("operator_number").cast(pl.String)
    codeshared = object_text(
        {
            MEMBERS: pl.col("shared"),
            "flight_number": quoted(theirs),
            "flight_iata": quoted(pl.col("shared_iata") + theirs),
            "flight_icao": quoted(pl.col("shared_icao") + theirs),
        }
    )
    return {
        "number": quoted(text),
        "iata": quoted(pl.col("iata") + text.fill_null("")),
        "icao": quoted(pl.col("icao") + text.fill_null("")),
        "codeshared": codeshared.fill_null("null"),
    }


def _live() -> pl.Expr:
    """A position on the way; ``updated`` is the one true UTC time of a record."""
    bits = pl.col("row_bits")
    way = ((pl.col("live_at") - pl.col("departs_utc")) / pl.col("minutes")).clip(0, 1)
    cruising = way.is_between(0.12, 0.88)
    speed = pl.when(cruising).then(780).otherwise(240) + part(bits, 0, 3_000) * 0.027
    shape: Shape = {
        "updated": pl.col("live_text") + (part(bits, 12, 50) + 10).cast(pl.String) + pl.lit('+00:00"'),
        "latitude": number(_between("lat", way).round(4)),
        "longitude": number(_between("lon", way).round(4)),
        "altitude": pl.when(cruising)
        .then(number((9_100 + part(bits, 24, 3_600) * 0.7).round(1)))
        .otherwise(pl.lit("0")),
        "direction": number(part(bits, 36, 360)),
        "speed_horizontal": number(speed.round(3)),
        "speed_vertical": pl.lit("0"),
        "is_ground": pl.lit("false"),
    }
    return object_text(shape).fill_null("null")


def _between(axis: str, way: pl.Expr) -> pl.Expr:
    at = pl.lit(network().airports[axis])
    return (1 - way) * at.gather(pl.col("departure")) + way * at.gather(pl.col("arrival"))
