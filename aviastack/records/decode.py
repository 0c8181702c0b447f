"""Pages to a batch: typed rows, what was refused, and what there is to say about both. CPU only, and thread-safe."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

import numpy as np
import pyarrow as pa

from aviastack.page import Page
from aviastack.records.boards import board_of
from aviastack.records.keys import Hashes, hashes_of_rows
from aviastack.records.parse_arrow import parse_with_arrow
from aviastack.records.parse_rows import parse_row_by_row
from aviastack.records.parsed import ParsedColumns
from aviastack.records.quarantine import QuarantinedRecord
from aviastack.records.schema import TEXT, UTC, arrow_schema
from aviastack.records.typed import TypedColumns, typed_columns
from aviastack.slices import Slice

BLOCK = 16 * 2**20  # bytes of JSON; a few milliseconds a block are spent whatever its size


@dataclass(slots=True)
class Batch:
    """Pages made rows.

    ``table`` has exactly the columns of :func:`arrow_schema`. ``warnings`` counts rows by what is odd about them,
    ``unmapped`` by fields that the declaration doesn't know. ``hashes`` has, page by page, a 64-bit hash of each
    record's key in the order of the records; equal keys have equal hashes, in every process. A refused record has that
    of its JSON text, so that it never takes a row's place.
    """

    table: pa.Table
    quarantined: list[QuarantinedRecord] = field(default_factory=list)
    warnings: Counter[str] = field(default_factory=Counter)
    unmapped: Counter[str] = field(default_factory=Counter)
    hashes: list[Hashes] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ParsedPages:
    """Some pages, and their columns as sent; None where a page is not wholly what the declaration says."""

    pages: Sequence[Page]
    sent: ParsedColumns | None


def decode(
    slice_: Slice, run_id: str, pages: Sequence[Page], *, drop: Mapping[int, Sequence[int]] | None = None
) -> Batch:
    """Return the pages' records as a batch: each is a row or a quarantined, except those that ``drop`` names.

    ``drop`` maps a page's number to positions of records on it. Beside the result it holds the columns of at most
    ``BLOCK`` bytes of JSON at a time (or of one page).
    """
    return to_batch(slice_, run_id, parse_pages(slice_, pages), drop=drop)


def parse_pages(slice_: Slice, pages: Sequence[Page]) -> Iterator[ParsedPages]:
    """Yield the pages read, ``BLOCK`` bytes at a time: the first and larger half of :func:`decode`.

    Nearly all of it is Arrow's JSON reader, which needs no interpreter, so that it is well off in a thread of its own.
    """
    for block in _blocks(pages):
        yield ParsedPages(block, parse_with_arrow(slice_.endpoint, [page.body for page in block]))


def to_batch(
    slice_: Slice, run_id: str, readings: Iterable[ParsedPages], *, drop: Mapping[int, Sequence[int]] | None = None
) -> Batch:
    """Return what was read as a batch: the second half of :func:`decode`."""
    batch = Batch(table=arrow_schema(slice_.endpoint).empty_table())
    tables = []
    for reading in readings:
        for part in _parts(slice_, reading):
            tables.append(_table(slice_, run_id, part, drop or {}))
            batch.quarantined.extend(_rejects(part, drop or {}))
            batch.warnings += part.rows.warnings
            batch.unmapped += part.sent.unmapped
            hashed = hashes_of_rows(
                part.rows.columns[slice_.endpoint.key.column], part.sent.raw_records, part.rows.reasons
            )
            batch.hashes.extend(np.split(hashed, np.cumsum(part.sent.counts)[:-1]))
    if tables:
        batch.table = pa.concat_tables(tables)
    return batch


@dataclass(frozen=True, slots=True)
class _Part:
    """Pages that were read in one way, and their rows."""

    pages: Sequence[Page]
    sent: ParsedColumns
    rows: TypedColumns

    def placed(self) -> Iterator[tuple[Page, int]]:
        """Yield each page and the row that its first record is."""
        yield from zip(self.pages, np.cumsum([0, *self.sent.counts]).tolist(), strict=False)


def _blocks(pages: Sequence[Page]) -> Iterator[Sequence[Page]]:
    block: list[Page] = []
    size = 0
    for page in pages:
        if block and size + len(page.body) > BLOCK:
            yield block
            block, size = [], 0
        block.append(page)
        size += len(page.body)
    if block:
        yield block


def _parts(slice_: Slice, reading: ParsedPages) -> Iterator[_Part]:
    """Yield the rows of what was read in bulk; where that does not do, pages that are to blame go record by record."""
    pages = reading.pages
    part = _in_bulk(slice_, pages, reading.sent)
    if part is not None:
        yield part
    elif len(pages) == 1:
        yield _singly(slice_, pages)
    else:
        for odd, some in groupby(pages, lambda page: parse_with_arrow(slice_.endpoint, [page.body]) is None):
            run = list(some)
            sent = None if odd else parse_with_arrow(slice_.endpoint, [page.body for page in run])
            yield _in_bulk(slice_, run, sent) or _singly(slice_, run)


def _in_bulk(slice_: Slice, pages: Sequence[Page], sent: ParsedColumns | None) -> _Part | None:
    rows = typed_columns(slice_.endpoint, sent, board_of(slice_)) if sent is not None else None
    return _Part(pages, sent, rows) if sent is not None and rows is not None and not rows.reasons else None


def _singly(slice_: Slice, pages: Sequence[Page]) -> _Part:
    sent = parse_row_by_row(slice_.endpoint, [page.body for page in pages])
    return _Part(pages, sent, typed_columns(slice_.endpoint, sent, board_of(slice_)))


def _table(slice_: Slice, run_id: str, part: _Part, drop: Mapping[int, Sequence[int]]) -> pa.Table:
    """Return the part's rows but for the refused and the dropped ones, with what the extraction adds."""
    count = part.sent.rows
    stamps = zip(part.pages, part.sent.counts, strict=True)
    columns = part.rows.columns | {
        "_extracted_at": pa.concat_arrays([pa.repeat(pa.scalar(page.arrived, UTC), rows) for page, rows in stamps]),
        "_run_id": pa.repeat(pa.scalar(run_id, TEXT), count),
        "_slice": pa.repeat(pa.scalar(slice_.name, TEXT), count),
        "_unmapped": _unmapped(part.sent),
    }
    schema = arrow_schema(slice_.endpoint)
    table = pa.table([columns[name] for name in schema.names], schema=schema)
    out = {first + position for page, first in part.placed() for position in drop.get(page.number, ())}
    out |= part.rows.reasons.keys()
    return table.take(pa.array([row for row in range(count) if row not in out], pa.int64())) if out else table


def _unmapped(sent: ParsedColumns) -> pa.Array:
    if not sent.extras:
        return pa.nulls(sent.rows, TEXT)
    return pa.array([sent.extras.get(row) for row in range(sent.rows)], TEXT)


def _rejects(part: _Part, drop: Mapping[int, Sequence[int]]) -> Iterator[QuarantinedRecord]:
    """Yield the refused records. Only pages that were read record by record have any."""
    for (page, first), count in zip(part.placed(), part.sent.counts, strict=True):
        for position, raw in enumerate(part.sent.raw_records[first : first + count] if part.sent.raw_records else ()):
            reasons = part.rows.reasons.get(first + position)
            if reasons and position not in drop.get(page.number, ()):
                yield QuarantinedRecord(page.offset, position, tuple(reasons), raw, page.arrived)
