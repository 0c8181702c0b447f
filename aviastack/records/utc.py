"""From an airport's local time to UTC.

AviationStack stamps ``+00:00`` on the airport's local time (recorded pairs of times make sense no other way). A clock
is therefore kept as sent (``*_local``) and converted to UTC (``*_utc``) by the zone of its airport. At a change of the
clocks this follows PEP 495 with ``fold=0``: of a time that exists twice (autumn) the first is assumed, until
:mod:`aviastack.records.folds` rules it out, and a time that does not exist (spring) is read with the offset before the
change, which shifts it forward. Both are counted.

Nearly every zone has one offset over the days of a block, so that one subtraction per column does. Only the zones that
change within these days are looked up time by time, once per distinct time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from aviastack.records.schema import UTC
from aviastack.records.timezones import zone

Days: TypeAlias = tuple[int, int]
"""The first and the last day, since 1970."""

SECOND = 1_000_000
DAY = 86_400
EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  a local time has no zone
YEAR_1 = (datetime.min - EPOCH) // timedelta(microseconds=1)  # noqa: DTZ901  as above
YEARS = range(1900, 2200)
BAND = 1 << 40  # more seconds than any year up to 9999 is away from 1970, so that zone and time make one number
LONGEST_WINDOW = 40
TWICE, NEVER, BEYOND = (
    "local time that exists twice",
    "local time that does not exist",
    "local time beyond any zone's rules",
)


class Offset(NamedTuple):
    """A zone's offset from UTC at a local time, in microseconds; ``later`` is that of the second of two equal times."""

    first: int | None
    later: int | None
    oddity: str


@dataclass(slots=True)
class Converted:
    """Clocks in UTC by column, and the rows whose local time exists twice, with how much later the second one is."""

    columns: dict[str, pa.Array] = field(default_factory=dict)
    repeated: dict[str, dict[int, int]] = field(default_factory=dict)


def in_utc(clocks: Mapping[str, pa.Array], zones: pa.Array, warnings: Counter[str]) -> Converted:
    """Return each clock of one end in UTC; null if the zone is unknown. Counts the values that are odd in it."""
    encoded = zones.dictionary_encode()
    names, codes = encoded.dictionary.to_pylist(), encoded.indices
    days = days_of(clocks.values())
    steady = [steady_offset(name, *days) if days else None for name in names]
    shift = pa.array(steady, pa.int64()).take(codes)
    changing = [code for code, offset in enumerate(steady) if offset is None]
    found = Converted()
    for column, local in clocks.items():
        offsets = shift
        if changing:
            rows = pc.and_(pc.is_in(codes, pa.array(changing, codes.type)), local.is_valid())
            offsets, found.repeated[column] = _looked_up(local, rows, codes, names, shift, warnings)
        found.columns[column] = pc.subtract(local.view(pa.int64()), offsets).view(UTC)
    return found


@lru_cache(maxsize=65_536)
def steady_offset(name: str, first: int, last: int) -> int | None:
    """Return the zone's offset (microseconds) if it is one from day ``first`` to ``last`` since 1970, else None."""
    if last - first > LONGEST_WINDOW:
        return None
    offsets = {offset_at(name, number * DAY) for number in range(first, last + 2)}
    (offset, *others) = offsets
    return None if others or offset.oddity else offset.first


@lru_cache(maxsize=262_144)
def offset_at(name: str, second: int) -> Offset:
    """Return the zone's offset at a local time (seconds since 1970), and what is odd about it."""
    known, local = zone(name), _local(second)
    if known is None or local is None:
        return Offset(None, None, BEYOND)
    first, later = (known.utcoffset(local.replace(fold=fold)) for fold in (0, 1))
    if first is None or later is None:
        return Offset(None, None, BEYOND)
    oddity = "" if first == later else TWICE if first > later else NEVER
    return Offset(first // timedelta(microseconds=1), later // timedelta(microseconds=1), oddity)


def differing(local: pa.Array, one: str, other: str) -> int:
    """Return the number of local times at which two zones differ in offset."""
    seconds = pc.divide(local.drop_null().view(pa.int64()), SECOND).to_pylist()
    return sum(offset_at(one, each).first != offset_at(other, each).first for each in seconds)


def in_calendar(times: pa.Array) -> bool:
    """Whether no time is before the year 1."""
    first = pc.min(times.view(pa.int64())).as_py()
    return first is None or first >= YEAR_1


def days_of(clocks: Iterable[pa.Array]) -> Days | None:
    """Return the first and the last day on any of the clocks."""
    bounds = [pc.min_max(local.view(pa.int64())).as_py() for local in clocks]
    known = [bound for bound in bounds if bound["min"] is not None]
    if not known:
        return None
    micros = DAY * SECOND
    return min(bound["min"] for bound in known) // micros, max(bound["max"] for bound in known) // micros


def _local(second: int) -> datetime | None:
    try:
        local = EPOCH + timedelta(seconds=second)
    except OverflowError:
        return None
    return local if local.year in YEARS else None


def _looked_up(
    local: pa.Array, rows: pa.Array, codes: pa.Array, names: list[str], shift: pa.Array, warnings: Counter[str]
) -> tuple[pa.Array, dict[int, int]]:
    """Return the offsets with those of ``rows`` looked up by zone and second, and the rows that exist twice."""
    seconds = pc.divide(local.filter(rows).view(pa.int64()), SECOND)
    pairs = pc.add(pc.multiply(codes.filter(rows).cast(pa.int64()), BAND), seconds).dictionary_encode()
    distinct = [divmod(pair + BAND // 2, BAND) for pair in pairs.dictionary.to_pylist()]
    offsets = [offset_at(names[code], at - BAND // 2) for code, at in distinct]
    repeated: dict[int, int] = {}
    for place, offset in enumerate(offsets):
        if offset.oddity:
            positions = pc.indices_nonzero(pc.equal(pairs.indices, place))
            warnings[offset.oddity] += len(positions)
            if offset.oddity == TWICE and offset.first is not None and offset.later is not None:
                affected = pc.indices_nonzero(rows).take(positions).to_pylist()
                repeated |= dict.fromkeys(affected, offset.first - offset.later)
    firsts = pa.array([offset.first for offset in offsets], pa.int64())
    return pc.replace_with_mask(shift, rows, firsts.take(pairs.indices)), repeated
