r"""JSON text made in columns: an object's shape becomes one expression that concatenates its parts.

The API escapes ``/`` as ``\/`` and so, it is inferred, letters outside ASCII as ``\uXXXX``: PHP's habit.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Union

import polars as pl

Shape = Mapping[str, Union[pl.Expr, "Shape"]]
NULL = pl.lit("null")
MEMBERS = ""  # the name under which an expression gives several members, names and all


def encoded(value: Any) -> str:
    """Return ``value`` as JSON text, escaped as the API does."""
    return json.dumps(value, separators=(",", ":")).replace("/", "\\/")


def members(value: dict[str, Any]) -> str:
    """Return an object's JSON text without its braces."""
    return encoded(value)[1:-1]


def quoted(text: pl.Expr) -> pl.Expr:
    """Return plain text (no escapes needed) in quotes, ``null`` for null."""
    return pl.concat_str([pl.lit('"'), text, pl.lit('"')]).fill_null("null")


def number(value: pl.Expr) -> pl.Expr:
    """Return a number as JSON, ``null`` for null."""
    return value.cast(pl.String).fill_null("null")


def object_text(shape: Shape) -> pl.Expr:
    """Return the JSON text of ``shape``: names to JSON text (never null) or to a shape of its own."""
    parts: list[pl.Expr] = []
    literal = ""

    def add(inner: Shape) -> None:
        nonlocal literal
        for position, (name, value) in enumerate(inner.items()):
            literal += ("{" if position == 0 else ",") + f'"{name}":'
            if isinstance(value, pl.Expr):
                parts.extend((pl.lit(literal.removesuffix(f'"{MEMBERS}":') if name == MEMBERS else literal), value))
                literal = ""
            else:
                add(value)
        literal += "}"

    add(shape)
    return pl.concat_str([*parts, pl.lit(literal)])
