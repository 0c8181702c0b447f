"""A page: one response of the API, as received."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Pagination:
    """A page's ``pagination``, in rows; ``/timetable`` and ``/flightsFuture`` send null limit and offset."""

    limit: int | None
    offset: int | None
    count: int
    total: int


@dataclass(frozen=True, slots=True)
class Page:
    """One response that carries rows.

    ``offset`` and ``limit`` are those of the request, in rows. ``body`` is the JSON text in UTF-8, whole and
    uncompressed; ``packed`` is the same in gzip, if it came so. ``arrived`` is the as-of time of the page, in UTC.
    ``skewed`` says that the response's clock disagreed with ours, which was used. ``number`` counts the pages of a
    run from 0 in the order of their arrival. ``source`` is the API's host, or ``simulated`` or ``recorded``.
    """

    offset: int
    limit: int
    body: bytes
    pagination: Pagination
    arrived: datetime
    number: int = 0
    packed: bytes | None = None
    skewed: bool = False
    source: str = ""
