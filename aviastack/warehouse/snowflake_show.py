"""What Snowflake's SHOW and DESCRIBE return about tables: metadata, which no warehouse has to run for.

SHOW returns at most 10,000 rows, ordered by name: tables that crashed loads left behind come last. Columns are read by
name, because Snowflake adds some from time to time.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

Shown = Mapping[str, Any]
"""A row of SHOW or DESCRIBE: Snowflake's name of the column -> value."""

INVISIBLE = (2003, 2043)
"""Snowflake's numbers for an object that does not exist or that the role may not see; it does not say which."""

_LONGEST_TEXT = 16_777_216  # the length of VARCHAR without one


def shapes_of(columns: Iterable[Shown]) -> dict[str, dict[str, str]]:
    """Return table -> column -> type, from the rows of SHOW COLUMNS."""
    shapes: dict[str, dict[str, str]] = {}
    for row in columns:
        shapes.setdefault(row["table_name"], {})[row["column_name"]] = type_of(row["data_type"])
    return shapes


def type_of(data_type: str) -> str:
    """Return a type of SHOW COLUMNS, which is JSON, in words; with its limits if it is a number or a shorter text."""
    declared = json.loads(data_type)
    if declared["type"] == "FIXED":
        return f"NUMBER({declared['precision']}, {declared['scale']})"
    if declared["type"] == "TEXT":
        length = declared.get("length", _LONGEST_TEXT)
        return "TEXT" if length >= _LONGEST_TEXT else f"VARCHAR({length})"
    return "FLOAT" if declared["type"] == "REAL" else str(declared["type"])


def described_columns(columns: Iterable[Shown]) -> list[dict[str, Any]]:
    """Return the rows of SHOW COLUMNS as ``aviastack schema`` lists them."""
    return [
        {
            "schema": row["schema_name"],
            "table": row["table_name"],
            "column": row["column_name"],
            "type": type_of(row["data_type"]),
            "comment": row["comment"] or None,
        }
        for row in columns
    ]


def described_tables(objects: Iterable[Shown], columns: Iterable[Shown]) -> list[dict[str, Any]]:
    """Return the rows of SHOW OBJECTS as ``aviastack schema`` lists them, with the number of columns."""
    counts = Counter((row["schema_name"], row["table_name"]) for row in columns)
    return [
        {
            "schema": row["schema_name"],
            "table": row["name"],
            "columns": counts[row["schema_name"], row["name"]],
            "comment": row["comment"] or None,
        }
        for row in objects
    ]
