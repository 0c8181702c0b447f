"""Typed rows as Parquet: ``<table>/date=YYYY-MM-DD/<slice>.parquet``, one object a slice and date.

Rows stream into files of the writer's own and take their places together at the commit, so that a reader never sees
part of a run. What a load needs to know (run, slice, endpoint) stands in every file's key-value metadata.
"""

from __future__ import annotations

from contextlib import ExitStack, suppress

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from aviastack.manifests import StagedFile, started_on
from aviastack.slices import Slice
from aviastack.staging.store import Store

PARTIAL, QUARANTINE, UNDER_WAY = "partial", "quarantine", ".writing"
ROWS = 128 * 1024  # rows a group, so that a reader has large pieces and a narrow table few of them
BYTES = 32 << 20  # of Arrow memory a group: flights, at 650 bytes a row, close theirs at about 50,000 rows


class SliceWriter:
    """Writes the rows of one run; not for several threads at once."""

    def __init__(self, store: Store, slice_: Slice, run_id: str, schema: pa.Schema, *, folder: str = "") -> None:
        """``folder`` is a folder above the table's, such as :data:`QUARANTINE`."""
        self._store, self._slice, self._run_id = store, slice_, run_id
        self._schema = schema
        self._folder = folder
        self._parts: dict[str, _Part] = {}

    def write(self, table: pa.Table) -> None:
        """Add rows, split by ``flight_date``; where there is none, by the slice's date or the day of extraction."""
        if "flight_date" not in self._schema.names:
            self._part(self._undated()).write(table)
            return
        if table["flight_date"].null_count:
            raise ValueError("a row without a flight_date has no place; it belongs in quarantine")
        for day in pc.unique(table["flight_date"]):
            mine = pc.equal(table["flight_date"], day)
            whole = table.num_rows == pc.sum(mine).as_py()
            self._part(day.as_py().isoformat()).write(table if whole else table.filter(mine))

    def commit(self, complete: bool) -> list[StagedFile]:
        """Close the files and put them in place, or under ``partial/`` where the run is not complete."""
        folder = self._folder if complete else PARTIAL
        for part in self._parts.values():
            part.close()
        staged = [
            part.placed("/".join(filter(None, (folder, self._place(day))))) for day, part in sorted(self._parts.items())
        ]
        self._parts.clear()
        return staged

    def discard(self) -> None:
        """Leave nothing behind; harmless after a commit."""
        for part in self._parts.values():
            part.discard()

    def _part(self, day: str) -> _Part:
        if day not in self._parts:
            metadata = {"run_id": self._run_id, "slice": self._slice.name, "endpoint": self._slice.endpoint.name}
            schema = self._schema.with_metadata({f"aviastack.{key}": value for key, value in metadata.items()})
            under_way = f"{UNDER_WAY}/{self._run_id}-{self._folder or 'rows'}-{day}.parquet"
            self._parts[day] = _Part(self._store, under_way, day, schema)
        return self._parts[day]

    def _place(self, day: str) -> str:
        return f"{self._slice.endpoint.table}/date={day}/{self._slice.name}.parquet"

    def _undated(self) -> str:
        return (self._slice.date or started_on(self._run_id)).isoformat()


class _Part:
    """The rows of one date, on their way into a file of the writer's own."""

    def __init__(self, store: Store, path: str, day: str, schema: pa.Schema) -> None:
        self._store, self._path, self._day, self._schema = store, path, day, schema
        self._closing = ExitStack()
        self._sink = self._closing.enter_context(store.writer(path))
        self._writer = pq.ParquetWriter(self._sink, schema, compression="zstd", write_page_index=True)
        self._waiting: list[pa.Table] = []
        self._rows = 0

    def write(self, table: pa.Table) -> None:
        self._waiting.append(table.cast(self._schema))
        self._rows += table.num_rows
        if sum(t.num_rows for t in self._waiting) >= ROWS or sum(t.nbytes for t in self._waiting) >= BYTES:
            self._close_group()

    def close(self) -> None:
        self._close_group()
        self._writer.close()
        self._closing.close()

    def placed(self, path: str) -> StagedFile:
        self._store.move(self._path, path)
        return StagedFile(path=path, date=self._day, rows=self._rows, bytes=self._sink.tell())

    def discard(self) -> None:
        self._writer.is_open = False  # else it would still write its footer when it is collected
        with suppress(_DiscardedError), self._closing:
            raise _DiscardedError
        self._store.remove(self._path)

    def _close_group(self) -> None:
        waiting, self._waiting = self._waiting, []
        if waiting:
            self._writer.write_table(pa.concat_tables(waiting), row_group_size=2 * ROWS)


class _DiscardedError(Exception):
    """Tells a file's writer that the file is not wanted."""


def write_quarantine(store: Store, slice_: Slice, run_id: str, table: pa.Table) -> list[StagedFile]:
    """Write the records of a run that are no rows, with their reasons, under ``quarantine/``."""
    writer = SliceWriter(store, slice_, run_id, table.schema, folder=QUARANTINE)
    try:
        writer.write(table)
        return writer.commit(complete=True)
    finally:
        writer.discard()
