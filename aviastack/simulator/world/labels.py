"""The names under which airports and airlines appear, as JSON text, with the disagreements of the recorded responses.

One airport shows several faces: names that differ by row, another ICAO code, zones that are null or no IANA name.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import polars as pl

from aviastack.simulator.world.json_text import Table, encoded, members
from aviastack.simulator.world.network import BIG, network
from aviastack.simulator.world.schedule import LAST_NUMBER, TERMINALS

_NO_ZONE = {"NQZ": 1.0, "LHW": 0.9}
_ODD_ZONE = {"PKX": ("+8", 0.6), "BER": ("+1", 0.4)}
_NO_NAME = ("IKA", "EHU", "NTG", "URC")
_OTHER_NAMES = {
    "SYD": ("Kingsford Smith", "Sydney Kingsford Smith Airport"),
    "BHX": ("Birmingham", "Birmingham International"),
    "AMD": ("Ahmedabad", "Sardar Vallabhbhai Patel International"),
    "NQZ": ("Nursultan Nazarbayev", "Nursultan Nazarbayev International"),
    "NNG": ("Nanning", "Nanning Wuxu International"),
    "GRU": ("Guarulhos - Governador André Franco Montoro", "Guarulhos - Governador Andre Franco Montoro"),
    "ZRH": ("Zurich", "Zürich"),
    "DUS": ("Düsseldorf International", "Dusseldorf International"),
    "BOG": ("El Dorado International", "El Nuevo Dorado International"),
}
_OTHER_ICAO = {"KWI": ("OKBK", "OKKK"), "RPR": ("VARP", "VERP"), "TAS": ("UTTT", "UZTT")}
FACES = 16  # labels of an airport; a row's draw picks one
_PADDED_FACE = 15
_NO_NAME_SHARE = 0.7
_WITHOUT_ZONE, _PADDED = 31, 13  # one small airport in so many; one name in so many


@cache
def faces() -> pl.Series:
    """Return the JSON members ``airport`` to ``icao``; airport i has positions i * FACES and following."""
    ports = network().airports.iter_rows(named=True)
    return pl.Series([_members(*_face(port, face)) for port in ports for face in range(FACES)])


@cache
def _members(airport: str | None, timezone: str | None, iata: str, icao: str | None) -> str:
    return members({"airport": airport, "timezone": timezone, "iata": iata, "icao": icao})


def _face(port: dict[str, Any], face: int) -> tuple[str | None, str | None, str, str | None]:
    code, part = port["iata"], (face + 0.5) / FACES
    name: str | None = _OTHER_NAMES.get(code, (port["name"], port["name"]))[face % 2]
    if code in _NO_NAME and part < _NO_NAME_SHARE:
        name = None
    elif face == _PADDED_FACE and len(port["name"]) % _PADDED == 0:
        name = f"{name} "
    zone: str | None = port["tz"]
    small = port["tier"] > BIG and sum(map(ord, code)) % _WITHOUT_ZONE == 0
    odd, share = _ODD_ZONE.get(code, (None, _NO_ZONE.get(code, 1.0 if small else 0.0)))
    if part < share:
        zone = odd
    icao = _OTHER_ICAO.get(code, (port["icao"], port["icao"]))[face % 2]
    return name, zone, code, icao or None


@cache
def airline_labels() -> pl.DataFrame:
    """Return by airline its codes, its ``object`` as JSON text, and its members as ``codeshared`` has them."""
    airlines = network().airlines.select("name", "iata", "icao")
    named = list(airlines.iter_rows(named=True))
    lower = [{f"airline_{key}": value and value.lower() for key, value in airline.items()} for airline in named]
    return airlines.with_columns(
        pl.col("iata", "icao").str.to_lowercase().name.prefix("lower_"),
        pl.Series("object", [encoded(airline) for airline in named]),
        pl.Series("codeshared", [members(airline) for airline in lower]),
    )


@cache
def numbers() -> Table:
    """Return flight numbers in quotes."""
    return Table(f'"{number}"' for number in range(LAST_NUMBER + 1))


@cache
def terminals() -> Table:
    """Return terminals in quotes."""
    return Table(map(encoded, TERMINALS))
