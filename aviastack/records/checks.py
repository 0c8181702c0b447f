"""Whole batches checked: against the contract, and for plausibility.

A row that breaks the contract is quarantined; a row that breaks a rule of plausibility is kept and counted. The
contract is a pandera model: columns, their types, and no nulls in the required ones. Arrow knows all three of a table,
so pandera is imported, and asked for its report, only if one of them is wrong.
"""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass, field

import msgspec
import pyarrow as pa

from aviastack.columns import required_columns
from aviastack.endpoints import FLIGHTS
from aviastack.errors import BadRequest
from aviastack.records.applied_filters import outside
from aviastack.records.plausibility import implausible
from aviastack.records.quarantine import QuarantinedRecord
from aviastack.records.schema import arrow_schema
from aviastack.slices import Slice

NO_ROWS = b'{"pagination":{"limit":1,"offset":0,"count":0,"total":0},"data":[]}'


@dataclass(slots=True)
class Checked:
    """The rows that keep the contract, the others with pandera's reasons, and counts of rows by broken rule."""

    table: pa.Table
    quarantined: list[QuarantinedRecord] = field(default_factory=list)
    warnings: Counter[str] = field(default_factory=Counter)


def prepare() -> None:
    """Read what parsing needs. Call it before an event loop has a pace to keep.

    Arrow's reader does a part of its set-up only when there is something to read. Raises what :func:`check` raises
    in a forked process.
    """
    _refuse_after_fork()
    from aviastack.records.airport_zones import airports, corrections
    from aviastack.records.parse_whole import parse_whole

    airports()
    corrections()
    parse_whole(FLIGHTS, [NO_ROWS])


def check(slice_: Slice, table: pa.Table) -> Checked:
    """Return the checked rows.

    Raises :class:`BadRequest` in a process that was forked after its parent had checked rows, and TypeError if the
    table's columns are not those of :func:`arrow_schema`.
    """
    _refuse_after_fork()
    if not table.schema.equals(arrow_schema(slice_.endpoint)):
        raise TypeError(
            f"A table of {slice_.endpoint.name} must have the columns of arrow_schema, but has {table.schema}."
        )
    checked = Checked(table=table, warnings=implausible(slice_.endpoint, table) + outside(slice_, table))
    required = table.select(list(required_columns(slice_.endpoint)))
    if any(column.null_count for column in required.columns):
        reasons = _violations(slice_, required)
        checked.quarantined = [_quarantined(table.slice(row, 1), words) for row, words in sorted(reasons.items())]
        checked.table = table.take([row for row in range(len(table)) if row not in reasons])
    return checked


def _violations(slice_: Slice, required: pa.Table) -> dict[int, list[str]]:
    """Return row -> pandera's reasons."""
    import polars as pl

    from aviastack.records.pandera_models import violations

    return violations(slice_.endpoint, pl.DataFrame(pl.from_arrow(required)))


def _refuse_after_fork() -> None:
    """Refuse to wait for polars' threads, which a forked process does not have: it would hang forever."""
    if not _checking_in:
        _checking_in.append(os.getpid())
    if _checking_in != [os.getpid()]:
        raise BadRequest(
            "This process was forked after its parent had used aviastack, and polars would hang in it.",
            remedy="Start processes with multiprocessing's 'spawn' or 'forkserver', or fork before the first use.",
        )


_checking_in: list[int] = []
"""The process that checked rows first; a forked one inherits it."""


def _quarantined(row: pa.Table, reasons: list[str]) -> QuarantinedRecord:
    (record,) = row.to_pylist()
    return QuarantinedRecord(None, None, tuple(reasons), msgspec.json.encode(record), record["_extracted_at"])
