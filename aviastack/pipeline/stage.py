"""Staging: pages in, typed Parquet and a manifest out, one block of pages at a time.

The work is the same for pages that are arriving from the API and for pages that are read from the journal. Nothing here
calls the API or touches the event loop. Reading has no state, so one block is read while the one before it is written.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.parquet as pq

from aviastack.errors import counted
from aviastack.manifest import Coverage, Manifest, Predicate, StagedFile
from aviastack.page import Page
from aviastack.records.applied_filters import disproof
from aviastack.records.checks import Checked, check
from aviastack.records.decode import Batch, ParsedPages, parse_pages, to_batch
from aviastack.records.duplicates import Duplicates
from aviastack.records.legs import Legs
from aviastack.records.quarantine import QuarantinedRecord, quarantine_table
from aviastack.records.schema import arrow_schema
from aviastack.records.timezones import timezone_data
from aviastack.slices import Slice
from aviastack.staging import manifest_log
from aviastack.staging.journal import Journal
from aviastack.staging.parquet import SliceWriter, write_quarantine
from aviastack.staging.store import Store

BLOCK = 8 << 20  # bytes of JSON read at once: large enough for fixed costs (pandera: 2 ms), small enough for the memory
MAX_UNMAPPED, NAME_LENGTH = 100, 100  # names of unknown fields that a manifest lists, and the length of each
OTHER_FIELDS = "(other fields)"


@dataclass
class Tally:
    """What has been seen of a run so far."""

    rows: int = 0
    quarantined: list[QuarantinedRecord] = field(default_factory=list)
    warnings: Counter[str] = field(default_factory=Counter)
    unmapped: Counter[str] = field(default_factory=Counter)
    nulls: Counter[str] = field(default_factory=Counter)

    def add(self, batch: Batch, checked: Checked) -> None:
        """Count a block."""
        table = checked.table
        self.rows += table.num_rows
        self.quarantined += [*batch.quarantined, *checked.quarantined]
        self.warnings += batch.warnings + checked.warnings
        for name, count in batch.unmapped.items():
            self.unmapped[self._bounded(name)] += count
        # Unlike +=, update keeps zeros: a column without nulls must be in the manifest for the audit to miss it.
        self.nulls.update({name: table[name].null_count for name in table.column_names})

    def _bounded(self, name: str) -> str:
        """Return the name to count a field under: the API may send any number of names, of any length."""
        name = name if len(name) <= NAME_LENGTH else f"{name[:NAME_LENGTH]}..."
        return name if name in self.unmapped or len(self.unmapped) < MAX_UNMAPPED else OTHER_FIELDS


@dataclass(frozen=True)
class FirstPass:
    """What is known of a run only after a first pass over all its pages.

    ``drop`` names the rows of a page that a newer page repeats, ``numbers`` the run's second flights, ``own_repeats``
    counts the dropped rows that the source's own list has twice, ``contradictions`` those that a page has twice with
    different content.
    """

    drop: Mapping[int, Sequence[int]] | None = None
    numbers: Mapping[int, int] | None = None
    own_repeats: int = 0
    contradictions: int = 0


class Stager:
    """Stages the blocks of pages of one run; ``known`` is what a first pass over all of them has shown, if any."""

    def __init__(self, store: Store, slice_: Slice, run_id: str, known: FirstPass = FirstPass()) -> None:
        self.repeats = Duplicates()
        self.legs = Legs()
        self._known = known
        self._numbered: dict[int, int] = {}
        self._store = store
        self._slice = slice_
        self._run_id = run_id
        self._tally = Tally()
        self._writer = SliceWriter(store, slice_, run_id, arrow_schema(slice_.endpoint))

    def read(self, block: Sequence[Page]) -> list[ParsedPages]:
        """Read a block's JSON, in any thread."""
        return list(parse_pages(self._slice, block))

    def write(self, block: Sequence[Page], readings: Sequence[ParsedPages]) -> pa.Table:
        """Type, check and write what was read of a block, in order of arrival and one at a time; return its good rows.

        Raises :class:`StagingUnavailable` if they cannot be written.
        """
        batch = to_batch(self._slice, self._run_id, readings, drop=self._known.drop, numbers=self._known.numbers)
        checked = check(self._slice, batch.table)
        for page, hashes in zip(block, batch.hashes, strict=True):
            self.repeats.add(page.number, hashes)
        self.legs.merge(batch.legs)
        self._numbered |= batch.numbers
        self._writer.write(checked.table)
        self._tally.add(batch, checked)
        return checked.table

    def stage(self, pages: Iterable[Page]) -> None:
        """Read and write all pages: a block is written while the next is read."""
        with ThreadPoolExecutor(1, thread_name_prefix="reader") as reader:
            under_way: deque[tuple[list[Page], Future[list[ParsedPages]]]] = deque()
            for block in blocks_of(pages):
                under_way.append((block, reader.submit(self.read, block)))
                if len(under_way) > 1:
                    self._write_next(under_way)
            while under_way:
                self._write_next(under_way)

    def commit(self, coverage: Coverage, journal: Journal) -> Manifest:
        """Put the objects in place and save the manifest, which commits the run."""
        complete, proof = self._verdict(coverage)
        if complete and (unshown := self._slice.unshown):
            proof += f"; that the API applied {', '.join(unshown)} is assumed: no row shows it"
        staged = self._writer.commit(complete)
        manifest = Manifest(
            run_id=self._run_id,
            endpoint=self._slice.endpoint.name,
            slice=self._slice.name,
            predicate=Predicate(dict(self._slice.query), self._slice.covers),
            as_of=coverage.as_of,
            started_at=journal.record.started_at,
            finished_at=datetime.now(UTC),
            complete=complete,
            proof=proof,
            total=coverage.total,
            pages=coverage.pages,
            calls=coverage.calls,
            rows=self._tally.rows,
            quarantined=len(self._tally.quarantined),
            repeated=self._repeated,
            warnings=dict(self._tally.warnings),
            unmapped=dict(self._tally.unmapped),
            nulls=dict(self._tally.nulls),
            staged=staged,
            quarantine=self._quarantined(),
            journal=journal.folder,
            source=coverage.source,
            timezone_data=timezone_data(),
            clock_skew_pages=coverage.clock_skew_pages,
        )
        return manifest_log.save(self._store, manifest)

    def needs_second_pass(self) -> bool:
        """Whether rows of one block repeat or renumber rows of another, which only a second pass can drop or number.

        It takes tens of milliseconds for a million rows.
        """
        return (self._known.drop is None and self.repeats.count > 0) or self.legs.numbers() != self._numbered

    def discard(self) -> None:
        """Leave nothing behind; the journal still has every page."""
        self._writer.discard()

    def _write_next(self, under_way: deque[tuple[list[Page], Future[list[ParsedPages]]]]) -> None:
        block, reading = under_way.popleft()
        self.write(block, reading.result())

    @property
    def _repeated(self) -> int:
        return sum(len(rows) for rows in (self._known.drop or {}).values())

    def _verdict(self, coverage: Coverage) -> tuple[bool, str]:
        """Return whether the run is complete, and why: what paging proved, unless the records disprove it."""
        if ignored := disproof(self._slice, self._tally.rows, self._tally.warnings):
            return False, f"not proven: {ignored}"
        if coverage.proven and self._known.contradictions:
            return (
                False,
                f"not proven: keys that a page has twice, with different values: {self._known.contradictions:,}",
            )
        seen = self._tally.rows + len(self._tally.quarantined)
        expected = coverage.rows_expected
        own_repeats = self._known.own_repeats
        if coverage.proven and own_repeats and seen + own_repeats == expected:
            return True, f"{coverage.proof}; the API's list has {own_repeats:,} of them twice, byte for byte"
        if coverage.proven and expected is not None and seen != expected:
            return False, f"not proven: {counted(seen, 'record')} of different keys came, and the total is {expected:,}"
        return coverage.proven, coverage.proof

    def _quarantined(self) -> list[StagedFile]:
        if not self._tally.quarantined:
            return []
        table = quarantine_table(self._slice, self._run_id, self._tally.quarantined)
        return write_quarantine(self._store, self._slice, self._run_id, table)


def staged_rows(store: Store, manifest: Manifest) -> Iterator[pa.Table]:
    """Read a run's staged rows back, a row group at a time."""
    for file in manifest.staged:
        with store.reader(file.path) as source:
            parquet = pq.ParquetFile(source)
            for group in range(parquet.num_row_groups):
                yield parquet.read_row_group(group)


def blocks_of(pages: Iterable[Page]) -> Iterator[list[Page]]:
    """Gather pages into blocks of about :data:`BLOCK` bytes."""
    block: list[Page] = []
    size = 0
    for page in pages:
        block.append(page)
        size += len(page.body)
        if size >= BLOCK:
            yield block
            block, size = [], 0
    if block:
        yield block
