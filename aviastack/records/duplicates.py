"""Rows that paging repeats, found by the hashes of their keys.

A changing list shows some of its rows on two pages; the newest page wins. :func:`edge_keys` hashes the keys of one page
without decoding all of it, for the seams between pages.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import replace
from functools import lru_cache
from operator import attrgetter
from types import GenericAlias
from typing import Any, TypeAlias

import msgspec
import numpy as np
import pyarrow as pa

from aviastack.endpoints import Endpoint
from aviastack.page import Page
from aviastack.records.keys import Hashes, hashes_of_rows
from aviastack.records.parse_rows import parse_row_by_row, split_records
from aviastack.records.parsed import ParsedColumns, Tree, layout
from aviastack.records.schema import TEXT
from aviastack.records.typed import as_types, key_of

SHARES = 16
LAST_BITS = np.uint64(SHARES - 1)
STRETCH = 1 << 18


Place: TypeAlias = tuple[int, int]
"""A row: its page's number, and its position on the page."""


class Duplicates:
    """The hashes of a run's rows, eight bytes per row, and where each page begins."""

    def __init__(self) -> None:
        self._hashes = array("Q")
        self._pages: list[tuple[int, int]] = []

    def add(self, page_number: int, hashes: Sequence[int] | Hashes) -> None:
        """Add a page's hashes, in the order of its rows. A higher number is a newer page."""
        self._pages.append((page_number, len(self._hashes)))
        self._hashes.frombytes(np.asarray(hashes, np.uint64).tobytes())

    def drops(self) -> dict[int, list[int]]:
        """Return page number -> positions of its rows that occur again, on a newer page or later on the same page."""
        drops: dict[int, list[int]] = {}
        for (number, position), _ in self.pairs():
            drops.setdefault(number, []).append(position)
        return {number: sorted(positions) for number, positions in drops.items()}

    def pairs(self) -> list[tuple[Place, Place]]:
        """Return each row that occurs again, and its next occurrence."""
        last: dict[int, Place] = {}
        pairs: list[tuple[Place, Place]] = []
        for number, position, key in sorted(self._places()):
            if key in last:
                pairs.append((last[key], (number, position)))
            last[key] = (number, position)
        return pairs

    @property
    def count(self) -> int:
        """The number of rows in :meth:`drops`."""
        return sum(len(positions) for positions in self.drops().values())

    def _places(self) -> Iterator[tuple[int, int, int]]:
        """Yield page number, position and hash of each row whose hash occurs more than once."""
        everything = np.frombuffer(self._hashes, np.uint64) if self._hashes else np.empty(0, np.uint64)
        repeated = _repeated(everything)
        starts = np.array([start for _, start in self._pages], np.int64)
        for begin, stretch in _stretches(everything) if len(repeated) else ():
            nearest = repeated[np.minimum(np.searchsorted(repeated, stretch), len(repeated) - 1)]
            for at in (np.flatnonzero(nearest == stretch) + begin).tolist():
                number, start = self._pages[int(np.searchsorted(starts, at, "right")) - 1]
                yield number, at - start, int(everything[at])


def _repeated(hashes: Hashes) -> Hashes:
    """Return the hashes that occur more than once, in order. A share is sorted at a time, to save memory."""
    found: list[Hashes] = [hashes[:0]]
    for share in range(SHARES) if len(hashes) else ():
        part = np.sort(np.concatenate([some[some & LAST_BITS == share] for _, some in _stretches(hashes)]))
        found.append(np.unique(part[1:][part[1:] == part[:-1]]))
    return np.sort(np.concatenate(found))


def _stretches(hashes: Hashes) -> Iterator[tuple[int, Hashes]]:
    for begin in range(0, len(hashes), STRETCH):
        yield begin, hashes[begin : begin + STRETCH]


def own_repeats(pages: Iterable[Page], pairs: Sequence[tuple[Place, Place]]) -> int:
    """Count the repeats that the source's own list has: equal byte for byte, on one page or apart from any overlap.

    Rows that pages share because the list moved between them are a seam (the last row of a page and the first of the
    next) or several neighbours at once; those do not count, since other rows may have been skipped.
    """
    wanted = {number for pair in pairs for number, _ in pair}
    records, offsets = dict[int, list[bytes]](), dict[int, int]()
    for page in pages:
        if page.number in wanted:
            records[page.number], offsets[page.number] = split_records(page.body), page.offset
    known = set(pairs)
    return sum(_is_own(pair, known, records, offsets) for pair in known)


def contradictions(pages: Iterable[Page], pairs: Sequence[tuple[Place, Place]]) -> int:
    """Count the rows that one page shows twice with different content; one of the two took the place of another row."""
    on_one_page = [(number, position, at) for (number, position), (other, at) in pairs if number == other]
    wanted = {number for number, _, _ in on_one_page}
    records = {page.number: split_records(page.body) for page in pages if page.number in wanted} if wanted else {}
    return sum(records[number][position] != records[number][at] for number, position, at in on_one_page)


def _is_own(
    pair: tuple[Place, Place],
    pairs: Set[tuple[Place, Place]],
    records: Mapping[int, list[bytes]],
    offsets: Mapping[int, int],
) -> bool:
    (number, position), (other, at) = pair
    if records[number][position] != records[other][at]:
        return False
    if number == other:
        return True
    seam = abs(offsets[number] + position - offsets[other] - at) == 1
    beside = any(((number, position + step), (other, at + step)) in pairs for step in (-1, 1))
    return not seam and not beside


def edge_keys(endpoint: Endpoint, body: bytes) -> Hashes:
    """Return a 64-bit hash of each record's key, in page order: for a row the same as ``decode`` returns.

    A record without a key has the hash of its JSON text.
    """
    try:
        page = msgspec.json.decode(body, type=_page(endpoint))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _hashes(endpoint, parse_row_by_row(endpoint, [body]))
    sent = ParsedColumns(columns={}, counts=[len(page.data)])
    _gather(_key_layout(endpoint), page.data, sent.columns)
    keys = key_of(endpoint, as_types(endpoint, sent))
    return hashes_of_rows(keys, split_records(body) if keys.null_count else None)


def _hashes(endpoint: Endpoint, sent: ParsedColumns) -> Hashes:
    return hashes_of_rows(key_of(endpoint, as_types(endpoint, sent)), sent.raw_records)


@lru_cache
def _key_layout(endpoint: Endpoint) -> Tree:
    """Return the record's layout with only the fields of its key."""
    parts = {column for part in endpoint.key.parts for column in part} or {endpoint.key.column}
    wanted = {column.removesuffix("_local") for column in {*parts, endpoint.flight_date_from or ""}}
    return layout(
        replace(endpoint, fields=tuple(each for each in endpoint.fields if each.column in wanted), ignored=frozenset())
    )


@lru_cache
def _page(endpoint: Endpoint) -> Any:
    return msgspec.defstruct("Page", [("data", GenericAlias(list, (_struct("record", _key_layout(endpoint)),)))])


def _struct(title: str, tree: Tree) -> Any:
    """Return a type for the record. A missing object has nulls; a record with a null object is parsed row by row."""
    fields: list[tuple[str, Any, Any]] = []
    for name, node in tree.items():
        if isinstance(node, dict):
            inside = _struct(name, node)
            fields.append((name, inside, msgspec.field(default_factory=inside)))
        else:
            fields.append((name, str | None, None))
    return msgspec.defstruct(title, fields, gc=False)


def _gather(tree: Tree, records: list[Any], columns: dict[str, pa.Array]) -> None:
    for name, node in tree.items():
        values = list(map(attrgetter(name), records))
        if isinstance(node, dict):
            _gather(node, values, columns)
        elif node is not None:
            columns[node.column] = pa.array(values, TEXT)
