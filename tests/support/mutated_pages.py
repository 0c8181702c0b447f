"""Pages damaged at random, and the judgement on what the native reader makes of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from aviastack.endpoints import Endpoint
from aviastack.records.parse_arrow import parse_with_arrow
from aviastack.records.parse_native import NativeReader
from aviastack.records.parse_rows import parse_row_by_row
from aviastack.records.parsed import ParsedColumns
from aviastack.records.typed import as_types

VALUES: tuple[Any, ...] = (
    None, "", " ", " x", "x\u2003", "\u00a0x", "x\u001c", "\u007fx", "é", 'Zürich "x" \\ / \b\f\n\r\t', "\u0000", "😀",
    "a" * 300, 0, 1, -1, 2**62, 2**63 - 1, -(2**63), 2**70,
    999_999_999_999_999_999, 1.5, -0.0, 1e300, 5e-324, 0.1, 123456789.012345, 1234567890.123456, True, False, [], {},
    [None], {"a": 1}, "2026-11-18T04:05:00+00:00", "2026-02-30T00:00:00+00:00", "2026-11-18T04:05:00+01:00",
    "2026-11-18 04:05:00+00:00", "2024-02-29T23:59:59+00:00", "1900-02-29T00:00:00+00:00", "0000-01-01T00:00:00+00:00",
    "0001-01-01T00:00:00+00:00", "9999-12-31T23:59:59+00:00", "2026-11-18T04:05:60+00:00", "2026-11-18T04:05:00Z",
    "1969-12-31T23:59:59+00:00", "5", "null",
)  # fmt: skip
PIECES = (
    b'"', b"\\", b"{", b"}", b"[", b"]", b":", b",", b"0", b"-", b".", b"e5", b" ", b"\n", b"\t",
    b"\x00", b"\x1f", b"\x7f",
    b"\xff", b"\xc3\xa9", b"\xc3", b"\xed\xa0\x80", b"\xf0\x9f\x98\x80", b"null", b"true", b"false", b"nul", b"NaN",
    b"Infinity", b"1e400", b"-0", b"-0.0", b"00", b"01", b"1.", b".5", b"\\u0041",
    b"\\u00e9", b"\\ud83d\\ude00", b"\\ud800",
    b"\\udc00", b"\\u00", b"\\x", b'"a":1,', b',"a":1', b'"data":[],', b"\xef\xbb\xbf", b"/*x*/", b"+00:00", b"9" * 25,
)  # fmt: skip
SPACINGS = ((",", ":"), (", ", ": "), (",", " : "))


def mutated(page: dict[str, Any], random: Random) -> bytes:
    """Return the page as JSON after up to three changes: of its values and keys, of how it is written, of its bytes."""
    page = json.loads(json.dumps(page))
    for _ in range(random.choice((0, 0, 0, 1, 2))):
        _change(random.choice(list(_objects(page))), random)
    body = json.dumps(
        page,
        ensure_ascii=random.random() < 0.5,
        separators=random.choice(SPACINGS),
        indent=random.choice((None, None, None, 1)),
    ).encode()
    for _ in range(random.choice((0, 0, 1, 2))):
        body = _damaged(body, random)
    return body


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if value:
            yield value
        for inner in value.values():
            yield from _objects(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _objects(inner)


def _change(place: dict[str, Any], random: Random) -> None:
    name = random.choice(list(place))
    match random.randrange(6):
        case 0:
            del place[name]
        case 1:
            place[f"new_{name}"] = deepcopy(random.choice(VALUES))
        case 2:
            items = list(place.items())
            random.shuffle(items)
            place.clear()
            place.update(items)
        case _:
            place[name] = deepcopy(random.choice(VALUES))


def _damaged(body: bytes, random: Random) -> bytes:
    at = random.randrange(len(body) + 1)
    piece = random.choice(PIECES)
    match random.randrange(6):
        case 0:
            return body[:at]
        case 1:
            return body[:at] + body[at + random.randint(1, 30) :]
        case 2:
            other = random.randrange(len(body) + 1)
            return body[:at] + body[other : other + random.randint(1, 60)] + body[at:]
        case 3:
            return body[:at] + bytes([random.randrange(256)]) + body[at + 1 :]
        case 4:
            return body[:at] + piece + body[at:]
        case _:
            return body[:at] + piece + body[at + len(piece) :]


def verdict(native: NativeReader, endpoint: Endpoint, body: bytes) -> str:
    """Return ``refused`` or ``read``. What is read is what the readers beside it make of the page, to the bit."""
    sent = native.parse(endpoint, [body])
    if sent is None:
        return "refused"
    _is_trimmed_where_it_says_so(sent)
    expected = parse_with_arrow(endpoint, [body])
    if expected is not None:
        same(sent, expected)
        return "read"
    singly = parse_row_by_row(endpoint, [body])  # Arrow's reader declines what only looks odd
    assert (singly.reasons, singly.extras, singly.warnings) == ({}, {}, {})
    assert sent.counts == singly.counts
    same_arrays(as_types(endpoint, sent).columns, as_types(endpoint, singly).columns)
    return "read, declined by Arrow's reader"


def _is_trimmed_where_it_says_so(sent: ParsedColumns) -> None:
    texts = {name: sent.columns[name] for name in sent.trimmed if name in sent.columns}
    for name, array in texts.items():
        if pa.types.is_string(array.type):
            assert array.equals(pc.utf8_trim_whitespace(array)), name
            assert "" not in array.to_pylist(), name


def same(sent: ParsedColumns, expected: ParsedColumns) -> None:
    assert sent.counts == expected.counts
    same_arrays(sent.columns, expected.columns)


def same_arrays(found: dict[str, pa.Array], expected: dict[str, pa.Array]) -> None:
    assert list(found) == list(expected)
    for name, array in found.items():
        array.validate(full=True)
        assert array.type == expected[name].type, name
        assert _to_the_bit(array).equals(_to_the_bit(expected[name])), name


def _to_the_bit(array: pa.Array) -> pa.Array:
    """Return floats as integers: equality does not distinguish -0.0 from 0.0."""
    return array.view(pa.int64()) if pa.types.is_floating(array.type) else array
