"""Filters on records in the API's own shape: for recorded responses, boards and reference tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Record = Mapping[str, Any]
Test = Callable[[Record, str], bool]


def at(record: Record, path: str) -> Any:
    """Return the value at a dotted path, None if the path to it is missing."""
    value: Any = record
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def equals(path: str) -> Test:
    """Match text in any case."""
    return lambda record, value: str(at(record, path) or "").lower() == value.lower()


def starts(path: str) -> Test:
    """Match the beginning of text, such as the date of a time."""
    return lambda record, value: str(at(record, path) or "").lower().startswith(value.lower())


def at_least(path: str) -> Test:
    """Match numbers from a value on; null never matches."""
    return lambda record, value: at(record, path) is not None and int(at(record, path)) >= int(value)


def at_most(path: str) -> Test:
    """Match numbers up to a value; null never matches."""
    return lambda record, value: at(record, path) is not None and int(at(record, path)) <= int(value)


def matches(record: Record, query: Mapping[str, str], tests: Mapping[str, Test]) -> bool:
    """Whether ``record`` passes the tests of all parameters in ``query``; unknown parameters are ignored."""
    return all(tests[name](record, value) for name, value in query.items() if name in tests)


FLIGHTS: dict[str, Test] = {
    "flight_date": equals("flight_date"),
    "flight_status": equals("flight_status"),
    "dep_iata": equals("departure.iata"),
    "arr_iata": equals("arrival.iata"),
    "dep_icao": equals("departure.icao"),
    "arr_icao": equals("arrival.icao"),
    **{f"airline_{code}": equals(f"airline.{code}") for code in ("name", "iata", "icao")},
    **{f"flight_{code}": equals(f"flight.{code}") for code in ("number", "iata", "icao")},
    "min_delay_dep": at_least("departure.delay"),
    "min_delay_arr": at_least("arrival.delay"),
    "max_delay_dep": at_most("departure.delay"),
    "max_delay_arr": at_most("arrival.delay"),
    "arr_scheduled_time_arr": starts("arrival.scheduled"),
    "dep_scheduled_time_dep": starts("departure.scheduled"),
}
_BOARD_CLOCKS = {
    "schTime": "scheduledTime",
    "estTime": "estimatedTime",
    "actTime": "actualTime",
    "estRunway": "estimatedRunway",
    "actRunway": "actualRunway",
}
BOARD: dict[str, Test] = {
    "status": equals("status"),
    "airline_iata": equals("airline.iataCode"),
    "airline_icao": equals("airline.icaoCode"),
    "airline_name": equals("airline.name"),
    "flight_num": equals("flight.number"),
    "flight_number": equals("flight.number"),
    "flight_iata": equals("flight.iataNumber"),
    "flight_icao": equals("flight.icaoNumber"),
    **{
        f"{short}_{name}": test
        for short, end in (("dep", "departure"), ("arr", "arrival"))
        for name, test in {
            "terminal": equals(f"{end}.terminal"),
            "delay": at_least(f"{end}.delay"),
            **{asked: starts(f"{end}.{clock}") for asked, clock in _BOARD_CLOCKS.items()},
        }.items()
    },
}
REFERENCE: dict[str, Test] = {name: equals(name) for name in ("iata_code", "icao_code", "country_iso2", "country_name")}
