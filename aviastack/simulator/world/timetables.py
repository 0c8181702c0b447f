"""``/timetable`` and ``/flightsFuture``: one airport's board, whole in one response.

Both are the same schedule in another dress: camel case, text for numbers; the timetable's clocks have no offset, the
future's values are all lower case with ``""`` for what is missing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl

from aviastack.simulator.matching import BOARD, Record, at, matches
from aviastack.simulator.world.day import clocked, planned
from aviastack.simulator.world.filters import condition_of
from aviastack.simulator.world.flight_json import rendered
from aviastack.simulator.world.json_text import encoded
from aviastack.simulator.world.network import network
from aviastack.simulator.world.offsets import offset_at_arrival
from aviastack.simulator.world.schedule import SHADOW, TERMINALS
from aviastack.simulator.world.visible import as_of, seen

_BOARD_LOOKS_BACK = 7 * 60  # minutes
_MODELS = (
    ("a320", "airbus a320-214"), ("b738", "boeing 737-800"), ("a21n", "airbus a321-271n"), ("e190", "embraer 190"),
    ("b77w", "boeing 777-300er"), ("a359", "airbus a350-941"), ("b789", "boeing 787-9"), ("", ""),
)  # fmt: skip
_DATED_CLOCKS_SINCE = date(2026, 1, 1)  # before, flightsFuture sent HH:MM


def timetable(seed: int, flights_per_day: int, query: Mapping[str, str], moment: datetime) -> list[bytes]:
    """Return the board of ``iataCode``: departures or arrivals from seven hours ago to the end of the local day."""
    today, end = moment.date(), query["type"]
    at_airport = condition_of({"dep_iata" if end == "departure" else "arr_iata": query["iataCode"]})
    days = [
        seen(seed, flights_per_day, day, as_of(day, moment)).filter(at_airport).with_columns(
            pl.lit((day - today).days, dtype=pl.Int32).alias("shift")
        )
        for day in (today + timedelta(days=shift) for shift in (-1, 0, 1))
    ]  # fmt: skip
    rows = pl.concat(days)
    if rows.is_empty():
        return []
    now = moment.hour * 60 + moment.minute
    local = now + int(offset_at_arrival(today, rows[end].head(1), pl.Series([now]))[0])
    clock = ("departs" if end == "departure" else "arrives", pl.col("shift") * 1_440)
    shown = pl.col(clock[0]) + clock[1]
    last = (local // 1_440 + 1) * 1_440
    rows = rows.filter(shown.is_between(local - _BOARD_LOOKS_BACK, last - 1)).sort(shown)
    board = [_board_row(json.loads(text), end) for text in rendered(rows, today).to_list()]
    return [encoded(row).encode() for row in board if matches(row, query, BOARD)]


def _board_row(flight: Record, end: str) -> dict[str, Any]:
    """A row of ``/flights`` as the timetable shows it."""
    shared = flight["flight"]["codeshared"]
    return {
        "airline": _board_airline(flight["airline"]),
        "arrival": _board_end(flight["arrival"]),
        "codeshared": shared and _board_codeshare(shared),
        "departure": _board_end(flight["departure"]),
        "flight": {
            "iataNumber": flight["flight"]["iata"] or "",
            "icaoNumber": flight["flight"]["icao"] or "",
            "number": flight["flight"]["number"],
        },
        "status": flight["flight_status"] or "unknown",
        "type": end,
        "aircraft": flight["aircraft"]
        and {
            "icao24": flight["aircraft"]["icao24"],
            "icaoCode": flight["aircraft"]["icao"],
            "regNumber": flight["aircraft"]["registration"],
        },
    }


def _board_airline(airline: Record) -> dict[str, Any]:
    return {"iataCode": airline["iata"] or "", "icaoCode": airline["icao"] or "", "name": airline["name"] or ""}


def _board_end(end: Record) -> dict[str, Any]:
    delay = end["delay"]
    return {
        "actualRunway": _bare(end["actual_runway"]),
        "actualTime": _bare(end["actual"]),
        "baggage": end.get("baggage"),
        "delay": None if delay is None else str(delay),
        "estimatedRunway": _bare(end["estimated_runway"]),
        "estimatedTime": _bare(end["estimated"]),
        "gate": end["gate"],
        "iataCode": end["iata"],
        "icaoCode": end["icao"] or "",
        "scheduledTime": _bare(end["scheduled"]),
        "terminal": end["terminal"],
    }


def _board_codeshare(shared: Record) -> dict[str, Any]:
    return {
        "airline": {
            "iataCode": shared["airline_iata"] or "",
            "icaoCode": shared["airline_icao"],
            "name": shared["airline_name"],
        },
        "flight": {
            "iataNumber": shared["flight_iata"] or "",
            "icaoNumber": shared["flight_icao"],
            "number": shared["flight_number"],
        },
    }


def _bare(clock: str | None) -> str | None:
    return clock and clock.replace("+00:00", ".000")


def future(seed: int, flights_per_day: int, query: Mapping[str, str], moment: datetime) -> list[bytes]:
    """Return the planned board of ``iataCode`` on ``date`` (the airport's calendar)."""
    day, end = date.fromisoformat(query["date"]), query["type"]
    at_airport = condition_of({"dep_iata" if end == "departure" else "arr_iata": query["iataCode"]})
    found: list[dict[str, Any]] = []
    for left in (day,) if end == "departure" else (day - timedelta(days=1), day, day + timedelta(days=1)):
        rows = planned(seed, flights_per_day, left, (left - moment.date()).days)
        rows = clocked(rows.filter(at_airport, pl.col("kind") != SHADOW, pl.col("number").is_not_null()), left)
        here = pl.lit(True) if end == "departure" else pl.col("arrives") // 1_440 == (day - left).days
        found += [_future_row(row, left, day) for row in rows.filter(here).iter_rows(named=True)]
    found.sort(key=lambda row: str(at(row, f"{end}.scheduledTime")))
    return [encoded(row).encode() for row in found if matches(row, query, BOARD)]


def _future_row(row: Record, left: date, day: date) -> dict[str, Any]:
    airlines = network().airlines
    marketing = airlines.row(row["carrier"], named=True)
    code, text = _MODELS[row["leg_bits"] // 2**24 % len(_MODELS)]
    shared = row["operator"] is not None
    shown: dict[str, Any] = {
        "weekday": str(day.isoweekday()),
        "departure": _future_end(row["departure"], row["terminal_out"], left, row["departs"]),
        "arrival": _future_end(row["arrival"], row["terminal_in"], left, row["arrives"]),
        "aircraft": {"modelCode": code, "modelText": text},
        # A codeshare's airline has no name, and often its two letters for the three.
        "airline": _future_airline(marketing, name=not shared, three=not shared),
        "flight": _future_flight(marketing, row["number"], three=not shared),
    }
    if shared:
        operator = airlines.row(row["operator"], named=True)
        shown["codeshared"] = {
            "airline": _future_airline(operator, name=True, three=True),
            "flight": _future_flight(operator, row["operator_number"], three=True),
        }
    return shown


def _future_end(airport: int, terminal: int | None, left: date, minute: int) -> dict[str, str]:
    port = network().airports.row(airport, named=True)
    moment = datetime(left.year, left.month, left.day) + timedelta(minutes=minute)  # noqa: DTZ001 - the airport's clock
    return {
        "iataCode": port["iata"].lower(),
        "icaoCode": port["icao"].lower(),
        "terminal": "" if terminal is None else TERMINALS[terminal].lower(),
        "gate": "",
        "scheduledTime": str(moment) if left >= _DATED_CLOCKS_SINCE else f"{moment:%H:%M}",
    }


def _future_airline(airline: Record, *, name: bool, three: bool) -> dict[str, str]:
    iata, icao = _lower(airline["iata"]), _lower(airline["icao"])
    return {
        "name": _lower(airline["name"]) if name else "",
        "iataCode": iata,
        "icaoCode": icao if three else iata or icao,
    }


def _future_flight(airline: Record, number: int, *, three: bool) -> dict[str, str]:
    iata, icao = _lower(airline["iata"]), _lower(airline["icao"])
    long = icao if three else iata or icao
    return {"number": str(number), "iataNumber": f"{iata}{number}" if iata else "", "icaoNumber": f"{long}{number}"}


def _lower(text: str | None) -> str:
    return (text or "").lower()
