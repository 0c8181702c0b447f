"""Pages to a batch: typed rows, quarantined records, and counts of what is odd about both. CPU only, thread-safe."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

import numpy as np
import pyarrow as pa

from aviastack.page import Page
from aviastack.records.airport_zones import zones_elsewhere
from aviastack.records.boards import board_of
from aviastack.records.keys import Hashes, hashes_of_rows
from aviastack.records.legs import Legs, numbered
from aviastack.records.parse_rows import parse_row_by_row
from aviastack.records.parse_whole import parse_whole
from aviastack.records.parsed import ParsedColumns
from aviastack.records.quarantine import QuarantinedRecord
from aviastack.records.schema import TEXT, UTC, arrow_schema
from aviastack.records.typed import TypedColumns, typed_columns
from aviastack.slices import Slice

BLOCK = 16 * 2**20  # bytes of JSON; each block costs a few milliseconds whatever its size


@dataclass(slots=True)
class Batch:
    """The rows of some pages.

    ``table`` has exactly the columns of :func:`arrow_schema`. ``warnings`` counts rows by what is odd about them,
    ``unmapped`` by undeclared fields. ``hashes`` has, page by page, a 64-bit hash of each record's key in the order of
    the records; equal keys have equal hashes, in every process. A quarantined record has the hash of its JSON text, so
    that it never replaces a row. ``legs`` are the rows that have taken off, ``numbers`` the second flights among them.
    """

    table: pa.Table
    quarantined: list[QuarantinedRecord] = field(default_factory=list)
    warnings: Counter[str] = field(default_factory=Counter)
    unmapped: Counter[str] = field(default_factory=Counter)
    hashes: list[Hashes] = field(default_factory=list)
    legs: Legs = field(default_factory=Legs)
    numbers: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ParsedPages:
    """Some pages and their columns as sent; None if a reader of whole pages declined one of them."""

    pages: Sequence[Page]
    sent: ParsedColumns | None


def decode(
    slice_: Slice, run_id: str, pages: Sequence[Page], *, drop: Mapping[int, Sequence[int]] | None = None
) -> Batch:
    """Return the pages' records as a batch: each is a row or quarantined, except those in ``drop``.

    ``drop`` maps a page's number to positions of records on it. Apart from the result, the columns of at most ``BLOCK``
    bytes of JSON (or of one page) are in memory at a time.
    """
    return to_batch(slice_, run_id, parse_pages(slice_, pages), drop=drop)


def parse_pages(slice_: Slice, pages: Sequence[Page]) -> Iterator[ParsedPages]:
    """Yield the parsed pages, ``BLOCK`` bytes at a time: the first and larger half of :func:`decode`.

    Both readers of whole pages release the interpreter while they read a block, so a separate thread pays.
    """
    for block in _blocks(pages):
        yield ParsedPages(block, parse_whole(slice_.endpoint, [page.body for page in block]))


def to_batch(
    slice_: Slice,
    run_id: str,
    parsed: Iterable[ParsedPages],
    *,
    drop: Mapping[int, Sequence[int]] | None = None,
    numbers: Mapping[int, int] | None = None,
) -> Batch:
    """Return the parsed pages as a batch: the second half of :func:`decode`.

    ``numbers`` are those of the whole run's second flights (see :class:`Legs`); without it, the batch's own.
    """
    batch = Batch(table=arrow_schema(slice_.endpoint).empty_table())
    tables = []
    for block in parsed:
        for part in _parts(slice_, block):
            tables.append(_table(slice_, run_id, part, drop or {}))
            batch.quarantined.extend(_quarantined(part, drop or {}))
            batch.warnings += part.rows.warnings
            batch.unmapped += part.sent.unmapped
            hashed = hashes_of_rows(
                part.rows.columns[slice_.endpoint.key.column], part.sent.raw_records, part.rows.reasons
            )
            batch.hashes.extend(np.split(hashed, np.cumsum(part.sent.counts)[:-1]))
    if tables:
        batch.table = pa.concat_tables(tables)
    batch.legs.add(batch.table)
    batch.numbers = batch.legs.numbers() if numbers is None else numbers
    batch.table = numbered(batch.table, batch.numbers)
    return batch


@dataclass(frozen=True, slots=True)
class _Part:
    """Pages that were parsed in one way, and their rows."""

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


def _parts(slice_: Slice, parsed: ParsedPages) -> Iterator[_Part]:
    """Yield the block as it was parsed whole; if that fails, the failing pages row by row and the others whole."""
    if parsed.sent is not None and not (part := _part(slice_, parsed.pages, parsed.sent)).rows.reasons:
        yield part
        return
    runs = list(_runs(slice_, parsed.pages))
    elsewhere = zones_elsewhere(sent.columns for _, sent in runs)
    for pages, sent in runs:
        part = _part(slice_, pages, sent, elsewhere)
        if part.rows.reasons and sent.raw_records is None:
            part = _part(slice_, pages, _row_by_row(slice_, pages), elsewhere)
        yield part


def _runs(slice_: Slice, pages: Sequence[Page]) -> Iterator[tuple[Sequence[Page], ParsedColumns]]:
    """Yield neighbouring pages that can be parsed in one way, and their columns."""
    for declined, some in groupby(pages, lambda page: parse_whole(slice_.endpoint, [page.body]) is None):
        run = list(some)
        sent = None if declined else parse_whole(slice_.endpoint, [page.body for page in run])
        yield run, sent or _row_by_row(slice_, run)


def _row_by_row(slice_: Slice, pages: Sequence[Page]) -> ParsedColumns:
    return parse_row_by_row(slice_.endpoint, [page.body for page in pages])


def _part(
    slice_: Slice, pages: Sequence[Page], sent: ParsedColumns, elsewhere: Mapping[str, str] | None = None
) -> _Part:
    return _Part(pages, sent, typed_columns(slice_.endpoint, sent, board_of(slice_), elsewhere))


def _table(slice_: Slice, run_id: str, part: _Part, drop: Mapping[int, Sequence[int]]) -> pa.Table:
    """Return the part's rows with what the extraction adds, without the quarantined and the dropped ones."""
    count = part.sent.rows
    page_of_row = pa.array(np.repeat(np.arange(len(part.pages)), part.sent.counts))
    columns = part.rows.columns | {
        "_extracted_at": pa.array([page.arrived for page in part.pages], UTC).take(page_of_row),
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


def _quarantined(part: _Part, drop: Mapping[int, Sequence[int]]) -> Iterator[QuarantinedRecord]:
    """Yield the quarantined records. Only pages that were parsed row by row have any."""
    for (page, first), count in zip(part.placed(), part.sent.counts, strict=True):
        for position, raw in enumerate(part.sent.raw_records[first : first + count] if part.sent.raw_records else ()):
            reasons = part.rows.reasons.get(first + position)
            if reasons and position not in drop.get(page.number, ()):
                yield QuarantinedRecord(page.offset, position, tuple(reasons), raw, page.arrived)
