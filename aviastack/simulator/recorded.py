"""Serve recorded responses again, value by value.

The folder holds ``flights_by_date/DATE_AIRLINE.jsonl.gz`` (one record per line), ``flights_live/NAME.json`` and
``reference/NAME.json`` (whole bodies), ``flights_future/AIRPORT_TYPEs_DATE.json.gz`` (a whole body). Filters and paging
work over the recorded rows, so totals are those of what was recorded; a date or airport that was not recorded is empty.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cached_property
from pathlib import Path

from aviastack.simulator.matching import BOARD, FLIGHTS, REFERENCE, Record, Test, equals, matches
from aviastack.simulator.row_source import Rows, TextRows
from aviastack.simulator.world.json_text import encoded

_ROUTES: dict[str, Test] = {
    **{
        name: FLIGHTS[name] for name in ("dep_iata", "dep_icao", "arr_iata", "arr_icao", "airline_iata", "airline_icao")
    },
    "flight_number": equals("flight.number"),
}


class Recorded:
    """The rows of a folder of recorded responses. Raises :class:`FileNotFoundError` if the folder is missing."""

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise FileNotFoundError(f"{folder} is not a folder of recorded responses.")
        self._folder = folder
        self._dates: dict[str, list[Record]] = {}

    @property
    def live_files(self) -> list[str]:
        """The names of the recorded live pages, in the order in which the live list joins them."""
        return sorted(path.stem for path in self._folder.glob("flights_live/*.json"))

    def name(self, endpoint: str, query: Mapping[str, str], now: datetime) -> object:  # noqa: ARG002 - recorded lists do not change
        """Return the name of a list; two lists of one name are the same list."""
        return endpoint, frozenset(query.items())

    def rows(self, endpoint: str, query: Mapping[str, str], now: datetime) -> Rows:  # noqa: ARG002 - recorded lists do not change
        """Return the recorded rows that answer ``query``; ``recorded`` in it names one file of live rows."""
        if endpoint == "flights":
            return _kept(self._flights(query), query, FLIGHTS)
        if endpoint == "flightsFuture":
            return _kept(self._future(query), query, BOARD)
        if endpoint == "timetable":
            return TextRows([])
        records = _body(self._folder / "reference" / f"{endpoint}.json")
        word = query.get("search", "").lower()
        found = [record for record in records if word in json.dumps(record, ensure_ascii=False).lower()]
        return _kept(found, query, _ROUTES if endpoint == "routes" else REFERENCE)

    def _flights(self, query: Mapping[str, str]) -> list[Record]:
        if "recorded" in query:
            return _body(self._folder / "flights_live" / f"{query['recorded']}.json")
        if "flight_date" not in query:
            return self._live
        day = query["flight_date"]
        if day not in self._dates:
            files = sorted(self._folder.glob(f"flights_by_date/{day}_*.jsonl.gz"))
            self._dates[day] = [json.loads(line) for file in files for line in _lines(file)]
        return self._dates[day]

    @cached_property
    def _live(self) -> list[Record]:
        """The records of all live pages, each distinct one once."""
        pages = (_body(self._folder / "flights_live" / f"{name}.json") for name in self.live_files)
        return list({json.dumps(record, sort_keys=True): record for page in pages for record in page}.values())

    def _future(self, query: Mapping[str, str]) -> list[Record]:
        name = f"{query['iataCode'].upper()}_{query['type'].lower()}s_{query['date']}.json.gz"
        return _body(self._folder / "flights_future" / name)


def _kept(records: list[Record], query: Mapping[str, str], tests: Mapping[str, Test]) -> Rows:
    return TextRows([encoded(record).encode() for record in records if matches(record, query, tests)])


def _lines(file: Path) -> Iterator[str]:
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        yield from lines


def _body(file: Path) -> list[Record]:
    """The records of a recorded body; empty if it was not recorded."""
    if not file.exists():
        return []
    text = file.read_bytes()
    body = json.loads(gzip.decompress(text) if file.suffix == ".gz" else text)
    records: list[Record] = body["data"]
    return records
