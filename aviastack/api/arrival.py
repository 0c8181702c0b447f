"""When a page was true: our own clock, unless the response's headers agree with it.

A header that disagrees must not decide which of two runs is newer, so our clock is used and the page is counted. A
cached response is as old as its ``Age`` says.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache

SKEW = timedelta(minutes=5)  # by which a server's clock may differ from ours
OLDEST = timedelta(days=1)  # the age of a cached response that is still believed
_DIGITS = 9  # of an Age: more do not fit a time


def arrival(headers: Mapping[str, str], now: datetime) -> tuple[datetime, bool]:
    """Return the time as of which a response was true, in UTC, and whether its clock disagrees with ours (``now``)."""
    date = _date(headers.get("Date", ""))
    if date is None:
        return now, "Date" in headers
    age = _age(headers.get("Age", ""))
    agrees = age <= OLDEST and abs(date + age - now) <= SKEW
    return (date, False) if agrees else (now, True)


def _age(header: str) -> timedelta:
    text = header.strip()
    plain = text.isascii() and text.isdecimal() and len(text) <= _DIGITS
    return timedelta(seconds=int(text)) if plain else timedelta()


@lru_cache(maxsize=16)
def _date(header: str) -> datetime | None:
    try:
        parsed = parsedate_to_datetime(header)
        return parsed.astimezone(UTC) if parsed.tzinfo else parsed.replace(tzinfo=UTC)
    except (ValueError, OverflowError, TypeError, IndexError):
        return None
