"""The reference tables: every value is text or null, and ``id`` is new at each reload while ``<table>_id`` stays.

Airports and cities are airportsdata's; countries and aircraft types stand in ``tables/``; taxes are made.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import islice, permutations
from random import Random
from string import ascii_uppercase

from aviastack.simulator.matching import REFERENCE, matches
from aviastack.simulator.world.draws import number_from
from aviastack.simulator.world.fleets import Row, airlines, airplanes, at_times, countries_read
from aviastack.simulator.world.json_text import encoded
from aviastack.simulator.world.network import TABLES
from aviastack.simulator.world.zone_rules import zone as rules_of

_A_WINTER_DAY = datetime(2026, 1, 15, tzinfo=UTC)
_TAXES = 521
_TAX_NAMES = (
    "Government Tax", "Value Added Tax", "Passenger Service Charge (International)", "Airport Tax", "Ticket Tax",
    "Airport Departure Fee (Domestic/International)", "Security Charge", "Passenger Facility Charge", "Solidarity Tax",
    "Airport Improvement Fee", "Embarkation Tax", "Customs User Fee", "Immigration User Fee", "Fuel Surcharge",
)  # fmt: skip


def rows(endpoint: str, seed: int, day: date, query: Mapping[str, str]) -> list[bytes]:
    """Return the rows of a reference endpoint that ``query`` (``search`` and filters) leaves, as JSON texts.

    The tables are the same for every seed; the identifiers that a reload changes differ by seed and day.
    """
    word = query.get("search", "").lower()
    first = 1_000_000 + number_from(seed, day.toordinal(), len(endpoint)) % 9_000_000
    found = []
    for position, row in enumerate(_ROWS_OF[endpoint]()):
        if matches(row, query, REFERENCE) and _mentions(row, word):
            found.append(encoded({"id": str(first + position), **row}).encode())
    return found


def _mentions(row: Mapping[str, str | None], word: str) -> bool:
    names = [value for name, value in row.items() if value and name.endswith(("name", "code", "iso2"))]
    return not word or any(word in name.lower() for name in names)


@cache
def _ports() -> list[dict[str, str]]:
    import airportsdata

    known: dict[str, dict[str, str]] = airportsdata.load("IATA")
    return [port for _, port in sorted(known.items())]


@cache
def _gmt(zone: str) -> str:
    """The winter's hours from UTC as text, minutes after a point: ``-5``, and ``3.30`` for three and a half."""
    offset = _A_WINTER_DAY.astimezone(rules_of(zone)).utcoffset() or timedelta()
    minutes = int(offset.total_seconds() // 60)
    hours, rest = divmod(abs(minutes), 60)
    sign = "-" if minutes < 0 else ""
    return f"{sign}{hours}.{rest}" if rest else f"{sign}{hours}"


@cache
def _airports() -> list[Row]:
    import airportsdata

    places = airportsdata.load_iata_macs().items()
    city = {iata: code for code, place in places for iata in place["airports"]}
    chance = Random("airports")
    return [
        {
            "gmt": at_times(chance, 0.91, _gmt(port["tz"])),
            "airport_id": str(number),
            "iata_code": port["iata"],
            "city_iata_code": city.get(port["iata"], port["iata"]),
            "icao_code": port["icao"] or None,
            "country_iso2": port["country"],
            "geoname_id": str(5_000_000 + 37 * number),
            "latitude": str(port["lat"]),
            "longitude": str(port["lon"]),
            "airport_name": port["name"].removesuffix(" Airport"),
            "country_name": at_times(chance, 0.96, countries_read()[port["country"]]["country"]),
            "phone_number": at_times(chance, 0.04, f"{chance.randint(200, 999)}-{chance.randint(1000, 9999)}"),
            "timezone": port["tz"],
        }
        for number, port in enumerate(_ports(), 1)
    ]


@cache
def _cities() -> list[Row]:
    chance = Random("cities")
    places: dict[tuple[str, str], dict[str, str]] = {}
    for port in _ports():
        places.setdefault((port["city"], port["country"]), port)
    return [
        {
            "gmt": at_times(chance, 0.92, _gmt(port["tz"])),
            "city_id": str(number),
            "iata_code": port["iata"],
            "country_iso2": port["country"],
            "geoname_id": at_times(chance, 0.63, str(300_000 + 91 * number)),
            "latitude": str(port["lat"]),
            "longitude": str(port["lon"]),
            "city_name": city,
            "timezone": port["tz"],
        }
        for number, ((city, _), port) in enumerate(places.items(), 1)
    ]


@cache
def _countries() -> list[Row]:
    return [
        {
            "capital": line["capital"] or None,
            "currency_code": line["currency"] or None,
            "fips_code": line["fips"] or None,
            "country_iso2": code,
            "country_iso3": line["iso3"],
            "continent": line["continent"],
            "country_id": str(number),
            "country_name": line["country"],
            "currency_name": line["currency_name"] or None,
            "country_iso_numeric": line["iso_numeric"],
            "phone_prefix": line["phone"] or None,
            "population": line["population"],
        }
        for number, (code, line) in enumerate(countries_read().items(), 1)
    ]


@cache
def _aircraft_types() -> list[Row]:
    with (TABLES / "aircraft_types.csv").open(encoding="utf-8", newline="") as lines:
        return [{**line, "plane_type_id": str(number)} for number, line in enumerate(csv.DictReader(lines), 1)]


@cache
def _taxes() -> list[Row]:
    codes = islice(permutations(ascii_uppercase, 2), _TAXES)
    return [
        {"tax_id": str(number), "tax_name": _TAX_NAMES[number % len(_TAX_NAMES)], "iata_code": "".join(code)}
        for number, code in enumerate(codes, 1)
    ]


_ROWS_OF: dict[str, Callable[[], list[Row]]] = {
    "airports": _airports,
    "airlines": airlines,
    "airplanes": airplanes,
    "aircraft_types": _aircraft_types,
    "taxes": _taxes,
    "cities": _cities,
    "countries": _countries,
}
