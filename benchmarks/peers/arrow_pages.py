"""Pages (bytes) to one flat typed table through Arrow's JSON reader: what the floor and dlt on Arrow share.

It does what is least: no keys, no checks, no clocks in UTC. Local times are read as the UTC that they claim to be.
"""

from __future__ import annotations

import io

import pyarrow as pa
import pyarrow.json as arrow_json

TEXT, TIME, NUMBER = pa.string(), pa.timestamp("us", tz="UTC"), pa.float64()
CLOCKS = ("scheduled", "estimated", "actual", "estimated_runway", "actual_runway")


def _texts(*names: str) -> list[tuple[str, pa.DataType]]:
    return [(name, TEXT) for name in names]


END = [
    *_texts("airport", "timezone", "iata", "icao", "terminal", "gate"),
    ("delay", pa.int32()),
    *((clock, TIME) for clock in CLOCKS),
]
LIVE = ("latitude", "longitude", "altitude", "direction", "speed_horizontal", "speed_vertical")
SHARED = _texts("airline_name", "airline_iata", "airline_icao", "flight_number", "flight_iata", "flight_icao")
ROW = pa.struct(
    [
        *_texts("flight_date", "flight_status"),
        ("departure", pa.struct(END)),
        ("arrival", pa.struct([*END, ("baggage", TEXT)])),
        ("airline", pa.struct(_texts("name", "iata", "icao"))),
        ("flight", pa.struct([*_texts("number", "iata", "icao"), ("codeshared", pa.struct(SHARED))])),
        ("aircraft", pa.struct(_texts("registration", "iata", "icao", "icao24"))),
        ("live", pa.struct([("updated", TIME), *((name, NUMBER) for name in LIVE), ("is_ground", pa.bool_())])),
    ]
)
PARSING = arrow_json.ParseOptions(
    explicit_schema=pa.schema([("data", pa.list_(ROW))]), unexpected_field_behavior="ignore"
)


def table_of(pages: list[bytes], *, threads: bool = True) -> pa.Table:
    """Return the rows of some pages."""
    reading = arrow_json.ReadOptions(block_size=1 << 22, use_threads=threads)
    table = arrow_json.read_json(io.BytesIO(b"\n".join(pages)), read_options=reading, parse_options=PARSING)
    columns: dict[str, pa.Array] = {}
    _flatten("", pa.concat_arrays([chunk.values for chunk in table["data"].chunks]), columns)
    return pa.table(columns)


def _flatten(prefix: str, array: pa.Array, columns: dict[str, pa.Array]) -> None:
    if pa.types.is_struct(array.type):
        for field, child in zip(array.type, array.flatten(), strict=True):
            _flatten(f"{prefix}_{field.name}" if prefix else field.name, child, columns)
    else:
        columns[prefix] = array.cast(pa.date32()) if prefix == "flight_date" else array
