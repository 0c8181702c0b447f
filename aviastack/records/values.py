"""One rule per kind of field: from what the API sends to what a column holds.

Each rule is a function that raises ValueError, with a readable reason, for a value that cannot be converted without
guessing. The rules about dates come from recorded responses (``0000-00-00`` means none, ``...T22:00:00.000Z`` the day
after). A function runs once per distinct value, because a day of flights has a few hundred codes and minutes.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from aviastack.endpoints import Field, Kind


def convert(column: pa.Array, parse: Callable[[Any], Any], kind: pa.DataType) -> tuple[pa.Array, dict[int, str]]:
    """Return the parsed column, and row -> reason for each value that ``parse`` raises ValueError for."""
    encoded = column.dictionary_encode()
    values, reasons = [], {}
    for place, value in enumerate(encoded.dictionary.to_pylist()):
        try:
            values.append(parse(value))
        except (ValueError, OverflowError) as error:
            values.append(None)
            reasons[place] = str(error)
    array = pa.array(values, kind).take(encoded.indices)
    if not reasons:
        return array, {}
    invalid = pc.is_in(encoded.indices, pa.array(list(reasons), encoded.indices.type))
    rows = pc.indices_nonzero(invalid).to_pylist()
    return array, {row: reasons[encoded.indices[row].as_py()] for row in rows}


NAMELESS = "empty"  # what the API calls an airline that it has no name for


def tidy(field: Field, column: pa.Array, *, is_trimmed: bool = False) -> pa.Array:
    """Return the column trimmed, with blank as null, a CODE in upper case, and an airline named ``empty`` as null."""
    if column.null_count == len(column):
        return column
    if not is_trimmed:
        column = pc.utf8_trim_whitespace(column)
    if field.kind is Kind.CODE and _may_have_lower_case(column):
        column = pc.utf8_upper(column)
    if not is_trimmed and pc.min(pc.binary_length(column)).as_py() == 0:
        column = without(column, "")
    if field.column.endswith("airline_name") and pc.any(pc.equal(column, NAMELESS)).as_py():
        column = without(column, NAMELESS)
    return column


def _may_have_lower_case(column: pa.Array) -> bool:
    """Whether any byte comes after ``Z``; reading the bytes is far cheaper than making a new column."""
    return bool(np.frombuffer(column.buffers()[2], np.uint8).max(initial=0) > ord("Z"))


def without(column: pa.Array, text: str) -> pa.Array:
    """Return the column with ``text`` made null."""
    return pc.if_else(pc.equal(column, text), pa.scalar(None, column.type), column)


INTEGER = re.compile(r"[+-]?\d{1,19}(\.0+)?", re.ASCII)
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
TIME = re.compile(r"\d\d:\d\d(:\d\d)?", re.ASCII)
MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)(?:\.(\d{1,9}))?(Z|[+-]\d\d(?::?\d\d)?)?", re.ASCII)
NO_DATE = "0000-00-00"
INT64 = range(-(2**63), 2**63)


def as_declared(field: Field, value: Any) -> tuple[Any, str]:
    """Return the value in the JSON type that the field is declared with, and a warning if it was sent in another."""
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not field.number and isinstance(value, str):
        return value, ""
    if not field.number and number:
        return str(value), f"{field.path} sent as a number"
    if field.kind is Kind.BOOL and isinstance(value, bool):
        return value, ""
    if field.number and field.kind is not Kind.BOOL and (number or isinstance(value, str)):
        read = integer if field.kind is Kind.INT else real
        return read(str(value)), "" if number else f"{field.path} sent as text"
    raise ValueError(f"{str(value)[:80]!r} is not a valid {field.kind.value}")


def integer(text: str) -> int | None:
    """Return the whole number, ``65`` or ``65.0``, that fits 64 bits; null for blank text."""
    text = text.strip()
    if not text:
        return None
    if INTEGER.fullmatch(text) is None or (value := int(text.partition(".")[0])) not in INT64:
        raise ValueError(f"{text[:80]!r} is not a whole number of 64 bits")
    return value


def real(text: str) -> float | None:
    """Return the finite number; null for blank text."""
    text = text.strip()
    if not text:
        return None
    if NUMBER.fullmatch(text) is None or not math.isfinite(value := float(text)):
        raise ValueError(f"{text[:80]!r} is not a finite number")
    return value


def day(text: str) -> date | None:
    """Return the date of ``2024-04-16``, or of ``1986-08-21T22:00:00.000Z``, which is 1986-08-22.

    The second is midnight somewhere in Europe, rendered in UTC: the calendar day is the next one for a time of day from
    noon on. ``0000-00-00`` and blank text are null.
    """
    text = text.strip()
    if not text or text.startswith(NO_DATE):
        return None
    if len(text) == len(NO_DATE):
        return _date(text[:80])
    moment = instant(text)
    return None if moment is None else (moment + timedelta(hours=12)).date()


def time_of_day(text: str) -> time | None:
    """Return the time of ``09:45:00`` or ``09:45``; null for blank text."""
    text = text.strip()
    if not text:
        return None
    if TIME.fullmatch(text) is None:
        raise ValueError(f"{text[:80]!r} is not a time of day")
    return _time(text)


def clock(text: str, day: date | None = None) -> datetime | None:
    """Return the local time as sent, whatever its offset; null for blank text.

    ``HH:MM`` alone is a clock of ``day``, and invalid without one.
    """
    text = text.strip()
    if not text:
        return None
    if (match := MOMENT.fullmatch(text)) is not None:
        micros = int((match[3] or "").ljust(6, "0")[:6])
        return datetime.combine(_date(match[1]), _time(match[2]).replace(microsecond=micros))
    if TIME.fullmatch(text) is None:
        raise ValueError(f"{text[:80]!r} is not a date and time")
    if day is None:
        raise ValueError(f"{text[:80]!r} is a clock without a date")
    return datetime.combine(day, _time(text))


def instant(text: str) -> datetime | None:
    """Return the moment in UTC: its offset is applied, and a missing one means UTC. Null for blank text."""
    local = clock(text)
    return None if local is None else local.replace(tzinfo=UTC) - offset(text)


def offset(text: str) -> timedelta:
    """Return the offset of a clock; zero if there is none."""
    match = MOMENT.fullmatch(text.strip())
    stamped = match[4] if match is not None else None
    if not stamped or stamped == "Z":
        return timedelta()
    minutes = int(stamped[1:3]) * 60 + int(stamped[-2:] if len(stamped) > len("+00") else 0)
    return timedelta(minutes=-minutes if stamped.startswith("-") else minutes)


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a date of the calendar") from None


def _time(text: str) -> time:
    try:
        return time.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a time of day") from None


PARSERS: dict[Kind, Callable[[str], Any]] = {
    Kind.INT: integer,
    Kind.FLOAT: real,
    Kind.DATE: day,
    Kind.TIME: time_of_day,
    Kind.INSTANT: instant,
}
