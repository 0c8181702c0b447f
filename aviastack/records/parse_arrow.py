"""Whole pages to columns by Arrow's JSON reader, without a Python object per row.

This is for pages that match the declaration exactly. For any other page it returns None, and the records are parsed
one by one, so that each can be judged alone: a value of another type, an undeclared field, a missing one, an offset
other than +00:00, text that is not UTF-8.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pj

from aviastack.endpoints import Endpoint, Field
from aviastack.records.parsed import ParsedColumns, Tree, layout
from aviastack.records.schema import TEXT, UTC, sent_type
from aviastack.records.utc import in_calendar

OBJECT = re.compile(rb"\s*\{")  # on any other document, such as a bare null, Arrow's reader crashes
WRAPPER = pa.struct([(name, pa.int64()) for name in ("limit", "offset", "count", "total")])
KEY, ZERO_OFFSET = int.from_bytes(b'":', "little"), int.from_bytes(b'+00:00"', "little")
SEVEN_BYTES = (1 << 56) - 1
STRIDE = 1 << 20  # bytes
PIECE = 4 << 20  # bytes that the reader parses at once; it needs three times as much memory


def parse_with_arrow(endpoint: Endpoint, bodies: Sequence[bytes]) -> ParsedColumns | None:
    """Return the columns of all bodies, or None if one of them does not match the declaration."""
    if not all(OBJECT.match(body) for body in bodies):
        return None
    flat = [body if b"\n" not in body else body.replace(b"\n", b" ").replace(b"\r", b" ") for body in bodies]
    block = b"\n".join(flat)
    try:
        pages = pj.read_json(
            pa.BufferReader(block),
            read_options=pj.ReadOptions(block_size=max(PIECE, *map(len, flat)) + 1, use_threads=False),
            parse_options=_options(endpoint),
        )
        records = pages["data"].combine_chunks()
        if len(records) != len(bodies) or records.null_count or records.values.null_count:
            return None
        columns: dict[str, pa.Array] = {}
        _flatten(layout(endpoint), records.flatten(), columns)
        if not block.isascii():
            pa.table(columns).validate(full=True)  # the reader does not check that text is UTF-8
    except pa.ArrowInvalid:
        return None
    rows = records.values
    whole = _all_fields_are_there(endpoint, block, flat, rows) and _all_offsets_are_zero(block, rows)
    if not whole or not _is_plain(columns):
        return None
    return ParsedColumns(columns=columns, counts=pc.list_value_length(records).to_pylist())


@lru_cache
def _options(endpoint: Endpoint) -> Any:
    rows = pa.list_(_struct(endpoint, layout(endpoint)))
    return pj.ParseOptions(
        explicit_schema=pa.schema([("pagination", WRAPPER), ("data", rows)]),
        newlines_in_values=False,
        unexpected_field_behavior="error",
    )


def _struct(endpoint: Endpoint, tree: Tree) -> pa.DataType:
    def kind(node: Field | Tree | None) -> pa.DataType:
        if isinstance(node, dict):
            return _struct(endpoint, node)
        return sent_type(endpoint, node) if node is not None else TEXT

    return pa.struct([(name, kind(node)) for name, node in tree.items()])


def _flatten(tree: Tree, records: pa.Array, columns: dict[str, pa.Array]) -> None:
    for node, values in zip(tree.values(), records.flatten(), strict=True):
        if isinstance(node, dict):
            _flatten(node, values, columns)
        elif node is not None:
            columns[node.column] = values


def _all_fields_are_there(endpoint: Endpoint, block: bytes, bodies: Sequence[bytes], records: pa.Array) -> bool:
    """Whether the bodies have as many keys as their records and objects should have.

    Arrow makes a missing key null, so only counting can distinguish the two. A quote and a colon inside a text could
    stand for a missing key, so the records are parsed one by one if there are any.
    """
    if b'\\":' in block:
        return False
    around = sum(body.count(b'":', 0, body.find(b"[")) + body.count(b'":', body.rfind(b"]")) for body in bodies)
    return _keys(block) - around == _keys_of(layout(endpoint), records)


def _keys_of(tree: Tree, records: pa.Array) -> int:
    there = len(records) - records.null_count
    keys = 0
    for node, values in zip(tree.values(), records.flatten(), strict=True):
        keys += there if node is not None else len(values) - values.null_count
        keys += _keys_of(node, values) if isinstance(node, dict) else 0
    return keys


def _keys(block: bytes) -> int:
    """Count ``":``, two bytes at a time: 8 times as fast as bytes.count.

    Here and below the block is read as a whole: numpy releases the interpreter at every step, and must wait to get it
    back while the event loop is busy.
    """
    return sum(
        int(np.count_nonzero(np.frombuffer(block, "<u2", (len(block) - first) // 2, first) == KEY)) for first in (0, 1)
    )


def _all_offsets_are_zero(block: bytes, records: pa.Array) -> bool:
    """Whether every time has ``+00:00``: Arrow would have shifted the clock by any other offset.

    Times and offsets are counted, so no text may end like a time.
    """
    values = list(_leaves(records))
    expected = sum(len(each) - each.null_count for each in values if each.type == UTC)
    if not expected:
        return True
    if _zero_offsets(block) != expected:
        return False
    return not any(pc.any(pc.ends_with(each, "+00:00")).as_py() for each in values if each.type == TEXT)


def _leaves(records: pa.Array) -> Iterator[pa.Array]:
    for values in records.flatten():
        if pa.types.is_struct(values.type):
            yield from _leaves(values)
        else:
            yield values


def _zero_offsets(block: bytes) -> int:
    """Count ``+00:00"`` by comparing the eight bytes from every plus sign on: twice as fast as bytes.count.

    This is done piece by piece, because numpy holds the interpreter while it collects the positions of the signs.
    """
    starts = len(block) - 7
    signs = np.frombuffer(block, np.uint8, starts)
    eights = np.ndarray((starts,), "<u8", block, strides=(1,))
    return sum(_zeroes(signs[at : at + STRIDE], eights[at : at + STRIDE]) for at in range(0, starts, STRIDE))


def _zeroes(signs: npt.NDArray[np.uint8], eights: npt.NDArray[np.uint64]) -> int:
    eight = eights[np.flatnonzero(signs == ord("+"))]
    return int(np.count_nonzero(eight & SEVEN_BYTES == ZERO_OFFSET))


def _is_plain(columns: dict[str, pa.Array]) -> bool:
    """Whether no number is NaN and no time is in the year 0, which Arrow reads and Python's calendar lacks."""
    for values in columns.values():
        if pa.types.is_floating(values.type) and pc.any(pc.is_nan(values)).as_py():
            return False
        if values.type == UTC and not in_calendar(values):
            return False
    return True
