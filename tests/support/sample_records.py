"""Records and pages to decode, in the API's shapes."""

from __future__ import annotations

import copy
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from aviastack.endpoints import FLIGHTS, Endpoint
from aviastack.page import Page, Pagination
from aviastack.records.decode import Batch, decode
from aviastack.slices import Slice

ARRIVED = datetime(2024, 4, 18, 6, 30, tzinfo=UTC)
LIVE = Slice.of(FLIGHTS)

_END: dict[str, Any] = {"terminal": None, "gate": None, "delay": None, "actual": None, "estimated_runway": None}
FLIGHT: dict[str, Any] = {
    "flight_date": "2024-04-16",
    "flight_status": "landed",
    "departure": {
        "airport": "San Francisco International", "timezone": "America/Los_Angeles", "iata": "SFO", "icao": "KSFO",
        **_END, "actual_runway": None,
        "scheduled": "2024-04-16T19:00:00+00:00", "estimated": "2024-04-16T19:00:00+00:00",
    },
    "arrival": {
        "airport": "John F Kennedy International", "timezone": "America/New_York", "iata": "JFK", "icao": "KJFK",
        **_END, "actual_runway": None, "baggage": "5",
        "scheduled": "2024-04-17T03:30:00+00:00", "estimated": None,
    },
    "airline": {"name": "Delta Air Lines", "iata": "DL", "icao": "DAL"},
    "flight": {"number": "1004", "iata": "DL1004", "icao": "DAL1004", "codeshared": None},
    "aircraft": None,
    "live": None,
}  # fmt: skip
CODESHARED = {
    "airline_name": "klm", "airline_iata": "kl", "airline_icao": "klm",
    "flight_number": "6001", "flight_iata": "kl6001", "flight_icao": "klm6001",
}  # fmt: skip
AIRBORNE = {
    "updated": "2024-04-17T04:15:00+00:00", "latitude": 40.1, "longitude": -100.5, "altitude": 11285, "direction": 86,
    "speed_horizontal": 864.884, "speed_vertical": 0, "is_ground": False,
}  # fmt: skip


def flight(changes: dict[str, Any] | None = None) -> dict[str, Any]:
    """A flight with some values changed, by dotted path."""
    record = copy.deepcopy(FLIGHT)
    for path, value in (changes or {}).items():
        *objects, name = path.split(".")
        place = record
        for each in objects:
            place = place[each]
        place[name] = copy.deepcopy(value)
    return record


def body_of(records: Sequence[Any]) -> bytes:
    """A page of records, which may be JSON texts already."""
    texts = [record if isinstance(record, bytes) else json.dumps(record).encode() for record in records]
    wrapper = f'{{"pagination":{{"limit":100,"offset":0,"count":{len(texts)},"total":{len(texts)}}},"data":['
    return wrapper.encode() + b",".join(texts) + b"]}"


def page_of(body: bytes, number: int = 0) -> Page:
    return Page(number * 100, 100, body, Pagination(100, number * 100, 100, 100), ARRIVED, number)


def decoded(*records: Any, slice_: Slice = LIVE) -> Batch:
    return decode(slice_, "run", [page_of(body_of(records))])


def row(*records: Any, slice_: Slice = LIVE) -> dict[str, Any]:
    """The one row of what must be one row without a quarantined."""
    batch = decoded(*records, slice_=slice_)
    assert batch.quarantined == []
    (only,) = batch.table.to_pylist()
    return only


def shape(batch: Batch) -> tuple[pa.Table, Any, Any, Any]:
    """All that decoding says, comparable."""
    hashes = [page.tolist() for page in batch.hashes]
    return batch.table, batch.warnings, batch.unmapped, hashes


def slice_of(endpoint: Endpoint | str, **query: str) -> Slice:
    return Slice.of(endpoint, query)
