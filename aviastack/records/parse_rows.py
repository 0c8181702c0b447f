"""Pages to columns record by record, for the pages that :mod:`aviastack.records.parse_arrow` declines.

It is slower and loses nothing: each record becomes a row, or is quarantined with its reasons and its JSON text. A body
that is not valid JSON is first cut at the commas between its records.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import msgspec
import pyarrow as pa

from aviastack.endpoints import Endpoint, Field
from aviastack.records.parsed import ParsedColumns, Tree, layout
from aviastack.records.schema import TEXT, type_of
from aviastack.records.values import as_declared

DATA = re.compile(rb'"data"\s*:\s*\[')
TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)|[{}\[\],]', re.DOTALL)


class _Page(msgspec.Struct):
    data: list[msgspec.Raw]


def split_records(body: bytes) -> list[bytes]:
    """Return the JSON text of every record, in page order.

    A body that is not valid JSON is cut at the commas between its records, so that a bad record does not affect the
    others. What follows the last whole record of a truncated body is a record too, and so is a body without a list of
    records: these can't be parsed and are quarantined as they are.
    """
    if body.count(b'"data"') == 1:
        try:
            return [bytes(raw) for raw in msgspec.json.decode(body, type=_Page).data]
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            pass  # cut below
    if DATA.search(body) is None:
        return [body]
    return [piece for piece in _cut(body) if piece]


def _cut(body: bytes) -> Iterator[bytes]:
    """Cut every list named data at its commas. Brackets are counted, not matched; those inside texts are skipped."""
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
    """Whether the tail, from the closing bracket on, ends a page: it is the rest of an object."""
    try:
        msgspec.json.decode(b'{"data":[' + tail)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return False
    return True


@dataclass(slots=True)
class _Record:
    """The content of one record: values by column, and undeclared fields, reasons and warnings by path."""

    values: dict[str, Any] = field(default_factory=dict)
    extras: dict[str, Any] = field(default_factory=dict)
    reasons: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def parse_row_by_row(endpoint: Endpoint, bodies: Sequence[bytes]) -> ParsedColumns:
    """Return the columns of all bodies. A quarantined record is a row of what could be parsed, named in ``reasons``."""
    tree = layout(endpoint)
    pages = [split_records(body) for body in bodies]
    raw_records = list(chain.from_iterable(pages))
    sent = ParsedColumns(columns={}, counts=[len(page) for page in pages], raw_records=raw_records)
    values: list[dict[str, Any]] = []
    for row, raw in enumerate(raw_records):
        record = _record(tree, raw)
        values.append(record.values)
        sent.warnings.update(record.warnings)
        sent.unmapped.update(record.extras.keys())
        if record.reasons:
            sent.reasons[row] = record.reasons
        if record.extras:
            sent.extras[row] = msgspec.json.encode(record.extras).decode()
    for each in endpoint.fields:
        kind = type_of(each) if each.number else TEXT
        sent.columns[each.column] = pa.array([found.get(each.column) for found in values], kind)
    return sent


def _record(tree: Tree, raw: bytes) -> _Record:
    record = _Record()
    try:
        _read(tree, msgspec.json.decode(raw), "", record)
    except RecursionError:
        record.reasons.append("the record is nested too deeply")
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        record.reasons.append(f"the record is not valid JSON: {error}")
    return record


def _read(tree: Tree, found: Any, path: str, record: _Record) -> None:
    if not isinstance(found, dict):
        record.reasons.append(f"{path or 'the record'} is not an object: {_shown(found)}")
        return
    for name, value in found.items():
        if name not in tree:
            record.extras[_path(path, name)] = value
            continue
        node = tree[name]
        if value is None or node is None:
            continue
        if isinstance(node, dict):
            _read(node, value, _path(path, name), record)
        elif type(value) is str and not node.number:
            record.values[node.column] = value
        else:
            _take(node, value, record)
    if not found.keys() >= tree.keys():
        missing = (name for name, node in tree.items() if name not in found and node is not None)
        record.warnings.extend(f"missing field {_path(path, name)}" for name in missing)


def _shown(value: Any) -> str:
    """Return the value's JSON text, bounded."""
    return msgspec.json.encode(value)[:80].decode(errors="replace")


def _path(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _take(field: Field, value: Any, record: _Record) -> None:
    try:
        record.values[field.column], warning = as_declared(field, value)
    except (ValueError, OverflowError) as error:
        record.reasons.append(f"{field.path}: {error}")
    else:
        record.warnings.extend([warning] if warning else [])
