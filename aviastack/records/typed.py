"""From values as sent to the columns of a table: every field by its kind, clocks as local time and UTC, dates, keys."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc

from aviastack.endpoints import Endpoint, Field, Kind
from aviastack.records.airport_zones import ENDS, Zones, zones_of
from aviastack.records.boards import Board, place
from aviastack.records.distinct import by_distinct
from aviastack.records.folds import resolve_folds
from aviastack.records.keys import leg_key, missing_key_parts, row_key
from aviastack.records.parsed import ParsedColumns
from aviastack.records.schema import LOCAL, UTC, type_of
from aviastack.records.utc import days_of, in_calendar, in_utc
from aviastack.records.values import PARSERS, clock, convert, offset, tidy

ODD_OFFSET = "clock with an offset other than +00:00"


@dataclass(slots=True)
class TypedColumns:
    """The columns of the contract except those that the extraction adds.

    ``reasons`` maps each row that can't be typed or keyed to why; ``warnings`` counts rows by what is odd about them.
    """

    columns: dict[str, pa.Array] = field(default_factory=dict)
    reasons: defaultdict[int, list[str]] = field(default_factory=lambda: defaultdict(list))
    warnings: Counter[str] = field(default_factory=Counter)


def typed_columns(
    endpoint: Endpoint, sent: ParsedColumns, board: Board | None, elsewhere: Mapping[str, str] | None = None
) -> TypedColumns:
    """Return the rows of ``sent``.

    ``board`` dates the clocks that were sent without a date. ``elsewhere`` maps airports to the zone that the records
    read together with these have for them; without it, these are all.
    """
    rows = as_types(endpoint, sent, board)
    if board is not None:
        _add_utc(endpoint, rows.columns, Counter(), elsewhere)
        place(board, rows.columns, sent.columns)
    _add_utc(endpoint, rows.columns, rows.warnings, elsewhere)
    _add_keys(endpoint, rows, board)
    return rows


def as_types(endpoint: Endpoint, sent: ParsedColumns, board: Board | None = None) -> TypedColumns:
    """Return the fields in ``sent`` as columns of their own types, clocks as local times."""
    rows = TypedColumns(warnings=sent.warnings.copy())
    for row, reasons in sent.reasons.items():
        rows.reasons[row].extend(reasons)
    for each in endpoint.fields:
        if each.column in sent.columns:
            _type(each, sent, board, rows)
    return rows


def key_of(endpoint: Endpoint, rows: TypedColumns, board: Board | None = None) -> pa.Array:
    """Return each row's key, after adding the flight's date if no field has it."""
    if endpoint.flight_date_from is not None:
        dates = rows.columns[endpoint.flight_date_from].cast(pa.date32())
        if board is not None and board.own == "departure":
            dates = dates.fill_null(pa.scalar(board.day))
        rows.columns["flight_date"] = dates
    return row_key(endpoint, rows.columns)


def _add_keys(endpoint: Endpoint, rows: TypedColumns, board: Board | None) -> None:
    keys = key_of(endpoint, rows, board)
    rows.columns[endpoint.key.column] = keys
    if endpoint.leg_key is not None:
        rows.columns[endpoint.leg_key.column] = leg_key(endpoint.leg_key, rows.columns, keys)
    for row in pc.indices_nonzero(keys.is_null()).to_pylist() if keys.null_count else ():
        if row not in rows.reasons:
            rows.reasons[row].append(missing_key_parts(endpoint, rows.columns, row))


def _type(field: Field, sent: ParsedColumns, board: Board | None, rows: TypedColumns) -> None:
    column = sent.columns[field.column]
    if field.kind is Kind.CLOCK:
        rows.columns[f"{field.column}_local"] = _local(field, column, board, rows)
    elif field.kind in (Kind.TEXT, Kind.CODE):
        rows.columns[field.column] = tidy(field, column, is_trimmed=field.column in sent.trimmed)
    elif column.type == type_of(field):
        rows.columns[field.column] = column
    else:
        rows.columns[field.column], complaints = convert(column, PARSERS[field.kind], type_of(field))
        _complain(field, complaints, rows)


def _local(field: Field, column: pa.Array, board: Board | None, rows: TypedColumns) -> pa.Array:
    if not pa.types.is_string(column.type):
        return column.view(LOCAL)
    if (stamped := _stamped(column)) is not None:
        return stamped.view(LOCAL)
    local, complaints = convert(column, partial(clock, day=board.day if board else None), LOCAL)
    _complain(field, complaints, rows)
    if odd := pc.sum(by_distinct(column, lambda text: bool(offset(text)), pa.bool_())).as_py():
        rows.warnings[ODD_OFFSET] += odd
    return local


def _stamped(column: pa.Array) -> pa.Array | None:
    """Return clocks that all have ``+00:00``, as Arrow reads them; None if one does not, or is not a time."""
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


def _add_utc(
    endpoint: Endpoint, columns: dict[str, pa.Array], warnings: Counter[str], elsewhere: Mapping[str, str] | None
) -> None:
    clocks: dict[str, dict[str, pa.Array]] = {end: {} for end in ENDS}
    for each in endpoint.fields:
        if each.kind is Kind.CLOCK:
            clocks[each.zone][each.column] = columns[f"{each.column}_local"]
    everything = [local for locals_ in clocks.values() for local in locals_.values()]
    if everything:
        zones = zones_of(columns, days_of(everything), warnings, elsewhere)
        for end in ENDS:
            _convert_end(columns, end, clocks[end], zones[end], warnings)


def _convert_end(
    columns: dict[str, pa.Array], end: str, clocks: dict[str, pa.Array], zones: Zones, warnings: Counter[str]
) -> None:
    """Add the UTC of one end's clocks. An estimate that repeats the schedule is by the schedule's zone."""
    scheduled, estimated = f"{end}_scheduled", f"{end}_estimated"
    groups = [(clocks, zones.scheduled)]
    if zones.measured is not zones.scheduled:
        measured = {name: local for name, local in clocks.items() if name != scheduled}
        groups = [({scheduled: clocks[scheduled]}, zones.scheduled), (measured, zones.measured)]
    for some, zone in groups:
        converted = in_utc(some, zone, warnings)
        columns |= {f"{name}_utc": values for name, values in converted.columns.items()}
        resolve_folds(columns, end, converted.repeated)
    if len(groups) > 1 and estimated in clocks:
        copied = pc.fill_null(pc.equal(clocks[estimated], clocks[scheduled]), fill_value=False)
        columns[f"{estimated}_utc"] = pc.if_else(copied, columns[f"{scheduled}_utc"], columns[f"{estimated}_utc"])
