"""The journal of a run: its pages as received, before anything is made of them.

::

    journal/<endpoint>/<slice>/<run_id>/run.json         what is requested, written first, create-only
                                        000000.pages ... the pages, in order of arrival
                                        coverage.json    what paging proved, written last, create-only
                                        owner            held while a process extracts this run

A page costs a call, so everything after the journal can be repeated from it. A run without ``coverage.json`` was
stopped while it was fetched; a run that has no manifest may be resumed. One process at a time resumes it: the owner
holds a lock (a folder: freed by the kernel with the process; a bucket: a heartbeat, dead after a minute of silence),
and every process writes its own segments, to which no other can write.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import PurePosixPath
from types import TracebackType
from typing import Self, TypeVar

import msgspec

from aviastack.errors import AviastackError, DamagedFile
from aviastack.manifest import Coverage, Predicate, decoded, is_run_id, run_id_after, with_checksum
from aviastack.page import Page
from aviastack.slices import Slice
from aviastack.staging.frames import Frame, frames, packed
from aviastack.staging.segments import Segments, new_segments, segments_of, taken_over
from aviastack.staging.store import Hold, Store

T = TypeVar("T", bound=msgspec.Struct)
RUN, COVERAGE, OWNER = "run.json", "coverage.json", "owner"
SET_ASIDE = "coverage.damaged.json"

log = logging.getLogger(__name__)


class RunRecord(msgspec.Struct, frozen=True):
    """What a run requests; ``rows_per_page`` is the limit of its pages, which a resuming process must use too."""

    run_id: str
    endpoint: str
    slice: str
    predicate: Predicate
    started_at: datetime
    rows_per_page: int | None = None
    checksum: str = ""


class Seal(msgspec.Struct, frozen=True):
    """The content of ``coverage.json``: how many pages the journal has, and what paging proved."""

    pages: int
    coverage: Coverage
    checksum: str = ""


class Journal:
    """The pages of one run; make one with :meth:`begin`, :meth:`resume` or :meth:`read`, and close it."""

    def __init__(self, store: Store, folder: str, record: RunRecord, hold: Hold | None = None) -> None:
        self.folder = folder
        self.record = record
        self.run_id = record.run_id
        self._store = store
        self._hold = hold
        self._segments: Segments | None = None
        self.inherited = 0  # pages that an earlier attempt left
        self._appended = 0
        self._counting = threading.Lock()

    @classmethod
    def begin(
        cls, store: Store, slice_: Slice, run_id: str, started_at: datetime, *, rows_per_page: int | None = None
    ) -> Journal:
        """Begin the journal of a new run. Raises :class:`FileExistsError` if the run has one."""
        predicate = Predicate(dict(slice_.query), slice_.covers)
        record = RunRecord(run_id, slice_.endpoint.name, slice_.name, predicate, started_at, rows_per_page)
        folder = folder_of(slice_, run_id)
        with _own(store, folder) as hold:
            store.create(f"{folder}/{RUN}", msgspec.json.format(with_checksum(record), indent=2))
            journal = cls(store, folder, record, hold)
            journal._segments = new_segments(store, folder)
        return journal

    @classmethod
    def resume(cls, store: Store, slice_: Slice, run_id: str) -> Journal:
        """Take over the journal of a run that was stopped. Raises :class:`StagingUnavailable` if another has it.

        A journal that was damaged after its end is opened again with a warning: the pages that it lost are missing, as
        if the run had been stopped before them.
        """
        folder = folder_of(slice_, run_id)
        with _own(store, folder) as hold:
            journal = cls(store, folder, _record(store, folder), hold)
            journal.inherited = sum(1 for _ in journal._frames())
            journal._reopen_if_damaged()
            if journal.coverage() is None:
                journal._segments = new_segments(store, folder)
        return journal

    @classmethod
    def read(cls, store: Store, slice_: Slice, run_id: str) -> Journal:
        """Open the journal of a run for reading only; another process may own it."""
        folder = folder_of(slice_, run_id)
        return cls(store, folder, _record(store, folder))

    @classmethod
    def newest(cls, store: Store, slice_: Slice) -> Journal:
        """Open the newest journal of the slice that was fetched to its end, for reading only.

        Raises :class:`DamagedFile` if there is none.
        """
        run_id = next(iter(_runs(store, slice_, COVERAGE)), None)
        if run_id is None:
            raise DamagedFile(
                f"There is no journal of {slice_} under {store.address(folder_of(slice_))}.",
                remedy="It was pruned or never made: run the slice to fetch it.",
            )
        return cls.read(store, slice_, run_id)

    @staticmethod
    def unfinished(store: Store, slice_: Slice, *, since: datetime | None = None) -> str | None:
        """Return the newest run of the slice that was stopped before its manifest, or None.

        Left out are a run that a live process owns, a run whose record is damaged, runs older than one with a manifest
        (they are out of date), and runs begun before ``since`` (the list has changed since).
        """
        for run_id in _without_manifest(store, slice_):
            folder = folder_of(slice_, run_id)
            try:
                record = _record(store, folder)
            except DamagedFile as error:
                log.warning("%s It is skipped.", error.message)
                continue
            if since is not None and record.started_at < since:
                return None
            if not store.is_held(f"{folder}/{OWNER}"):
                return run_id
        return None

    @staticmethod
    def in_progress(store: Store, slice_: Slice) -> str | None:
        """Return the run of the slice that a live process extracts, stages or loads now, or None."""
        runs = _from_last_manifest(store, slice_)
        return next((run for run, _ in runs if store.is_held(f"{folder_of(slice_, run)}/{OWNER}")), None)

    @staticmethod
    def ended(store: Store, slice_: Slice) -> set[str]:
        """Return the runs of the slice that have a manifest and that no live process loads any more."""
        committed = _committed(store, slice_)  # first: a run that is committed while this looks has not ended before
        return committed.intersection(_runs(store, slice_, RUN)) - {Journal.in_progress(store, slice_)}

    @staticmethod
    def next_run_id(store: Store, slice_: Slice, now: datetime) -> str:
        """Return the id of a new run, which sorts after all of the slice: "newest" then means the last begun."""
        return run_id_after([*_runs(store, slice_, RUN), *_committed(store, slice_)], now)

    def append(self, *pages: Page) -> None:
        """Add pages. Safe to call from many threads; compressing releases the interpreter's lock.

        How many of them a kill may take is said in :mod:`aviastack.staging.segments`.
        """
        if self._segments is None:
            raise RuntimeError(f"the journal {self.folder} is sealed, or open for reading only")
        for page in pages:
            self._segments.append(packed(page))
            with self._counting:
                self._appended += 1

    def seal(self, coverage: Coverage) -> None:
        """End the extraction: write what is gathered, then what paging proved, create-only."""
        self._flush()
        seal = Seal(self.inherited + self._appended, coverage)
        self._store.create(f"{self.folder}/{COVERAGE}", with_checksum(seal))

    def coverage(self) -> Coverage | None:
        """Return what paging proved; None while the extraction has not ended."""
        seal = self._seal()
        return None if seal is None else seal.coverage

    def pages(self) -> Iterator[Page]:
        """Yield the pages in order of arrival, one in memory at a time; as often as needed.

        Raises :class:`DamagedFile` at the end if a sealed journal has lost pages.
        """
        count = 0
        for frame in self._frames():
            yield frame.page()
            count += 1
        seal = self._seal()
        if seal is not None and seal.pages != count:
            raise DamagedFile(
                f"The journal {self._store.address(self.folder)} has {count} whole pages of its {seal.pages}: it was "
                "damaged after the run.",
                remedy="Run the slice again: it fetches what is missing, or the whole slice if that is out of date.",
            )

    def close(self) -> None:
        """Write what is gathered and release the run, so that others can resume it."""
        try:
            self._flush()
        finally:
            if self._hold is not None:
                self._hold.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.close()
        except AviastackError as failure:
            if error is None:
                raise
            log.warning("closing the journal failed too: %s", failure)

    def _flush(self) -> None:
        segments, self._segments = self._segments, None
        if segments is not None:
            segments.close()

    def _frames(self) -> Iterator[Frame]:
        for path in segments_of(self._store, self.folder):
            with self._store.reader(path) as file:
                yield from frames(file, damaged=partial(_warn_of_gap, self._store.address(path)))

    def _reopen_if_damaged(self) -> None:
        """Move the seal of a damaged journal aside, so that the pages it lost can be fetched again."""
        try:
            seal = self._seal()
            lost = 0 if seal is None else seal.pages - self.inherited
            if not lost:
                return
            log.warning("The journal %s has lost %d of its pages; they are fetched again.", self.folder, lost)
        except DamagedFile as error:
            log.warning("%s It is set aside, and the journal is continued.", error.message)
        self._store.move(f"{self.folder}/{COVERAGE}", f"{self.folder}/{SET_ASIDE}")

    def _seal(self) -> Seal | None:
        path = f"{self.folder}/{COVERAGE}"
        return _decoded(self._store, path, Seal) if self._store.exists(path) else None


def folder_of(slice_: Slice, run_id: str = "") -> str:
    """Return the folder of a slice's journals, or of one run's."""
    return f"journal/{slice_.endpoint.table}/{slice_.name}/{run_id}".rstrip("/")


def _runs(store: Store, slice_: Slice, with_file: str) -> list[str]:
    """Return the runs of the slice whose journal has that file, the newest first: run ids sort by time."""
    paths = map(PurePosixPath, store.list(folder_of(slice_)))
    found = {path.parent.name for path in paths if path.name == with_file}
    return sorted(filter(is_run_id, found), reverse=True)


def _committed(store: Store, slice_: Slice) -> set[str]:
    """Return the runs of the slice that have a manifest; a replay is one too, and has no journal."""
    return {PurePosixPath(path).stem for path in store.list(f"manifests/{slice_.endpoint.table}/{slice_.name}")}


def _from_last_manifest(store: Store, slice_: Slice) -> Iterator[tuple[str, bool]]:
    """Yield the runs of the slice, the newest first, to the first that has a manifest, and whether it has one."""
    committed = _committed(store, slice_)
    for run_id in _runs(store, slice_, RUN):
        yield run_id, run_id in committed
        if run_id in committed:
            return


def _without_manifest(store: Store, slice_: Slice) -> Iterator[str]:
    """Yield the runs of the slice that are newer than any run with a manifest, the newest first."""
    return (run_id for run_id, committed in _from_last_manifest(store, slice_) if not committed)


def _warn_of_gap(address: str, at: int) -> None:
    log.warning("%s has bytes at offset %d that are not a whole page; they are skipped", address, at)


def _record(store: Store, folder: str) -> RunRecord:
    return _decoded(store, f"{folder}/{RUN}", RunRecord)


def _decoded(store: Store, path: str, kind: type[T]) -> T:
    try:
        return decoded(store.read(path), kind)
    except ValueError as error:
        raise DamagedFile(
            f"{store.address(path)} is damaged, or is not a file of a journal: {error}.",
            remedy="Move the run's folder out of the staging root, and run the slice again.",
        ) from error


@contextmanager
def _own(store: Store, folder: str) -> Iterator[Hold]:
    """Own a run; it is released again if the ``with`` fails."""
    hold = store.hold(f"{folder}/{OWNER}")
    if hold is None:
        raise taken_over(store, folder)
    try:
        yield hold
    except BaseException:
        hold.release()
        raise
