r"""JSON text made in columns: an object's shape becomes one expression that concatenates its parts.

The API escapes ``/`` as ``\/`` and so, it is inferred, letters outside ASCII as ``\uXXXX``: PHP's habit.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Union

import polars as pl

Shape = Mapping[str, Union[pl.Expr, "Shape"]]
NULL = pl.lit("null")
MEMBERS = "*"  # what a name begins with whose expression gives several members, names and all


def encoded(value: Any) -> str:
    """Return ``value`` as JSON text, escaped as the API does."""
    return json.dumps(value, separators=(",", ":")).replace("/", "\\/")


def members(value: dict[str, Any]) -> str:
    """Return an object's JSON text without its braces."""
    return encoded(value)[1:-1]


class Table:
    """JSON texts that rows look up by position; a null position finds ``missing``."""

    def __init__(self, texts: Iterable[str], missing: str = "null") -> None:
        self._texts = pl.Series([*texts, missing])

    def __len__(self) -> int:
        return len(self._texts) - 1

    def of(self, positions: pl.Expr) -> pl.Expr:
        """Return the text of each position."""
        return pl.lit(self._texts).gather(positions.cast(pl.Int32).fill_null(len(self)))


def number(value: pl.Expr) -> pl.Expr:
    """Return a number as JSON, ``null`` for null."""
    return value.cast(pl.String).fill_null("null")


def object_text(shape: Shape) -> pl.Expr:
    """Return the JSON text of ``shape``: names to JSON text (never null) or to a nested shape."""
    parts: list[pl.Expr] = []
    literal = ""

    def add(inner: Shape) -> None:
        nonlocal literal
        for position, (name, value) in enumerate(inner.items()):
            literal += "," if position else "{"
            literal += "" if name.startswith(MEMBERS) else f'"{name}":'
            if isinstance(value, pl.Expr):
                parts.extend((pl.lit(literal), value))
                literal = ""
            else:
                add(value)
        literal += "}"

    add(shape)
    return pl.concat_str([*parts, pl.lit(literal)])
