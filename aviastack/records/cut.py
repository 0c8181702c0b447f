"""A page's body cut into the JSON texts of its records, also where it is no JSON as a whole."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

DATA = re.compile(rb'"data"\s*:\s*\[')
TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)|[{}\[\],]', re.DOTALL)


class _Page(msgspec.Struct):
    data: list[msgspec.Raw]


def records_of(body: bytes) -> list[bytes]:
    """Return the JSON text of every record, in page order.

    A body that is no JSON is cut at the commas between its records, so that one bad record spoils no other. What stands
    behind the last whole record of a truncated body is a record too, and so is a body without a list of records: these
    can't be read then, and are refused as they are.
    """
    if body.count(b'"data"') == 1:
        try:
            return [bytes(raw) for raw in msgspec.json.decode(body, type=_Page).data]
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            pass  # it is cut below
    if DATA.search(body) is None:
        return [body]
    return [piece for piece in _cut(body) if piece]


def _cut(body: bytes) -> Iterator[bytes]:
    """Cut every list named data at its commas; brackets are counted, not matched, and those in texts are skipped."""
    end = 0
    while (data := DATA.search(body, end)) is not None:
        start = data.end()
        depth = 0
        for token in TOKEN.finditer(body, start):
            sign = token[0]
            depth += (sign in b"{[") - (sign in b"}]")
            if depth < 0 or (depth == 0 and sign == b","):
                yield body[start : token.start()].strip()
                start = token.end()
            if depth < 0:
                end = token.start()
                break
        else:
            yield body[start:].strip()
            return
    if not _closes(body[end:]):
        yield body[end:].strip()


def _closes(tail: bytes) -> bool:
    """Whether the tail, from the closing bracket on, is what ends a page: the rest of an object."""
    try:
        msgspec.json.decode(b'{"data":[' + tail)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return False
    return True
