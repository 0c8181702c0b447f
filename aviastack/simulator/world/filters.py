"""The parameters of ``/flights`` and ``/routes`` as conditions on rows: joined by AND, codes in any case."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from functools import cache

import polars as pl

from aviastack.simulator.world.network import network
from aviastack.simulator.world.visible import STATUSES

Condition = Callable[[str], pl.Expr]


def condition_of(query: Mapping[str, str], anchor: date | None = None) -> pl.Expr:
    """Return the condition of rows that ``query`` selects, without ``flight_date``. Clocks count from ``anchor``."""
    conditions: list[pl.Expr] = [_FILTERS[name](value) for name, value in query.items() if name in _FILTERS]
    for name, clock in (("arr_scheduled_time_arr", "arrives"), ("dep_scheduled_time_dep", "departs")):
        if anchor is not None and name in query:
            days = (date.fromisoformat(query[name]) - anchor).days
            conditions.append(pl.col(clock) // 1_440 + pl.col("shift") == days)
    return pl.all_horizontal(conditions) if conditions else pl.lit(True)


def _airport(end: str, code: str) -> Condition:
    def condition(value: str) -> pl.Expr:
        positions = _city(value.upper()) if code == "iata" else []
        return pl.col(end).is_in(positions or _positions("airports", code, value))

    return condition


@cache
def _city(code: str) -> list[int]:
    """The airports of a city code, such as NYC; empty if the code is an airport's or unknown."""
    import airportsdata

    cities = airportsdata.load_iata_macs()
    ports = cities[code]["airports"] if code in cities else {}
    return network().airports.filter(pl.col("iata").is_in(list(ports)))["airport"].to_list()


def _positions(table: str, column: str, value: str) -> list[int]:
    frame: pl.DataFrame = getattr(network(), table)
    return frame.filter(pl.col(column).str.to_lowercase() == value.lower())[frame.columns[0]].to_list()


def _airline(code: str) -> Condition:
    return lambda value: pl.col("carrier").is_in(_positions("airlines", code, value))


def _flight(code: str) -> Condition:
    """A carrier's code and a number; the list of carriers decides where the code ends (``U2`` or ``U21``)."""

    def condition(value: str) -> pl.Expr:
        choices = [pl.lit(False)]
        for size in (2, 3):
            prefix, rest = value[:size], value[size:]
            if rest.isdigit() and not rest.startswith("0"):
                number = pl.col("number") == int(rest)
                choices.append(pl.col("carrier").is_in(_positions("airlines", code, prefix)) & number)
        return pl.any_horizontal(choices)

    return condition


def _delay(column: str, *, at_least: bool) -> Condition:
    return lambda value: pl.col(column) >= int(value) if at_least else pl.col(column) <= int(value)


_FILTERS: dict[str, Condition] = {
    "flight_status": lambda value: pl.col("status") == STATUSES.index(value.lower()),
    "dep_iata": _airport("departure", "iata"),
    "arr_iata": _airport("arrival", "iata"),
    "dep_icao": _airport("departure", "icao"),
    "arr_icao": _airport("arrival", "icao"),
    "airline_name": _airline("name"),
    "airline_iata": _airline("iata"),
    "airline_icao": _airline("icao"),
    "flight_number": lambda value: pl.col("number") == int(value),
    "flight_iata": _flight("iata"),
    "flight_icao": _flight("icao"),
    "min_delay_dep": _delay("departure_delay", at_least=True),
    "min_delay_arr": _delay("arrival_delay", at_least=True),
    "max_delay_dep": _delay("departure_delay", at_least=False),
    "max_delay_arr": _delay("arrival_delay", at_least=False),
}
