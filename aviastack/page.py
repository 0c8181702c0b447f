"""A page: one response of the API, as received."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Pagination:
    """The page's own word on where it stands; ``/timetable`` and ``/flightsFuture`` send null limit and offset."""

    limit: int | None
    offset: int | None
    count: int
    total: int


@dataclass(frozen=True, slots=True)
class Page:
    """One response that carries rows.

    ``offset`` and ``limit`` are what was asked, in rows. ``body`` is the JSON text in UTF-8, whole and uncompressed;
    ``packed`` is the same as it came over the wire in gzip, where it did. ``arrived`` is the response's Date header in
    UTC, or our clock where there was none. ``number`` counts the pages of a run from 0 in the order of their arrival.
    """

    offset: int
    limit: int
    body: bytes
    pagination: Pagination
    arrived: datetime
    number: int = 0
    packed: bytes | None = None
