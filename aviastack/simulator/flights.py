"""Rows of ``/flights`` as JSON text, a block at a time."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

import polars as pl

from aviastack.simulator.draws import Draws
from aviastack.simulator.labels import FACES, airline_labels, faces
from aviastack.simulator.network import network
from aviastack.simulator.seen import STATUSES
from aviastack.simulator.texts import MEMBERS, NULL, Shape, encoded, number, object_text, quoted

_DAYS_BEFORE, _DAYS = 2, 7  # around the date that clocks count from
_LONG_HAUL_KM = 4_500
_AIRCRAFT = 0.16
_MARKS = ("N1", "N7", "D-A", "G-E", "F-H", "B-1", "VT-", "JA8", "PR-", "A6-")
_THREE_HEX_DIGITS = pl.Series([f"{number:03X}" for number in range(4_096)])
_GATED_OUT, _GATED_IN, _BAGGAGE = 0.39, 0.17, 0.21
_TERMINALS = (
    "1",
    "1",
    "2",
    "2",
    "3",
    "A",
    "T1",
    "T2",
    "I",
    "D",
    "S",
    "N",
    "4",
    "5",
    "MAIN",
    "TERM",
    "INTL",
    "B",
    "C",
    "M",
)
_MODELS = (("B738", "A320", "A21N", "E190", "B38M", "A20N"), ("B77W", "B789", "A359", "A333", "B788", "A388"))


def rendered(rows: pl.DataFrame, anchor: date, seed: int) -> pl.Series:
    """Return each row as JSON text; clocks and ``shift`` (days) count from ``anchor``."""
    draws = Draws(seed)
    texts = rows.with_columns(**_texts(rows, anchor, draws)).with_columns(**_fixtures(draws, anchor))
    return texts.select(object_text(_shape(rows, draws, anchor)).alias("json"))["json"]


def _texts(rows: pl.DataFrame, anchor: date, draws: Draws) -> dict[str, pl.Series]:
    """What rows look up in tables: airports' and airlines' names, dates and times."""
    airlines, face, clocks = airline_labels(), faces(), _clocks(anchor)
    shift = rows["shift"] * 1_440 + _DAYS_BEFORE * 1_440
    looks = rows.select(draws.below("face", pl.col("row"), FACES).alias("face"))["face"]
    aloft = rows.select(pl.col("departs_utc") + pl.col("minutes") * draws.share("part of the way", pl.col("row")))
    clock = {
        name: clocks.gather(rows[name].cast(pl.Int64) + shift).fill_null("null")
        for name in (
            "departs",
            "arrives",
            "departure_actual",
            "departure_estimated_runway",
            "arrival_actual",
            "arrival_estimated",
        )
    }
    return {
        **{f"{name}_text": text for name, text in clock.items()},
        "updated": clocks.gather(aloft.to_series().cast(pl.Int64) + shift).str.slice(1, 17),
        "date_text": _dates(anchor).gather(rows["shift"] + _DAYS_BEFORE),
        "from": face.gather(rows["departure"].cast(pl.Int32) * FACES + looks),
        "to": face.gather(rows["arrival"].cast(pl.Int32) * FACES + (looks * 7) % FACES),
        "airline": airlines["object"].gather(rows["carrier"]),
        "iata": airlines["iata"].gather(rows["carrier"]),
        "icao": airlines["icao"].gather(rows["carrier"]),
        "shared": airlines["codeshared"].gather(rows["operator"]),
        "shared_iata": airlines["iata"].gather(rows["operator"]).str.to_lowercase(),
        "shared_icao": airlines["icao"].gather(rows["operator"]).str.to_lowercase(),
        "status_text": pl.Series([encoded(status) for status in STATUSES]).gather(rows["status"]),
    }


@lru_cache(maxsize=16)
def _clocks(anchor: date) -> pl.Series:
    """Return the API's text of every minute around ``anchor``: the airport's clock, stamped +00:00 whatever its zone."""
    days = [anchor + timedelta(days=day - _DAYS_BEFORE) for day in range(_DAYS)]
    minutes = [f"T{minute // 60:02}:{minute % 60:02}:00+00:00" for minute in range(1_440)]
    return pl.Series([f'"{day}{minute}"' for day in days for minute in minutes])


@lru_cache(maxsize=16)
def _dates(anchor: date) -> pl.Series:
    return pl.Series([f'"{anchor + timedelta(days=day - _DAYS_BEFORE)}"' for day in range(_DAYS)])


def _fixtures(draws: Draws, anchor: date) -> dict[str, pl.Expr]:
    """Terminals, gates and belts: by airport and airline, or by leg and date."""
    today = pl.col("leg").cast(pl.UInt64) * 4_096 + (anchor.toordinal() + pl.col("shift")) % 4_096
    return {
        "terminal_out": _terminal(draws, "departure", 0.59),
        "terminal_in": _terminal(draws, "arrival", 0.615),
        "gate_out": pl.when(draws.share("gated", today) < _GATED_OUT).then(_gate(draws, "gate", today)),
        "gate_in": pl.when(draws.share("gated in", today) < _GATED_IN).then(_gate(draws, "gate in", today)),
        "belt": pl.when(draws.share("belted", today) < _BAGGAGE).then(draws.below("belt", today, 18).cast(pl.String)),
    }


def _terminal(draws: Draws, end: str, share: float) -> pl.Expr:
    place = pl.col(end).cast(pl.UInt64) * 1_024 + pl.coalesce("operator", "carrier").cast(pl.UInt64)
    which = draws.below("terminal", place, len(_TERMINALS))
    return pl.when(draws.share("has terminals", place) < share).then(pl.lit(pl.Series(_TERMINALS)).gather(which))


def _gate(draws: Draws, word: str, ids: pl.Expr) -> pl.Expr:
    pier = pl.lit(pl.Series(["", "", "", "", "A", "B", "C", "D"])).gather(draws.below(f"{word} pier", ids, 8))
    return pier + (draws.below(word, ids, 60) + 1).cast(pl.String)


def _shape(rows: pl.DataFrame, draws: Draws, anchor: date) -> Shape:
    row = pl.col("row") * 4_096 + (anchor.toordinal() + pl.col("shift")) % 4_096
    unscheduled = (draws.share("unscheduled", row) < 0.0005) & pl.col("number").is_not_null()
    leaves = pl.when(unscheduled).then(NULL).otherwise("departs_text")
    return {
        "flight_date": pl.col("date_text"),
        "flight_status": pl.col("status_text"),
        "departure": {
            MEMBERS: pl.col("from"),
            "terminal": quoted(pl.col("terminal_out")),
            "gate": quoted(pl.col("gate_out")),
            "delay": number(pl.col("departure_delay")),
            "scheduled": leaves,
            "estimated": leaves,
            "actual": pl.col("departure_actual_text"),
            "estimated_runway": pl.col("departure_estimated_runway_text"),
            "actual_runway": pl.col("departure_actual_text"),
        },
        "arrival": {
            MEMBERS: pl.col("to"),
            "terminal": quoted(pl.col("terminal_in")),
            "gate": quoted(pl.col("gate_in")),
            "baggage": quoted(pl.col("belt")),
            "scheduled": pl.when(unscheduled).then(NULL).otherwise("arrives_text"),
            "delay": number(pl.col("arrival_delay")),
            "estimated": pl.col("arrival_estimated_text"),
            "actual": pl.col("arrival_actual_text"),
            "estimated_runway": pl.col("arrival_actual_text"),
            "actual_runway": pl.col("arrival_actual_text"),
        },
        "airline": pl.col("airline"),
        "flight": _flight(),
        "aircraft": _aircraft(draws),
        "live": _live(draws) if rows["live"].any() else NULL,
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
        "codeshared": pl.when(pl.col("operator").is_null()).then(NULL).otherwise(codeshared),
    }


def _aircraft(draws: Draws) -> pl.Expr:
    """The transponder's code for some, everything for few; an aircraft flies the same leg every day."""
    leg = pl.col("leg")
    known = draws.share("aircraft", leg)
    half = pl.lit(_THREE_HEX_DIGITS)
    code = half.gather(draws.below("hex", leg, 4_096)) + half.gather(draws.below("more hex", leg, 4_096))
    far = (pl.col("km") > _LONG_HAUL_KM).cast(pl.Int32)
    model = quoted(pl.lit(pl.Series(_MODELS).explode()).gather(far * 6 + draws.below("model", leg, 6)))
    full = known < 0.008
    mark = pl.lit(pl.Series(_MARKS)).gather(draws.below("mark", leg, len(_MARKS)))
    shape = {
        "registration": pl.when(full).then(quoted(mark + half.gather(draws.below("tail", leg, 4_096)))).otherwise(NULL),
        "iata": pl.when(full).then(model).otherwise(NULL),
        "icao": pl.when(full).then(model).otherwise(NULL),
        "icao24": quoted(code),
    }
    return pl.when(known < _AIRCRAFT).then(object_text(shape)).otherwise(NULL)


def _live(draws: Draws) -> pl.Expr:
    """A position on the way; ``updated`` is the one true UTC time of a record."""
    row = pl.col("row")
    part = 0.05 + 0.9 * draws.share("part of the way", row)
    ports = network().airports
    place = {
        axis: (1 - part) * pl.lit(ports[axis]).gather(pl.col("departure"))
        + part * pl.lit(ports[axis]).gather(pl.col("arrival"))
        for axis in ("lat", "lon")
    }
    cruising = (part > 0.12) & (part < 0.88)
    shape = {
        "updated": quoted(pl.col("updated") + (draws.below("second", row, 50) + 10).cast(pl.String) + "+00:00"),
        "latitude": number(place["lat"].round(4)),
        "longitude": number(place["lon"].round(4)),
        "altitude": pl.when(cruising)
        .then(number((9_000 + 2_900 * draws.share("altitude", row)).round(1)))
        .otherwise(pl.lit("0")),
        "direction": number(draws.below("direction", row, 360)),
        "speed_horizontal": number(
            (200 + pl.when(cruising).then(640).otherwise(90) * draws.share("speed", row)).round(3)
        ),
        "speed_vertical": pl.lit("0"),
        "is_ground": pl.lit("false"),
    }
    return pl.when("live").then(object_text(shape)).otherwise(NULL)
