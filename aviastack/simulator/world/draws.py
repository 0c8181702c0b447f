"""Random draws as a function of the seed, a word and the rows' ids.

No state is kept, so any row of any date can be made without the rows before it. The mixing is splitmix64 in plain
integer arithmetic, the same on every machine and version of polars.
"""

from __future__ import annotations

from zlib import crc32

import polars as pl

_MASK = 2**64 - 1
_STEP, _FIRST, _SECOND = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB


class Draws:
    """The draws of one seed, and of one date if ``moment`` is its ordinal."""

    def __init__(self, seed: int, moment: int = 0) -> None:
        self._salt = number_from(seed, moment)

    def bits(self, word: str, ids: pl.Expr) -> pl.Expr:
        """Return 64 random bits per row (UInt64) for ``word``, by the rows' ``ids``."""
        start = number_from(self._salt, crc32(word.encode()))
        # Series, because an expression that uses its input twice is computed twice, and so on at each step.
        mixed: pl.Expr = ids.map_batches(lambda values: _mixed(values, start), return_dtype=pl.UInt64)
        return mixed

    def share(self, word: str, ids: pl.Expr) -> pl.Expr:
        """Return a number in [0, 1) per row (Float64)."""
        return (self.bits(word, ids) // 2**11).cast(pl.Float64) / 2.0**53

    def happens(self, word: str, ids: pl.Expr, chance: float | pl.Expr) -> pl.Expr:
        """Return a boolean per row, true with probability ``chance``."""
        return self.share(word, ids) < chance

    def below(self, word: str, ids: pl.Expr, bound: int | pl.Expr) -> pl.Expr:
        """Return a whole number from 0 to ``bound`` - 1 per row (Int32)."""
        return (self.share(word, ids) * bound).floor().cast(pl.Int32)


def part(bits: pl.Expr, at: int, bound: int) -> pl.Expr:
    """Return a whole number below ``bound`` (at most 4,096) from 64 random bits.

    Parts whose ``at`` are 12 bits apart are independent.
    """
    return (bits // (1 << at) % bound).cast(pl.Int32)


def number_from(*parts: int) -> int:
    """Return 64 bits that depend on all of ``parts`` and their order."""
    mixed = 0
    for part in parts:
        mixed = (mixed ^ part) + _STEP & _MASK
        mixed = (mixed ^ (mixed >> 30)) * _FIRST & _MASK
        mixed = (mixed ^ (mixed >> 27)) * _SECOND & _MASK
        mixed ^= mixed >> 31
    return mixed


def _mixed(ids: pl.Series, start: int) -> pl.Series:
    mixed = ids.cast(pl.UInt64) * _STEP + start
    mixed = (mixed ^ (mixed // 2**30)) * _FIRST
    mixed = (mixed ^ (mixed // 2**27)) * _SECOND
    return mixed ^ (mixed // 2**31)
