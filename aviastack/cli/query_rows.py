"""The rows of a query for a reader: a table or, if its columns do not fit the terminal, a line per value."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from aviastack.cli.output import console, line, print_note, print_table, table
from aviastack.errors import counted

if TYPE_CHECKING:
    import pyarrow as pa

ROWS = 1_000  # of a table on a terminal
ROWS_DOWN = 10  # of those that have a line per value
GAP = 2  # between two columns
NARROW = 16  # columns of a terminal to which text may be wrapped


def print_rows(found: pa.Table) -> None:
    """Print the rows; all of them if the output is not a terminal."""
    out = console()
    numbers = {field.name for field in found.schema if _is_number(field.type)}
    rows = [[cell(value) for value in row.values()] for row in found.slice(0, ROWS).to_pylist()]
    if out.is_terminal and not _fits(found.column_names, rows, numbers, out.width):
        _print_down(found.column_names, rows[:ROWS_DOWN])
        _print_rest(min(ROWS_DOWN, len(rows)), found.num_rows)
        return
    shown = table(*found.column_names, right=numbers)
    if not out.is_terminal:
        rows += [[cell(value) for value in row.values()] for row in found.slice(ROWS).to_pylist()]
    for row in rows:
        shown.add_row(*map(line, row))
    print_table(shown)
    _print_rest(len(rows), found.num_rows)


def cell(value: object) -> str:
    """Return a value as text: nothing for null, ISO 8601 for dates and times."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _fits(names: Sequence[str], rows: Sequence[Sequence[str]], numbers: Iterable[str], width: int) -> bool:
    """Whether a table is readable: numbers are never wrapped, text not below a width that holds a word."""
    needed = -GAP
    for place, name in enumerate(names):
        widest = max([len(name), *(len(row[place]) for row in rows)])
        needed += GAP + (widest if name in numbers else min(widest, NARROW))
    return needed <= width


def _print_down(names: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    for number, row in enumerate(rows, 1):
        shown = table(f"row {number:,}", "")
        for name, value in zip(names, row, strict=True):
            shown.add_row(line((name, "dim")), line(value))
        print_table(shown)


def _print_rest(shown: int, rows: int) -> None:
    if shown < rows:
        print_note(f"{shown:,} of {counted(rows, 'row')}; --csv or --parquet FILE has them all.")


def _is_number(kind: Any) -> bool:
    from pyarrow import types

    return bool(types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind))
