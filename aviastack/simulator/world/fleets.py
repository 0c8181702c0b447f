"""The reference tables of airlines and airplanes: the airlines that fly, many that hardly do, and made airplanes."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from functools import cache
from random import Random
from typing import TypeVar

from aviastack.simulator.world.network import TABLES
from aviastack.simulator.world.zone_rules import zone

Row = dict[str, str | None]
T = TypeVar("T")
_NO_DATE = "0000-00-00"
_AIRPLANES = 19_098
_AGED_IN = 2018  # the year in which plane_age was last true
_SMALL_AIRLINES = {
    "Q": "Air {}",
    "V": "{} Airways",
    "W": "{} Express",
    "X": "{} Cargo",
    "Y": "Fly {}",
    "Z": "{} Charter",
}
_TYPES = ("scheduled", "scheduled", "scheduled,cargo", "scheduled,division", "cargo", "charter", None)
_MARKS = ("N", "D-A", "G-E", "F-G", "EI-", "VT-")
_MODELS = (
    ("A320-200", "A320", "320", "A320-214", "A320", "214", "Airbus A320", "JET", "2"),
    ("A321-200", "A321", "321", "A321-231", "A321", "231", "Airbus A321", "JET", "2"),
    ("A330-300", "A333", "333", "A330-343", "A330", "343", "Airbus A330", "JET", "2"),
    ("B737-800", "B738", "738", "B737-8AS", "737", "8AS", "Boeing 737 NG", "JET", "2"),
    ("B737-300", "B733", "733", "B737-377", "737", "377", "Boeing 737 Classic", "JET", "2"),
    ("B777-300ER", "B77W", "77W", "B777-3ALER", "777", "3ALER", "Boeing 777", "JET", "2"),
    ("B747-400", "B744", "744", "B747-481", "747", "481", "Boeing 747", "JET", "4"),
    ("ERJ190", "E190", "E90", "ERJ190-100LR", "190", "100LR", "Embraer E-Jet", "JET", "2"),
    ("ATR 72-500", "AT75", "AT7", "ATR 72-212A", "72", "212A", "ATR 72", "TURBOPROP", "2"),
    ("DHC-8-400", "DH8D", "DH4", "DHC-8-402Q", "DHC-8", "402Q", "De Havilland Dash 8", "TURBOPROP", "2"),
)


def at_times(chance: Random, share: float, value: T) -> T | None:
    """Return ``value`` with a chance of ``share``, else None."""
    return value if chance.random() < share else None


@cache
def countries_read() -> dict[str, dict[str, str]]:
    """Return the lines of ``tables/countries.csv`` by two-letter code."""
    with (TABLES / "countries.csv").open(encoding="utf-8", newline="") as lines:
        return {line["iso2"]: line for line in csv.DictReader(lines)}


@cache
def airlines() -> list[Row]:
    """Return ``/airlines`` without ``id``."""
    with (TABLES / "airlines.csv").open(encoding="utf-8", newline="") as lines:
        flying = [line for line in csv.DictReader(lines) if line["hubs"]]
    idle = [
        {"name": form.format(place["country"]), "icao": letter + code, "callsign": letter + code, "country": code}
        for code, place in countries_read().items()
        for letter, form in _SMALL_AIRLINES.items()
    ]
    chance = Random("airlines")
    return [_airline(chance, number, line) for number, line in enumerate((*flying, *idle), 1)]


def _airline(chance: Random, number: int, line: Mapping[str, str]) -> Row:
    hubs = line.get("hubs", "")
    # Recorded responses file some American airlines under the minor outlying islands.
    misfiled = line["country"] == "US" and at_times(chance, 0.3, value=True)
    country = "UM" if misfiled else line["country"]
    return {
        "fleet_average_age": f"{chance.uniform(3, 24):.1f}".removesuffix(".0"),
        "airline_id": str(number),
        "callsign": line["callsign"],
        "hub_code": hubs[:3] or None,
        "iata_code": line.get("iata") or None,
        "icao_code": line["icao"],
        "country_iso2": country,
        "date_founded": at_times(chance, 0.95, str(chance.randint(1920, 2019))),
        "iata_prefix_accounting": str(chance.randint(1, 999)) if hubs else None,
        "airline_name": line["name"],
        "country_name": countries_read()[country]["country"],
        "fleet_size": str(chance.randint(40, 900) if hubs else chance.randint(0, 12)),
        "status": "active" if hubs else at_times(chance, 0.6, "active") or "historical/administration",
        "type": chance.choice(_TYPES),
    }


@cache
def airplanes() -> list[Row]:
    """Return ``/airplanes`` without ``id``."""
    chance = Random("airplanes")
    codes = [row["iata_code"] for row in airlines() if row["iata_code"]]
    return [_airplane(chance, number, chance.choice(codes)) for number in range(1, _AIRPLANES + 1)]


def _airplane(chance: Random, number: int, airline: str | None) -> Row:
    kind, long, short, model, name, series, line, engines, count = chance.choice(_MODELS)
    built = date(1985, 1, 1) + timedelta(days=chance.randint(0, 14_500))
    return {
        "iata_type": kind,
        "airplane_id": str(number),
        "airline_iata_code": airline,
        "iata_code_long": long,
        "iata_code_short": short,
        "airline_icao_code": None,
        "construction_number": at_times(chance, 0.03, "Unknown") or str(chance.randint(100, 60_000)),
        "delivery_date": _rendered(built + timedelta(days=30)),
        "engines_count": count,
        "engines_type": engines,
        "first_flight_date": at_times(chance, 0.05, _NO_DATE) or _rendered(built),
        "icao_code_hex": f"{chance.randrange(16**6):06X}",
        "line_number": at_times(chance, 0.29, str(chance.randint(1, 9_000))),
        "model_code": model,
        "registration_number": f"{chance.choice(_MARKS)}{number:05}",
        "test_registration_number": at_times(chance, 0.11, f"F-W{chance.randint(100, 999)}"),
        "plane_age": str(max(0, _AGED_IN - built.year)),
        "plane_class": at_times(chance, 0.11, "heavy"),
        "model_name": name,
        "plane_owner": at_times(chance, 0.44, "Simulated Leasing Ltd"),
        "plane_series": series,
        "plane_status": at_times(chance, 0.85, "active") or "inactive",
        "production_line": line,
        "registration_date": at_times(chance, 0.13, _NO_DATE) or _rendered(built + timedelta(days=25)),
        "rollout_date": chance.choices((None, _NO_DATE, _rendered(built)), (0.26, 0.44, 0.30))[0],
    }


def _rendered(day: date) -> str:
    """Midnight of ``day`` in Europe, written as UTC: the evening before."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=zone("Europe/Vienna"))
    return f"{midnight.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.000Z"
