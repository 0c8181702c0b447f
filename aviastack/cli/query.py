"""``query`` and ``schema``: read the warehouse."""

from __future__ import annotations

import csv
import sys
from decimal import Decimal
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from aviastack.cli import options
from aviastack.cli.options import Json
from aviastack.errors import BadRequest, suggestion

if TYPE_CHECKING:
    import pyarrow as pa

    from aviastack.settings import Settings


@options.takes_settings("warehouse")
def query(
    sql: Annotated[str, typer.Argument(metavar="SQL", help="One statement that reads; - takes it from stdin.")],
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
    parquet: Annotated[Path | None, typer.Option("--parquet", metavar="FILE", help="Write a Parquet file.")] = None,
    as_json: Json = False,
    *,
    settings: Settings,
) -> None:
    """Run a read-only query in the warehouse, DuckDB or Snowflake, and print the rows as a table.

    Loaded rows are in the schema aviationstack, the marts in the schema marts; aviastack schema lists both.
    """
    from aviastack.cli.output import print_json, print_note, size
    from aviastack.cli.query_rows import print_rows
    from aviastack.errors import counted
    from aviastack.warehouse.query import query as run_query

    if as_csv + as_json + (parquet is not None) > 1:
        raise BadRequest("--csv, --json and --parquet exclude each other.", remedy="Choose one.")
    if parquet is not None:
        options.check_writable(parquet, "--parquet")
    found = _with_unique_names(run_query(settings, sys.stdin.read() if sql == "-" else sql))
    if as_json:
        print_json({"columns": found.column_names, "rows": _rows(found)})
    elif parquet is not None:
        _write(found, parquet)
        print_note(f"{counted(found.num_rows, 'row')} written to {parquet} ({size(parquet.stat().st_size)})", style="")
    elif as_csv:
        _print_csv(found)
    else:
        print_rows(found)


@options.takes_settings("warehouse")
def schema(
    table: Annotated[
        str | None, typer.Argument(metavar="TABLE", help="A table, such as flights or marts.fct_flights.")
    ] = None,
    as_json: Json = False,
    *,
    settings: Settings,
) -> None:
    """List the warehouse's tables, or the columns of one table with their types and meaning."""
    from aviastack.cli.output import print_json
    from aviastack.cli.query_rows import print_rows
    from aviastack.warehouse.query import columns, tables

    found = tables(settings) if table is None else _of_table(columns(settings), table)
    if as_json:
        print_json({"tables" if table is None else "columns": _rows(found)})
    else:
        print_rows(found)


def _of_table(columns: pa.Table, wanted: str) -> pa.Table:
    """Return the columns of the table with that name, with or without its schema."""
    names = [
        (f"{schema}.{table}".lower(), table.lower())
        for schema, table in zip(columns["schema"].to_pylist(), columns["table"].to_pylist(), strict=True)
    ]
    found = [place for place, name in enumerate(names) if wanted.lower() in name]
    if not found:
        known = list(dict.fromkeys(name for pair in names for name in pair))
        close = suggestion(wanted.lower(), known)
        raise BadRequest(f"Unknown table '{wanted}'.", remedy=f"{close} aviastack schema lists all.".lstrip())
    return columns.take(found)


def _with_unique_names(found: pa.Table) -> pa.Table:
    """Return the table with ``a``, ``a_2`` for two columns ``a``, as a row of JSON and Parquet need them."""
    names: list[str] = []
    for name in found.column_names:
        number, unique = 2, name
        while unique in names:
            number, unique = number + 1, f"{name}_{number}"
        names.append(unique)
    return found.rename_columns(names)


def _rows(found: pa.Table) -> list[dict[str, Any]]:
    return [{name: _json_value(value) for name, value in row.items()} for row in found.to_pylist()]


def _json_value(value: object) -> object:
    """Return a number that JSON has: null for what is not finite, and no text for a decimal."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return None if isinstance(value, float) and not isfinite(value) else value


def _write(found: pa.Table, path: Path) -> None:
    import pyarrow.parquet as pq

    pq.write_table(found, path)


def _print_csv(found: pa.Table) -> None:
    from aviastack.cli.query_rows import cell

    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(found.column_names)
    for batch in found.to_batches():
        columns = [column.to_pylist() for column in batch.columns]
        writer.writerows([cell(value) for value in row] for row in zip(*columns, strict=True))
