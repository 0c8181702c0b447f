"""Whole pages to columns: by the native reader, or by Arrow's if that is missing or refuses a page."""

from __future__ import annotations

from collections.abc import Sequence

from aviastack.endpoints import Endpoint
from aviastack.records.parse_arrow import parse_with_arrow
from aviastack.records.parse_native import native_reader
from aviastack.records.parsed import ParsedColumns


def parse_whole(endpoint: Endpoint, bodies: Sequence[bytes]) -> ParsedColumns | None:
    """Return the columns of all bodies, or None if one of them does not match the declaration."""
    native = native_reader()
    sent = None if native is None else native.parse(endpoint, bodies)
    return parse_with_arrow(endpoint, bodies) if sent is None else sent
