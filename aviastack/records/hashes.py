"""64-bit hashes of texts, whole columns at once: the same in every process and on every machine."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from aviastack.records.schema import TEXT

Hashes: TypeAlias = npt.NDArray[np.uint64]

WORD = 8
MULTIPLIER = np.uint64(0xC6A4A7935BD1E995)
SHIFT = np.uint64(47)
# MASKS[n] keeps the n first bytes of a little-endian word.
MASKS = np.array([(1 << 8 * count) - 1 for count in range(WORD + 1)], np.uint64)


def hashes(texts: pa.Array) -> Hashes:
    """Return the hash of each text, none of them null: MurmurHash64A over its UTF-8, zero-padded to whole words.

    The length takes part, so that the padding makes no two texts one.
    """
    ends = np.frombuffer(texts.buffers()[1], np.int32, len(texts) + 1, texts.offset * 4)
    starts, lengths = ends[:-1].astype(np.int64), np.diff(ends)
    padded = np.zeros(int(ends[-1]) + WORD, np.uint8)
    padded[: ends[-1]] = np.frombuffer(texts.buffers()[2] or b"", np.uint8, int(ends[-1]))
    windows = np.ndarray((int(ends[-1]) + 1,), "<u8", padded, strides=(1,))
    hashed: Hashes = lengths.astype(np.uint64) * MULTIPLIER
    for at in range(0, int(lengths.max(initial=0)), WORD):
        longer = lengths > at
        rows = slice(None) if longer.all() else np.flatnonzero(longer)
        word = windows[starts[rows] + at] & MASKS[np.minimum(lengths[rows] - at, WORD)]
        hashed[rows] = (hashed[rows] ^ _mixed(word)) * MULTIPLIER
    hashed ^= hashed >> SHIFT
    hashed *= MULTIPLIER
    return hashed ^ (hashed >> SHIFT)


def hashes_of_rows(keys: pa.Array, raws: Sequence[bytes] | None, refused: Iterable[int] = ()) -> Hashes:
    """Return the hash of each row's key, and of its JSON text (in ``raws``) where it has none or is refused."""
    hashed = hashes(pc.fill_null(keys.cast(TEXT), ""))
    if raws is not None:
        for row in {*refused, *pc.indices_nonzero(keys.is_null()).to_pylist()}:
            hashed[row] = int.from_bytes(blake2b(raws[row], digest_size=WORD).digest(), "little")
    return hashed


def _mixed(word: Hashes) -> Hashes:
    word = word * MULTIPLIER
    word ^= word >> SHIFT
    return word * MULTIPLIER
