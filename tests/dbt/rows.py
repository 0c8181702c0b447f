"""Rows as the loader leaves them, made from the API's JSON in plain Python.

Nothing of aviastack's own decoding decides what the marts are tested against.
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pyarrow as pa

from aviastack.endpoints import ENDPOINTS, Endpoint, Kind
from tests.dbt.plain import SCHEDULED_ZONES

CLOCKS = ("scheduled", "estimated", "actual", "estimated_runway", "actual_runway")
TYPES = {
    Kind.TEXT: pa.string(),
    Kind.CODE: pa.string(),
    Kind.INT: pa.int64(),
    Kind.FLOAT: pa.float64(),
    Kind.BOOL: pa.bool_(),
    Kind.DATE: pa.date32(),
    Kind.TIME: pa.time64("us"),
    Kind.INSTANT: pa.timestamp("us"),
}
LOADS = pa.schema(
    [
        ("run_id", pa.string()),
        ("slice", pa.string()),
        ("endpoint", pa.string()),
        ("predicate", pa.string()),
        ("as_of", pa.timestamp("us")),
        ("complete", pa.bool_()),
        ("proof", pa.string()),
        ("rows", pa.int64()),
        ("inserted", pa.int64()),
        ("updated", pa.int64()),
        ("removed", pa.int64()),
        ("pages", pa.int64()),
        ("calls", pa.int64()),
        ("started_at", pa.timestamp("us")),
        ("loaded_at", pa.timestamp("us")),
        ("manifest", pa.string()),
        ("source", pa.string()),
    ]
)


def schema_of(endpoint: Endpoint) -> pa.Schema:
    """The table of an endpoint as the loader creates it."""
    columns: dict[str, pa.DataType] = {endpoint.key.column: pa.int64() if not endpoint.key.parts else pa.string()}
    if endpoint.leg_key:
        columns[endpoint.leg_key.column] = pa.string()
    if endpoint.dates_flights:
        columns["flight_date"] = pa.date32()
    for field in endpoint.fields:
        if field.kind is Kind.CLOCK:
            columns |= {f"{field.column}_{kind}": pa.timestamp("us") for kind in ("local", "utc")}
        else:
            columns.setdefault(field.column, TYPES[field.kind])
    moments = {name: pa.timestamp("us") for name in ("_extracted_at", "_removed_at", "_loaded_at")}
    texts = dict.fromkeys(("_run_id", "_slice", "_unmapped"), pa.string())
    return pa.schema(list((columns | moments | texts).items()))


SCHEMAS = {endpoint.table: schema_of(endpoint) for endpoint in ENDPOINTS.values()} | {"_loads": LOADS}


def flight_row(record: dict, *, seen: datetime, run_id: str = "run-1", slice_: str = "test") -> dict:
    """One record of `/flights` as the loader's row: flat, codes in capitals, local and UTC times, keys."""
    flight, airline = record["flight"], record["airline"]
    row: dict = {"flight_date": date.fromisoformat(record["flight_date"]), "flight_status": record["flight_status"]}
    for end in ("departure", "arrival"):
        for name, value in record[end].items():
            if name in CLOCKS:
                zone = record[end]["timezone"]
                if name == "scheduled":
                    zone = SCHEDULED_ZONES.get(record[end]["iata"], zone)
                row |= _clock(f"{end}_{name}", value, zone)
            else:
                row[f"{end}_{name}"] = _text(value)
    row |= {f"airline_{name}": _text(value) for name, value in airline.items()}
    row |= {f"flight_{name}": flight[name] for name in ("number", "iata", "icao")}
    for name, value in (flight["codeshared"] or {}).items():
        row[f"codeshared_{name}"] = value.upper() if value and name != "airline_name" else value
    row |= {f"aircraft_{name}": value for name, value in (record["aircraft"] or {}).items()}
    row |= _keys(row)
    return row | {"_extracted_at": seen, "_loaded_at": seen, "_run_id": run_id, "_slice": slice_}


def _text(value: object) -> object:
    return None if isinstance(value, str) and value.strip() in ("", "empty") else value


def _clock(column: str, value: str | None, zone: str | None) -> dict:
    local = datetime.fromisoformat(value).replace(tzinfo=None) if value else None
    utc = None
    if local and zone and "/" in zone:
        utc = local.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC).replace(tzinfo=None)
    return {f"{column}_local": local, f"{column}_utc": utc}


def _keys(row: dict) -> dict:
    def first(*names: str) -> str:
        return next((str(row[name]) for name in names if row.get(name)), "~")

    head = [str(row["flight_date"]), *(first(f"{end}_iata", f"{end}_icao") for end in ("departure", "arrival"))]
    carrier = first("airline_icao", "airline_iata")
    key = [*head, first("departure_scheduled_local"), carrier, first("flight_number", "flight_icao")]
    leg = [*head, carrier, row["flight_number"]] if row.get("flight_number") else key
    return {"flight_key": "|".join(key), "flight_leg_id": "|".join(leg)}


def load_row(name: str, *, run_id: str, at: datetime, complete: bool = True, endpoint: str = "flights") -> dict:
    """A row of `_loads` for the slice of that name."""
    head, *filters = name.split(".")
    asked = dict(part.split("=") for part in filters)
    asked |= {} if head in ("live", "all") else {"flight_date": head}
    return {
        "run_id": run_id,
        "slice": name,
        "endpoint": endpoint,
        "predicate": json.dumps({"asked": asked, "covers": asked if complete else None}),
        "as_of": at,
        "complete": complete,
        "proof": "settled",
        "calls": 1,
        "started_at": at,
        "loaded_at": at,
    }
