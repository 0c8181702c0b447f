"""Texts made tidy, whole columns at once: trimmed, blank is null, codes in upper case."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from aviastack.endpoints import Field, Kind

NAMELESS = "empty"  # what the API calls an airline that it has no name for


def tidy(field: Field, column: pa.Array) -> pa.Array:
    """Return the column trimmed, with blank as null, a CODE in upper case, and an airline named ``empty`` as null."""
    if column.null_count == len(column):
        return column
    column = pc.utf8_trim_whitespace(column)
    if field.kind is Kind.CODE and _may_have_lower_case(column):
        column = pc.utf8_upper(column)
    if pc.min(pc.binary_length(column)).as_py() == 0:
        column = without(column, "")
    if field.column.endswith("airline_name") and pc.any(pc.equal(column, NAMELESS)).as_py():
        column = without(column, NAMELESS)
    return column


def _may_have_lower_case(column: pa.Array) -> bool:
    """Whether any byte comes after ``Z``; a look at the bytes is far cheaper than a column made anew."""
    return bool(np.frombuffer(column.buffers()[2], np.uint8).max(initial=0) > ord("Z"))


def without(column: pa.Array, text: str) -> pa.Array:
    """Return the column with ``text`` made null."""
    return pc.if_else(pc.equal(column, text), pa.scalar(None, column.type), column)
