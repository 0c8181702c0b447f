"""Keys: the text that identifies a row, readable so that a person sees why two rows are the same, and its 64-bit hash.

The hash is the same in every process and on every machine.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from functools import lru_cache
from hashlib import blake2b
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from aviastack.endpoints import Endpoint, Key
from aviastack.records.distinct import by_distinct
from aviastack.records.schema import TEXT
from aviastack.records.utc import EPOCH

Hashes: TypeAlias = npt.NDArray[np.uint64]

NULL = "~"


def row_key(endpoint: Endpoint, columns: dict[str, pa.Array]) -> pa.Array:
    """Return the key of each row; null if one of the parts that a key needs is null."""
    return _joined(endpoint.key, columns) if endpoint.key.parts else columns[endpoint.key.column]


def leg_key(leg: Key, columns: dict[str, pa.Array], row_keys: pa.Array) -> pa.Array:
    """Return the key without the clock, which a retimed flight keeps.

    It falls back to the row's key if the flight's number is null, because the unnumbered flights of a day and route
    would all share it.
    """
    return pc.if_else(columns[leg.parts[-1][0]].is_valid(), _joined(leg, columns), row_keys)


def missing_key_parts(endpoint: Endpoint, columns: dict[str, pa.Array], row: int) -> str:
    """Return the reason why the row has no key: the parts that are null."""
    key = endpoint.key
    parts = key.parts[: key.needed] or ((key.column,),)
    missing = [" or ".join(part) for part in parts if not any(columns[column][row].is_valid for column in part)]
    return f"the record can't be keyed: {', '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing"


def _joined(key: Key, columns: dict[str, pa.Array]) -> pa.Array:
    parts = [_first_of(part, columns) for part in key.parts]
    joined = pc.binary_join_element_wise(*parts, "|", null_handling="replace", null_replacement=NULL)
    named = None
    for part in parts[: key.needed]:
        if part.null_count:
            named = part.is_valid() if named is None else pc.and_(named, part.is_valid())
    return joined if named is None else pc.if_else(named, joined, pa.scalar(None, TEXT))


def as_text(column: pa.Array) -> pa.Array:
    """Return a column as the text of a key: dates and times in ISO 8601, to the second."""
    if pa.types.is_string(column.type):
        return column
    if pa.types.is_timestamp(column.type):
        return by_distinct(column.view(pa.int64()), _moment, TEXT)
    return by_distinct(column, str, TEXT)


@lru_cache(maxsize=65_536)
def _moment(micros: int) -> str:
    return (EPOCH + timedelta(microseconds=micros)).isoformat(timespec="seconds")


def _first_of(part: tuple[str, ...], columns: dict[str, pa.Array]) -> pa.Array:
    first, *others = (as_text(columns[name]) for name in part)
    return pc.coalesce(first, *others) if others and first.null_count else first


WORD = 8
LONGEST = 1_024  # bytes
MULTIPLIER = np.uint64(0xC6A4A7935BD1E995)
SHIFT = np.uint64(47)
# MASKS[n] keeps the n first bytes of a little-endian word.
MASKS = np.array([(1 << 8 * count) - 1 for count in range(WORD + 1)], np.uint64)


def hashes(texts: pa.Array) -> Hashes:
    """Return the hash of each text, none of them null: MurmurHash64A over its UTF-8, zero-padded to whole words.

    The length is part of the hash, so that padding does not make two texts equal. A text over :data:`LONGEST` bytes,
    which no real key has, is hashed by BLAKE2b: word by word, a megabyte would take seconds.
    """
    ends = np.frombuffer(texts.buffers()[1], np.int32, len(texts) + 1, texts.offset * 4)
    starts, lengths = ends[:-1].astype(np.int64), np.diff(ends)
    padded = np.zeros(int(ends[-1]) + WORD, np.uint8)
    padded[: ends[-1]] = np.frombuffer(texts.buffers()[2] or b"", np.uint8, int(ends[-1]))
    windows = np.ndarray((int(ends[-1]) + 1,), "<u8", padded, strides=(1,))
    hashed: Hashes = lengths.astype(np.uint64) * MULTIPLIER
    for at in range(0, min(int(lengths.max(initial=0)), LONGEST), WORD):
        longer = lengths > at
        rows = slice(None) if longer.all() else np.flatnonzero(longer)
        word = windows[starts[rows] + at] & MASKS[np.minimum(lengths[rows] - at, WORD)]
        hashed[rows] = (hashed[rows] ^ _mixed(word)) * MULTIPLIER
    for row in np.flatnonzero(lengths > LONGEST).tolist():
        hashed[row] = _digest(padded[starts[row] : starts[row] + lengths[row]].tobytes())
    hashed ^= hashed >> SHIFT
    hashed *= MULTIPLIER
    return hashed ^ (hashed >> SHIFT)


def hashes_of_rows(keys: pa.Array, raw_records: Sequence[bytes] | None, quarantined: Iterable[int] = ()) -> Hashes:
    """Return the hash of each row's key, or of its JSON text (in ``raw_records``) if it has none or is quarantined."""
    hashed = hashes(pc.fill_null(keys.cast(TEXT), ""))
    if raw_records is not None:
        for row in {*quarantined, *pc.indices_nonzero(keys.is_null()).to_pylist()}:
            hashed[row] = _digest(raw_records[row])
    return hashed


def _digest(data: bytes) -> int:
    return int.from_bytes(blake2b(data, digest_size=WORD).digest(), "little")


def _mixed(word: Hashes) -> Hashes:
    word = word * MULTIPLIER
    word ^= word >> SHIFT
    return word * MULTIPLIER
