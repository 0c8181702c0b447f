"""Rows of ``/flights`` as JSON text, a block at a time."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache, lru_cache

import polars as pl

from aviastack.simulator.world.draws import Draws, part
from aviastack.simulator.world.json_text import NULL, Shape, Table, encoded, number, object_text
from aviastack.simulator.world.labels import FACES, airline_labels, faces, numbers, terminals
from aviastack.simulator.world.network import network
from aviastack.simulator.world.schedule import LAST_NUMBER
from aviastack.simulator.world.visible import STATUSES

_DAYS_BEFORE, _DAYS = 2, 7  # around the date that clocks count from
_DAY = 1_440  # minutes
_PLANNED = '"scheduled":{0},"estimated":{0}'
_ACTUAL = '"actual":{0},"estimated_runway":{1},"actual_runway":{0}'
_BELTS = 18
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
    texts = rows.with_columns(**_names(), **_numbers(), **_times(anchor), **_fixtures())
    return texts.select(object_text(_shape(texts)).alias("json"))["json"]


def _names() -> dict[str, pl.Expr]:
    """Airports and airlines."""
    looks_out, looks_in = (part(pl.col("row_bits"), at, FACES) for at in (0, 12))
    return {
        "from": pl.lit(faces()).gather(pl.col("departure").cast(pl.Int32) * FACES + looks_out),
        "to": pl.lit(faces()).gather(pl.col("arrival").cast(pl.Int32) * FACES + looks_in),
        "airline": _airlines("object", "carrier"),
        "shared": _airlines("codeshared", "operator"),
    }


def _airlines(label: str, of: str) -> pl.Expr:
    return pl.lit(airline_labels()[label]).gather(pl.col(of))


def _numbers() -> dict[str, pl.Expr]:
    """Flight numbers and delays; ``digits`` and ``shared_digits`` end in the quote that the codes before them open."""
    number, theirs = pl.col("number"), pl.col("operator_number")
    return {
        "number_text": numbers().of(number),
        "digits": _digits().of(number),
        "iata": _airlines("iata", "carrier"),
        "icao": _airlines("icao", "carrier"),
        "shared_number": numbers().of(theirs),
        "shared_digits": _digits().of(theirs),
        "shared_iata": _airlines("lower_iata", "operator"),
        "shared_icao": _airlines("lower_icao", "operator"),
        "delay_out": _minutes().of(pl.col("departure_delay")),
        "delay_in": _minutes().of(pl.col("arrival_delay")),
    }


@cache
def _digits() -> Table:
    return Table((f'{number}"' for number in range(LAST_NUMBER + 1)), missing='"')


@cache
def _minutes() -> Table:
    return Table(str(minute) for minute in range(_DAY + 1))


def _times(anchor: date) -> dict[str, pl.Expr]:
    """Dates, statuses and clocks; ``live_text`` lacks its seconds and the closing quote."""
    days = pl.col("shift").cast(pl.Int32) + _DAYS_BEFORE
    clock, planned, actual = _clocks(anchor)
    hidden = (part(pl.col("row_bits") ^ pl.col("date_bits"), 0, 4_000) < _UNSCHEDULED) & pl.col("number").is_not_null()
    departs, arrives = (pl.when(~hidden).then(name) + days * _DAY for name in ("departs", "arrives"))
    runway = pl.col("departure_estimated_runway")
    runway_alone = pl.when(pl.col("departure_actual").is_null()).then(len(clock)).otherwise(0)
    return {
        "date_text": _dates(anchor).of(days),
        "status_text": _statuses().of(pl.col("status")),
        "planned_out": planned.of(departs),
        "planned_in": clock.of(arrives),
        "actual_out": actual.of(runway + days * _DAY + runway_alone),
        "actual_in": actual.of(pl.col("arrival_actual") + days * _DAY),
        "estimated_in": clock.of(pl.col("arrival_estimated") + days * _DAY),
        "live_text": clock.of(pl.col("live_at") + days * _DAY).str.head(len('"2026-11-21T06:00:')),
    }


@lru_cache(maxsize=16)
def _clocks(anchor: date) -> tuple[Table, Table, Table]:
    """Return the API's text of every minute around ``anchor``: the airport's clock, stamped +00:00 in any zone.

    The second table has it as ``scheduled`` and ``estimated``, which are always equal; the third as ``actual`` and both
    runways', and after these once more for departures of which only the estimate of the runway is known.
    """
    days = [anchor + timedelta(days=day - _DAYS_BEFORE) for day in range(_DAYS)]
    minutes = [f"T{minute // 60:02}:{minute % 60:02}:00+00:00" for minute in range(_DAY)]
    clocks = [f'"{day}{minute}"' for day in days for minute in minutes]
    known = [_ACTUAL.format(clock, clock) for clock in clocks]
    return (
        Table(clocks),
        Table((_PLANNED.format(clock) for clock in clocks), _PLANNED.format("null")),
        Table((*known, *(_ACTUAL.format("null", clock) for clock in clocks)), _ACTUAL.format("null", "null")),
    )


@lru_cache(maxsize=16)
def _dates(anchor: date) -> Table:
    return Table(f'"{anchor + timedelta(days=day - _DAYS_BEFORE)}"' for day in range(_DAYS))


@cache
def _statuses() -> Table:
    return Table(encoded(status) for status in STATUSES)


def _fixtures() -> dict[str, pl.Expr]:
    """Terminals, gates, belts and aircraft; gates change from day to day."""
    bits, leg, gates = pl.col("date_bits"), pl.col("leg_bits"), _gates()
    long_haul = pl.when(pl.col("km") > _LONG_HAUL_KM).then(_TAILS).otherwise(0)
    return {
        "terminal_out_text": terminals().of(pl.col("terminal_out")),
        "terminal_in_text": terminals().of(pl.col("terminal_in")),
        "gate_out": gates.of(pl.when(part(bits, 0, 1_000) < _GATED_OUT).then(part(bits, 12, len(gates)))),
        "gate_in": gates.of(pl.when(part(bits, 24, 1_000) < _GATED_IN).then(part(bits, 36, len(gates)))),
        "belt": numbers().of(pl.when(part(bits, 48, 1_000) < _BELTED).then(part(bits, 6, _BELTS))),
        "aircraft": _aircraft().of(
            pl.when(part(leg, 0, 1_000) < _KNOWN_AIRCRAFT).then(part(leg, 12, _TAILS) + long_haul)
        ),
    }


@cache
def _gates() -> Table:
    piers = ("", "", "", "", "A", "B", "C", "D")
    return Table(f'"{pier}{gate}"' for pier in piers for gate in range(1, 61))


@cache
def _aircraft() -> Table:
    """Return the fleet's ``aircraft`` objects: first those for short routes, then those for long ones."""
    tails = pl.DataFrame({"tail": range(2 * _TAILS)}).select("tail", bits=Draws(0).bits("tail", pl.col("tail")))
    return Table(encoded(_tail(tail, bits)) for tail, bits in tails.iter_rows())


def _tail(tail: int, bits: int) -> dict[str, str | None]:
    if bits % 1_000 >= _FULL_TAILS:
        return {"registration": None, "iata": None, "icao": None, "icao24": f"{bits >> 40:06X}"}
    model = (_SHORT_HAUL if tail < _TAILS else _LONG_HAUL)[bits // 1_000 % 6]
    mark = f"{_MARKS[bits // 6_000 % 10]}{bits // 60_000 % 17_576:04X}"
    return {"registration": mark, "iata": model, "icao": model, "icao24": f"{bits >> 40:06X}"}


def _shape(rows: pl.DataFrame) -> Shape:
    return {
        "flight_date": pl.col("date_text"),
        "flight_status": pl.col("status_text"),
        "departure": {
            "*airport": pl.col("from"),
            "terminal": pl.col("terminal_out_text"),
            "gate": pl.col("gate_out"),
            "delay": pl.col("delay_out"),
            "*planned": pl.col("planned_out"),
            "*actual": pl.col("actual_out"),
        },
        "arrival": {
            "*airport": pl.col("to"),
            "terminal": pl.col("terminal_in_text"),
            "gate": pl.col("gate_in"),
            "baggage": pl.col("belt"),
            "scheduled": pl.col("planned_in"),
            "delay": pl.col("delay_in"),
            "estimated": pl.col("estimated_in"),
            "*actual": pl.col("actual_in"),
        },
        "airline": pl.col("airline"),
        "flight": _flight(),
        "aircraft": pl.col("aircraft"),
        "live": NULL if rows["live_at"].is_null().all() else _live(),
    }


def _flight() -> Shape:
    codeshared = object_text(
        {
            "*airline": pl.col("shared"),
            "flight_number": pl.col("shared_number"),
            "flight_iata": _code("shared_iata", "shared_digits"),
            "flight_icao": _code("shared_icao", "shared_digits"),
        }
    )
    return {
        "number": pl.col("number_text"),
        "iata": _code("iata", "digits"),
        "icao": _code("icao", "digits"),
        "codeshared": codeshared.fill_null("null"),
    }


def _code(airline: str, digits: str) -> pl.Expr:
    """A flight's code: the airline's, then the number if there is one; null without the airline's."""
    return pl.concat_str([pl.lit('"'), pl.col(airline), pl.col(digits)]).fill_null("null")


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
    return pl.when(pl.col("live_at").is_not_null()).then(object_text(shape)).otherwise(NULL)


def _between(axis: str, way: pl.Expr) -> pl.Expr:
    at = pl.lit(network().airports[axis])
    return (1 - way) * at.gather(pl.col("departure")) + way * at.gather(pl.col("arrival"))
