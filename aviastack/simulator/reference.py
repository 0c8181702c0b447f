"""The reference tables: every value is text or null, and ``id`` is new at each reload while ``<table>_id`` stays.

Airports and cities are airportsdata's; countries, aircraft types and the well-known airlines stand in ``data/``; the many
small airlines, the airplanes and the taxes are made.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import cache
from random import Random
from zoneinfo import ZoneInfo

from aviastack.simulator.draws import number_from
from aviastack.simulator.matching import REFERENCE, matches
from aviastack.simulator.network import DATA
from aviastack.simulator.texts import encoded

Row = dict[str, str | None]
_A_WINTER_DAY = datetime(2026, 1, 15, tzinfo=UTC)
_EUROPE = ZoneInfo("Europe/Vienna")  # midnight there, written as UTC, is what dates look like
_AIRPLANES, _TAXES = 19_098, 521
_SMALL_AIRLINES = ("Air {}", "{} Airways", "{} Express", "{} Cargo", "Fly {}", "{} Charter")
_TAX_NAMES = (
    "Government Tax", "Value Added Tax", "Passenger Service Charge (International)", "Airport Tax", "Ticket Tax",
    "Airport Departure Fee (Domestic/International)", "Security Charge", "Passenger Facility Charge", "Solidarity Tax",
    "Airport Improvement Fee", "Embarkation Tax", "Customs User Fee", "Immigration User Fee", "Fuel Surcharge",
)  # fmt: skip
_AIRPLANE_MODELS = (
    ("A320-200", "A320", "320", "A320-214", "A320", "214", "Airbus A320", "JET", 2),
    ("A321-200", "A321", "321", "A321-231", "A321", "231", "Airbus A321", "JET", 2),
    ("A330-300", "A333", "333", "A330-343", "A330", "343", "Airbus A330", "JET", 2),
    ("B737-800", "B738", "738", "B737-8AS", "737", "8AS", "Boeing 737 NG", "JET", 2),
    ("B737-300", "B733", "733", "B737-377", "737", "377", "Boeing 737 Classic", "JET", 2),
    ("B777-300ER", "B77W", "77W", "B777-3ALER", "777", "3ALER", "Boeing 777", "JET", 2),
    ("B747-400", "B744", "744", "B747-481", "747", "481", "Boeing 747", "JET", 4),
    ("ERJ190", "E190", "E90", "ERJ190-100LR", "190", "100LR", "Embraer E-Jet", "JET", 2),
    ("ATR 72-500", "AT75", "AT7", "ATR 72-212A", "72", "212A", "ATR 72", "TURBOPROP", 2),
    ("DHC-8-400", "DH8D", "DH4", "DHC-8-402Q", "DHC-8", "402Q", "De Havilland Dash 8", "TURBOPROP", 2),
)


def rows(endpoint: str, seed: int, day: date, query: Mapping[str, str]) -> list[bytes]:
    """Return the rows of a reference endpoint that ``query`` (``search`` and filters) leaves, as JSON texts."""
    word = query.get("search", "").lower()
    first = 1_000_000 + number_from(seed, day.toordinal(), len(endpoint)) % 9_000_000
    found = []
    for position, row in enumerate(_TABLES[endpoint]()):
        if matches(row, query, REFERENCE) and _mentions(row, word):
            found.append(encoded({"id": str(first + position), **row}).encode())
    return found


def _mentions(row: Mapping[str, str | None], word: str) -> bool:
    return not word or any(
        word in (value or "").lower() for name, value in row.items() if name.endswith(("name", "code", "iso2"))
    )


@cache
def _ports() -> list[dict[str, str]]:
    import airportsdata

    known: dict[str, dict[str, str]] = airportsdata.load("IATA")
    return [port for _, port in sorted(known.items())]


@cache
def _countries_read() -> dict[str, dict[str, str]]:
    with (DATA / "countries.csv").open(encoding="utf-8", newline="") as lines:
        return {line["iso2"]: line for line in csv.DictReader(lines)}


@cache
def _gmt(zone: str) -> str:
    """The winter's hours from UTC as text, minutes after a point: ``-5``, and ``3.30`` for three and a half."""
    minutes = int((_A_WINTER_DAY.astimezone(ZoneInfo(zone)).utcoffset() or timedelta()).total_seconds() // 60)
    hours, rest = divmod(abs(minutes), 60)
    sign = "-" if minutes < 0 else ""
    return f"{sign}{hours}.{rest}" if rest else f"{sign}{hours}"


@cache
def _airports() -> list[Row]:
    import airportsdata

    city = {iata: code for code, place in airportsdata.load_iata_macs().items() for iata in place["airports"]}
    chance = Random("airports")
    return [
        {
            "gmt": None if chance.random() < 0.09 else _gmt(port["tz"]),
            "airport_id": str(number),
            "iata_code": port["iata"],
            "city_iata_code": city.get(port["iata"], port["iata"]),
            "icao_code": port["icao"] or None,
            "country_iso2": port["country"],
            "geoname_id": str(5_000_000 + 37 * number),
            "latitude": str(port["lat"]),
            "longitude": str(port["lon"]),
            "airport_name": port["name"].removesuffix(" Airport"),
            "country_name": None if chance.random() < 0.04 else _countries_read()[port["country"]]["country"],
            "phone_number": f"{chance.randint(200, 999)}-{chance.randint(1000, 9999)}"
            if chance.random() < 0.04
            else None,
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
            "gmt": None if chance.random() < 0.08 else _gmt(port["tz"]),
            "city_id": str(number),
            "iata_code": port["iata"],
            "country_iso2": port["country"],
            "geoname_id": None if chance.random() < 0.37 else str(300_000 + 91 * number),
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
        for number, (code, line) in enumerate(_countries_read().items(), 1)
    ]


@cache
def _airlines() -> list[Row]:
    """The airlines that fly, then many that hardly do."""
    with (DATA / "airlines.csv").open(encoding="utf-8", newline="") as lines:
        known = [line for line in csv.DictReader(lines) if line["hubs"]]
    chance = Random("airlines")
    rows: list[Row] = []
    for line in known:
        # A dozen American airlines are filed under the minor outlying islands.
        country = "UM" if line["country"] == "US" and chance.random() < 0.3 else line["country"]
        rows.append(_airline(chance, line["name"], line["iata"], line["icao"], country, line["callsign"], line["hubs"]))
    for country, place in _countries_read().items():
        for form, name in enumerate(_SMALL_AIRLINES):
            icao = f"{'QVWXYZ'[form]}{country}"
            rows.append(_airline(chance, name.format(place["country"]), "", icao, country, icao, ""))
    return [{**row, "airline_id": str(number)} for number, row in enumerate(rows, 1)]


def _airline(chance: Random, name: str, iata: str, icao: str, country: str, callsign: str, hubs: str) -> Row:
    fleet = str(chance.randint(40, 900) if hubs else chance.randint(0, 12))
    return {
        "fleet_average_age": f"{chance.uniform(3, 24):.1f}".removesuffix(".0"),
        "airline_id": None,
        "callsign": callsign,
        "hub_code": hubs.split(" ")[0] or None,
        "iata_code": iata or None,
        "icao_code": icao,
        "country_iso2": country,
        "date_founded": None if chance.random() < 0.05 else str(chance.randint(1920, 2019)),
        "iata_prefix_accounting": str(chance.randint(1, 999)) if hubs else None,
        "airline_name": name,
        "country_name": _countries_read()[country]["country"],
        "fleet_size": fleet,
        "status": "active" if hubs or chance.random() < 0.6 else "historical/administration",
        "type": chance.choice(
            ("scheduled", "scheduled", "scheduled,cargo", "scheduled,division", "cargo", "charter", None)
        ),
    }


@cache
def _airplanes() -> list[Row]:
    chance = Random("airplanes")
    codes = [row["iata_code"] for row in _airlines() if row["iata_code"]]
    return [_airplane(chance, number, chance.choice(codes)) for number in range(1, _AIRPLANES + 1)]


def _airplane(chance: Random, number: int, airline: str | None) -> Row:
    kind, long, short, model, name, series, line, engines, count = chance.choice(_AIRPLANE_MODELS)
    built = date(1985, 1, 1) + timedelta(days=chance.randint(0, 14_500))
    return {
        "iata_type": kind,
        "airplane_id": str(number),
        "airline_iata_code": airline,
        "iata_code_long": long,
        "iata_code_short": short,
        "airline_icao_code": None,
        "construction_number": "Unknown" if chance.random() < 0.03 else str(chance.randint(100, 60_000)),
        "delivery_date": _rendered(built + timedelta(days=30)),
        "engines_count": str(count),
        "engines_type": engines,
        "first_flight_date": "0000-00-00" if chance.random() < 0.05 else _rendered(built),
        "icao_code_hex": f"{chance.randrange(16**6):06X}",
        "line_number": str(chance.randint(1, 9_000)) if chance.random() < 0.29 else None,
        "model_code": model,
        "registration_number": f"{chance.choice(('N', 'D-A', 'G-E', 'F-G', 'EI-', 'VT-'))}{number:05}",
        "test_registration_number": f"F-W{chance.randint(100, 999)}" if chance.random() < 0.11 else None,
        "plane_age": str(2018 - built.year) if built.year < 2018 else "0",
        "plane_class": "heavy" if chance.random() < 0.11 else None,
        "model_name": name,
        "plane_owner": "Simulated Leasing Ltd" if chance.random() < 0.44 else None,
        "plane_series": series,
        "plane_status": "active" if chance.random() < 0.85 else "inactive",
        "production_line": line,
        "registration_date": "0000-00-00" if chance.random() < 0.13 else _rendered(built + timedelta(days=25)),
        "rollout_date": chance.choices((None, "0000-00-00", _rendered(built)), (0.26, 0.44, 0.30))[0],
    }


def _rendered(day: date) -> str:
    """Midnight of ``day`` in Europe, written as UTC: the evening before."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=_EUROPE)
    return f"{midnight.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.000Z"


@cache
def _aircraft_types() -> list[Row]:
    with (DATA / "aircraft_types.csv").open(encoding="utf-8", newline="") as lines:
        return [{**line, "plane_type_id": str(number)} for number, line in enumerate(csv.DictReader(lines), 1)]


@cache
def _taxes() -> list[Row]:
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    return [
        {"tax_id": str(number + 1), "tax_name": _TAX_NAMES[number % len(_TAX_NAMES)], "iata_code": first + second}
        for number, (first, second) in enumerate((a, b) for a in letters for b in letters if a != b)
        if number < _TAXES
    ]


_TABLES: dict[str, Callable[[], list[Row]]] = {
    "airports": _airports,
    "airlines": _airlines,
    "airplanes": _airplanes,
    "aircraft_types": _aircraft_types,
    "taxes": _taxes,
    "cities": _cities,
    "countries": _countries,
}
