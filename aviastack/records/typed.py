"""From values as sent to the columns of a table: every field by its kind, clocks in both times, dates, keys."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc

from aviastack.endpoints import Endpoint, Field, Kind
from aviastack.records.boards import Board, place
from aviastack.records.keys import leg_key, row_key, why_unnamed
from aviastack.records.parsed import ParsedColumns
from aviastack.records.schema import LOCAL, UTC, type_of
from aviastack.records.timezones import in_calendar, in_utc, zones_of
from aviastack.records.values import PARSERS, by_distinct, clock, offset, parsed, tidy

ENDS = ("departure", "arrival")
ODD_OFFSET = "clock with an offset other than +00:00"


@dataclass(slots=True)
class TypedColumns:
    """The columns of the contract but for those that the extraction adds, and what there is to say about some rows.

    ``reasons`` names the rows that can't be typed or keyed, and why.
    """

    columns: dict[str, pa.Array] = field(default_factory=dict)
    reasons: defaultdict[int, list[str]] = field(default_factory=lambda: defaultdict(list))
    warnings: Counter[str] = field(default_factory=Counter)


def typed_columns(endpoint: Endpoint, sent: ParsedColumns, board: Board | None) -> TypedColumns:
    """Return the rows of ``sent``; ``board`` dates the clocks that were sent without a date."""
    rows = as_types(endpoint, sent, board)
    if board is not None:
        for end in ENDS:
            _add_utc(endpoint, rows, end, Counter())
        place(board, rows.columns, sent.columns)
    for end in ENDS:
        _add_utc(endpoint, rows, end, rows.warnings)
    _name(endpoint, rows, board)
    return rows


def as_types(endpoint: Endpoint, sent: ParsedColumns, board: Board | None = None) -> TypedColumns:
    """Return the fields that ``sent`` has as columns of their own types, clocks as local times."""
    rows = TypedColumns(warnings=sent.warnings.copy())
    for row, reasons in sent.reasons.items():
        rows.reasons[row].extend(reasons)
    for each in endpoint.fields:
        if each.column in sent.columns:
            _type(each, sent.columns[each.column], board, rows)
    return rows


def key_of(endpoint: Endpoint, rows: TypedColumns, board: Board | None = None) -> pa.Array:
    """Return each row's key, after adding the flight's date where no field says it."""
    if endpoint.flight_date_from is not None:
        dates = rows.columns[endpoint.flight_date_from].cast(pa.date32())
        if board is not None and board.own == "departure":
            dates = dates.fill_null(pa.scalar(board.day))
        rows.columns["flight_date"] = dates
    return row_key(endpoint, rows.columns)


def _name(endpoint: Endpoint, rows: TypedColumns, board: Board | None) -> None:
    keys = key_of(endpoint, rows, board)
    rows.columns[endpoint.key.column] = keys
    if endpoint.leg_key is not None:
        rows.columns[endpoint.leg_key.column] = leg_key(endpoint.leg_key, rows.columns, keys)
    for row in pc.indices_nonzero(keys.is_null()).to_pylist() if keys.null_count else ():
        if row not in rows.reasons:
            rows.reasons[row].append(why_unnamed(endpoint, rows.columns, row))


def _type(field: Field, column: pa.Array, board: Board | None, rows: TypedColumns) -> None:
    if field.kind is Kind.CLOCK:
        rows.columns[f"{field.column}_local"] = _local(field, column, board, rows)
    elif field.kind in (Kind.TEXT, Kind.CODE):
        rows.columns[field.column] = tidy(field, column)
    elif column.type == type_of(field):
        rows.columns[field.column] = column
    else:
        rows.columns[field.column], complaints = parsed(column, PARSERS[field.kind], type_of(field))
        _complain(field, complaints, rows)


def _local(field: Field, column: pa.Array, board: Board | None, rows: TypedColumns) -> pa.Array:
    if not pa.types.is_string(column.type):
        return column.view(LOCAL)
    if (stamped := _stamped(column)) is not None:
        return stamped.view(LOCAL)
    local, complaints = parsed(column, partial(clock, day=board.day if board else None), LOCAL)
    _complain(field, complaints, rows)
    if odd := pc.sum(by_distinct(column, lambda text: bool(offset(text)), pa.bool_())).as_py():
        rows.warnings[ODD_OFFSET] += odd
    return local


def _stamped(column: pa.Array) -> pa.Array | None:
    """Return clocks that all bear ``+00:00``, as Arrow reads them; None where one does not, or is no time."""
    if not pc.all(pc.ends_with(column, "+00:00")).as_py():
        return None
    try:
        times = column.cast(UTC)
    except pa.ArrowInvalid:
        return None
    return times if in_calendar(times) else None


def _complain(field: Field, complaints: dict[int, str], rows: TypedColumns) -> None:
    for row, complaint in complaints.items():
        rows.reasons[row].append(f"{field.path}: {complaint}")


def _add_utc(endpoint: Endpoint, rows: TypedColumns, end: str, warnings: Counter[str]) -> None:
    clocks = [each.column for each in endpoint.fields if each.kind is Kind.CLOCK and each.zone == end]
    if clocks:
        local = {column: rows.columns[f"{column}_local"] for column in clocks}
        moved = in_utc(local, zones_of(rows.columns, end), warnings)
        rows.columns |= {f"{column}_utc": values for column, values in moved.items()}
