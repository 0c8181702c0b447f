"""Damaged pages of every endpoint to both readers: what Arrow's reader takes, both must read alike, to the bit."""

from __future__ import annotations

import json
from random import Random
from typing import Any

from aviastack.endpoints import Endpoint
from aviastack.records.parse_arrow import parse_with_arrow
from aviastack.records.parse_rows import parse_row_by_row
from aviastack.records.parsed import ParsedColumns
from aviastack.records.typed import as_types
from tests.fuzz.chunks import Seen
from tests.simulation.fuzz_reader import _bodies
from tests.support.mutated_pages import same_arrays


def fuzz_bodies(many: int, random: Random) -> Seen:
    """Read damaged pages with both readers, and count how they were read."""
    seen = Seen()
    for endpoint, body in _bodies(many, random):
        with seen.watching(f"{endpoint.name}: {body!r}"):
            seen.counts[_read(endpoint, body)] += 1
    return seen


def _read(endpoint: Endpoint, body: bytes) -> str:
    together = parse_with_arrow(endpoint, [body])
    singly = parse_row_by_row(endpoint, [body])
    columns = as_types(endpoint, singly).columns
    _nothing_is_lost(body, singly)
    if together is None:
        if singly.reasons:
            return "quarantined by the reader of rows, declined by Arrow's"
        return "read by the reader of rows, declined by Arrow's"
    if singly.reasons:
        assert _json(body) is None, "JSON that Arrow's reader takes was quarantined"
        return "not JSON, forgiven by Arrow's reader and quarantined by the other"
    assert singly.counts == together.counts
    same_arrays(as_types(endpoint, together).columns, columns)
    return "read alike"


def _nothing_is_lost(body: bytes, singly: ParsedColumns) -> None:
    [rows] = singly.counts
    assert all(len(column) == rows for column in singly.columns.values())
    assert all(row < rows for row in singly.reasons)
    page = _json(body)
    if body.count(b'"data"') == 1 and isinstance(page, dict) and isinstance(page.get("data"), list):
        assert rows == len(page["data"]), "a record was lost"


def _json(body: bytes) -> Any:
    """Return the value; None for what is not JSON in UTF-8, single surrogates included, which Python would take."""
    try:
        value = json.loads(body.decode())
        json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return None
    return value
