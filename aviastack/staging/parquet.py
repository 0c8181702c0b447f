"""Typed rows as Parquet: ``<table>/date=YYYY-MM-DD/<slice>.parquet``, one object per slice and date.

Rows stream into temporary files that are moved into place together at the commit, so that a reader never sees part of a
run. What a load needs to know (run, slice, endpoint) is in the key-value metadata of every file.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Set
from contextlib import ExitStack, suppress

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from aviastack.errors import DamagedFile
from aviastack.manifest import Manifest, StagedFile, is_run_id, started_on
from aviastack.slices import Slice
from aviastack.staging.store import Store

PARTIAL, QUARANTINE, UNDER_WAY = "partial", "quarantine", ".writing"
ROWS = 128 * 1024  # rows per group: large pieces for a reader, and few of them in a narrow table
BYTES = 32 << 20  # of Arrow memory that waits: flights, at 650 bytes per row, close a group at about 50,000 rows
NEARLY_UNIQUE = {"flight_number", "flight_iata", "flight_icao"}  # on a day of flights: a dictionary makes them larger
PIECE = 16 * 1024  # values that the writer encodes at once


class SliceWriter:
    """Writes the rows of one run; for one thread at a time."""

    def __init__(self, store: Store, slice_: Slice, run_id: str, schema: pa.Schema, *, folder: str = "") -> None:
        """``folder`` is a folder above the table's, such as :data:`QUARANTINE`."""
        self._store, self._slice, self._run_id = store, slice_, run_id
        self._schema = schema
        self._folder = folder
        self._under_way = f"{UNDER_WAY}/{run_id}-{secrets.token_hex(4)}"
        self._parts: dict[str, _Part] = {}

    def write(self, table: pa.Table) -> None:
        """Add rows, split by ``flight_date``; without that column, under the slice's date or the day of extraction."""
        for day, rows in self._split(table):
            self._part(day).add(rows)
            parts = self._parts.values()
            if sum(part.waiting for part in parts) >= BYTES:
                max(parts, key=lambda part: part.waiting).close_group()

    def commit(self, complete: bool) -> list[StagedFile]:
        """Close the files and move them into place, or under ``partial/`` if the run is not complete."""
        folder = self._folder if complete else PARTIAL
        for part in self._parts.values():
            part.close()
        staged = [
            part.placed("/".join(filter(None, (folder, self._place(day))))) for day, part in sorted(self._parts.items())
        ]
        self._parts.clear()
        return staged

    def discard(self) -> None:
        """Remove what was written; harmless after a commit."""
        for part in self._parts.values():
            part.discard()

    def _split(self, table: pa.Table) -> Iterator[tuple[str, pa.Table]]:
        if not table.num_rows:
            return
        if "flight_date" not in self._schema.names:
            yield (self._slice.date or started_on(self._run_id)).isoformat(), table
            return
        if table["flight_date"].null_count:
            raise ValueError("a row without a flight_date has no partition; it must be quarantined")
        days = pc.unique(table["flight_date"])
        for day in days:
            rows = table if len(days) == 1 else table.filter(pc.equal(table["flight_date"], day))
            yield day.as_py().isoformat(), rows

    def _part(self, day: str) -> _Part:
        if day not in self._parts:
            metadata = {"run_id": self._run_id, "slice": self._slice.name, "endpoint": self._slice.endpoint.name}
            schema = self._schema.with_metadata({f"aviastack.{key}": value for key, value in metadata.items()})
            endpoint = self._slice.endpoint
            unique = {key.column for key in (endpoint.key, endpoint.leg_key) if key is not None} | NEARLY_UNIQUE
            self._parts[day] = _Part(self._store, f"{self._under_way}-{day}.parquet", day, schema, unique)
        return self._parts[day]

    def _place(self, day: str) -> str:
        return f"{self._slice.endpoint.table}/date={day}/{self._slice.name}.parquet"


class _Part:
    """The rows of one date, in a temporary file."""

    def __init__(self, store: Store, path: str, day: str, schema: pa.Schema, unique: Set[str]) -> None:
        """``unique`` names the columns that differ in nearly every row, so that a dictionary would not help.

        Only columns that are not text have statistics: a group of rows has names and codes from A to Z, so that those
        of a text exclude nothing, and they are an eighth of the cost of writing.
        """
        self._store, self._path, self._day, self._schema = store, path, day, schema
        self._closing = ExitStack()
        self._sink = self._closing.enter_context(store.writer(path))
        self._writer = pq.ParquetWriter(
            self._sink,
            schema,
            compression="zstd",
            write_page_index=True,
            write_batch_size=PIECE,
            write_statistics=[field.name for field in schema if not pa.types.is_string(field.type)],
            use_dictionary=[name for name in schema.names if name not in unique],
        )
        self._group: list[pa.Table] = []
        self._rows = 0

    @property
    def waiting(self) -> int:
        """The bytes of Arrow memory in the open group."""
        return sum(table.nbytes for table in self._group)

    def add(self, table: pa.Table) -> None:
        self._group.append(table.replace_schema_metadata(self._schema.metadata))
        self._rows += table.num_rows
        if sum(table.num_rows for table in self._group) >= ROWS:
            self.close_group()

    def close_group(self) -> None:
        group, self._group = self._group, []
        if group:
            self._writer.write_table(pa.concat_tables(group), row_group_size=2 * ROWS)

    def close(self) -> None:
        self.close_group()
        self._writer.close()
        self._closing.close()

    def placed(self, path: str) -> StagedFile:
        self._store.move(self._path, path)
        sink = self._sink
        return StagedFile(path, self._day, self._rows, sink.tell(), sha256=sink.sha256, crc32c=sink.crc32c)

    def discard(self) -> None:
        self._writer.is_open = False  # otherwise it writes its footer when it is garbage-collected
        with suppress(_DiscardedError), self._closing:
            raise _DiscardedError
        self._store.remove(self._path)


class _DiscardedError(Exception):
    """Makes the writer of a file discard it."""


def write_quarantine(store: Store, slice_: Slice, run_id: str, table: pa.Table) -> list[StagedFile]:
    """Write the quarantined records of a run, with their reasons, under ``quarantine/``."""
    writer = SliceWriter(store, slice_, run_id, table.schema, folder=QUARANTINE)
    try:
        writer.write(table)
        return writer.commit(complete=True)
    finally:
        writer.discard()


def check_files(store: Store, manifest: Manifest) -> None:
    """Compare the staged files of a run with the checksums in its manifest, before they are loaded.

    Raises :class:`DamagedFile` for a file that was changed, or replaced by a run that was killed before its commit. A
    file that a committed run has replaced passes: the audit of the load finds its run id. Raises
    :class:`StagingUnavailable` for a file that is gone.
    """
    for file in manifest.staged:
        found = store.checksum(file.path)
        expected = getattr(file, found.kind) if found else None
        if found is None or not expected or found.value == expected:
            continue
        writer = _run_id_of(store, file.path)
        if writer == manifest.run_id or not _is_committed(store, manifest, writer):
            raise DamagedFile(
                f"{store.address(file.path)} was changed after run {manifest.run_id} staged it: its {found.kind} is "
                f"{found.value} instead of {expected}. Nothing was loaded.",
                remedy="Stage the run again from its journal with `aviastack replay`, which costs no call.",
            )


def _is_committed(store: Store, manifest: Manifest, run_id: str) -> bool:
    """Whether that run of the manifest's slice has an undamaged manifest; a file may name anything as its run."""
    if not is_run_id(run_id) or not store.exists(path := manifest.path_of(run_id)):
        return False
    try:
        return Manifest.from_json(store.read(path)).run_id == run_id
    except ValueError:  # the run does not count, so no load brings what it staged
        return False


def _run_id_of(store: Store, path: str) -> str:
    """Return the run that a file says it is of; "" if its footer cannot be read or names none."""
    with store.reader(path) as source:
        try:
            metadata = pq.ParquetFile(source).schema_arrow.metadata or {}
        except (pa.ArrowException, OSError, UnicodeDecodeError):  # the last for a column's name
            return ""
    run_id: bytes = metadata.get(b"aviastack.run_id", b"")
    return run_id.decode(errors="replace")
