"""Bodies that no API should send, drawn by hypothesis, and the judgement that decoding owes each of them."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

from aviastack.records.decode import Batch, decode
from aviastack.records.duplicates import edge_keys
from aviastack.records.parse_rows import DATA, split_records
from aviastack.records.quarantine import quarantine_table
from aviastack.records.schema import arrow_schema
from tests.support.sample_records import AIRBORNE, CODESHARED, LIVE, body_of, flight, page_of

PATHS = (
    *("flight_date", "flight_status", "departure", "arrival", "airline", "flight", "aircraft", "live", "new"),
    *(
        f"{end}.{name}"
        for end in ("departure", "arrival")
        for name in ("iata", "icao", "timezone", "delay", "scheduled")
    ),
    *("departure.actual", "arrival.terminal", "airline.name", "airline.icao", "flight.number", "flight.codeshared"),
    *("departure.new", "live.latitude", "live.is_ground", "flight.codeshared.flight_iata"),
)
CLOCKS = (
    "2024-04-16T19:00:00+00:00", "2024-04-16T19:00:00-07:00", "2024-04-16T19:00:00Z", "2024-03-31T02:30:00+00:00",
    "2024-04-16 19:00:00", "19:00", "0000-00-00", "0000-01-01T00:00:00+00:00", "9999-12-31T23:59:59+00:00",
    "2024-02-30T10:00:00+00:00", "2024-04-16T19+00:00", "2024-04-16T19:00:00.123456789+00:00",
    "1899-01-01T00:00:00+00:00",
)  # fmt: skip
TEXTS = (
    "",
    " ",
    "empty",
    "~",
    "a|b",
    " SFO\u00a0",
    "\u0000",
    "\u00e9\u00df",
    "\U0001f6eb",
    "+8",
    "Europe",
    "../x",
    "null",
)
RAW_VALUES = (
    b"NaN", b"Infinity", b"-Infinity", b"1e999", b"9" * 40, b"9" * 5000, b"-0", b"012", b"+1", b"tru", b"''",
    b'"\\ud800"', b'"\\udc00x"', b'"\xff\xfe"', b'"\x01"', b'"\\x"',
    b"[" * 3000 + b"]" * 3000, b'{"a":' * 3000 + b"1" + b"}" * 3000,
)  # fmt: skip

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=12),
    st.sampled_from(TEXTS),
    st.sampled_from(CLOCKS),
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


@st.composite
def record_texts(draw: st.DrawFn) -> bytes:
    """One record's JSON text: a flight with odd values, missing or unknown or doubled keys, or no record at all."""
    if draw(st.integers(0, 19)) == 0:
        return json.dumps(draw(values)).encode()
    record = flight({"flight.codeshared": CODESHARED, "live": AIRBORNE} if draw(st.booleans()) else {})
    mark = "hypothesis was here"
    raw: list[bytes] = []
    for path in draw(st.lists(st.sampled_from(PATHS), max_size=3, unique=True)):
        *objects, name = path.split(".")
        place: Any = record
        for each in objects:
            place = place.get(each) if isinstance(place, dict) else None
        if not isinstance(place, dict):
            continue
        match draw(st.sampled_from(("value", "value", "missing", "raw"))):
            case "missing":
                place.pop(name, None)
            case "raw":
                raw.append(draw(st.sampled_from(RAW_VALUES)))
                place[name] = mark
            case _:
                place[name] = draw(values)
    text = json.dumps(record, ensure_ascii=draw(st.booleans())).encode(errors="surrogatepass")
    for piece in raw:
        text = text.replace(json.dumps(mark).encode(), piece, 1)
    if draw(st.integers(0, 9)) == 0:
        text = text[:-1] + b',"flight_date":"2024-04-17"}'
    return text


record_lists = st.lists(record_texts(), min_size=0, max_size=5)


@st.composite
def bodies(draw: st.DrawFn) -> tuple[bytes, int | None]:
    """A body, and how many records it has, or None where it was damaged as a whole."""
    texts = draw(record_lists)
    body = body_of(texts)
    damage = draw(st.sampled_from(("none", "none", "none", "none", "cut", "flip", "insert", "alien")))
    if damage == "none":
        return body, len(texts)
    if damage == "alien":
        alien = st.sampled_from(
            (b"", b"<html>", b"null", b"[]", b"{}", b'{"data":null}', b'{"data":{}}', b'{"data":[]}', b"\xff")
        )
        return draw(alien | st.binary(max_size=40)), None
    at = draw(st.integers(0, len(body) - 1))
    if damage == "cut":
        return body[:at], None
    piece = draw(st.sampled_from((b'"', b"{", b"}", b"[", b"]", b",", b"\\", b"\x00", b"\xff", b":")))
    return body[:at] + piece + body[at + (damage == "flip") :], None


def judge(drawn: tuple[bytes, int | None]) -> Batch:
    """Each record is a row, or quarantined with reasons and its text, and the rest of the batch agrees."""
    body, count = drawn
    page = page_of(body)
    batch = decode(LIVE, "run", [page])
    pieces = split_records(body)
    assert count is None or len(pieces) == count
    assert batch.table.num_rows + len(batch.quarantined) == len(pieces)
    assert batch.table.schema.equals(arrow_schema(LIVE.endpoint))
    batch.table.validate(full=True)
    assert all(
        quarantined.reasons and quarantined.raw == pieces[quarantined.position] for quarantined in batch.quarantined
    )
    assert quarantine_table(LIVE, "run", batch.quarantined).num_rows == len(batch.quarantined)
    (hashes,) = batch.hashes
    edges = edge_keys(LIVE.endpoint, body)
    assert len(hashes) == len(edges) == len(pieces)
    refused = {quarantined.position for quarantined in batch.quarantined}
    assert all(hashes[row] == edges[row] for row in range(len(pieces)) if row not in refused)
    nothing_is_lost_by_cutting(body, pieces)
    return batch


def nothing_is_lost_by_cutting(body: bytes, pieces: list[bytes]) -> None:
    """What stands between the records is a page's wrapping, and no record."""
    data = DATA.search(body)
    end, gaps = data.end() if data else 0, []
    for piece in pieces:
        start = body.index(piece, end)
        gaps.append(body[end:start])
        end = start + len(piece)
    assert all(gap.strip() in (b"", b",") for gap in gaps)
    assert b"flight_status" not in body[end:]
