"""The segments of a journal: numbered files of frames, each written by one process only.

In a folder a segment grows frame by frame. A frame that :meth:`Growing.append` has taken survives a kill of the
process; a power failure loses at most the last second. In a bucket, where objects cannot grow, frames are gathered and
written as whole segments: a kill loses at most the last :data:`PAGES` pages and the last :data:`SECONDS` seconds.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import IO, Protocol

from aviastack.errors import AviastackError, StagingUnavailable, counted
from aviastack.staging.store import GrowingStore, Store

SUFFIX = ".pages"
PAGES = 50
BYTES = 16 << 20
SECONDS = 10.0
SYNC_SECONDS = 1.0

log = logging.getLogger(__name__)


class Segments(Protocol):
    """Takes the frames of one process."""

    def append(self, frame: bytes) -> None:
        """Add a frame; safe to call from many threads."""

    def close(self) -> None:
        """Write what is not written yet; doing so twice is harmless."""


def segments_of(store: Store, folder: str) -> list[str]:
    """Return the paths of a journal's segments, in the order of their creation."""
    return [path for path in store.list(folder) if path.endswith(SUFFIX)]


def new_segments(store: Store, folder: str) -> Segments:
    """Return the segments of this process, after those that are there.

    The first is created immediately, create-only. That stops another process that still writes there, because its next
    segment would have the same number. Raises :class:`StagingUnavailable` if that process was first.
    """
    first = len(segments_of(store, folder))
    try:
        if isinstance(store, GrowingStore):
            return Growing(store, _segment(folder, first))
        store.create(_segment(folder, first), b"")
    except FileExistsError:
        raise taken_over(store, folder) from None
    return Gathered(store, folder, first + 1)


class Growing:
    """One segment in a folder, to which frames are appended."""

    def __init__(self, store: GrowingStore, path: str) -> None:
        self._store, self._path = store, path
        self._file: IO[bytes] = store.grow(path)
        self._lock = threading.Lock()
        self._torn = False
        self._synced = time.monotonic()

    def append(self, frame: bytes) -> None:
        """Hand the whole frame to the kernel. After a failure no more frames are taken, because one may be torn."""
        with self._lock, self._store.explaining("write", self._path):
            if self._torn:
                raise OSError("an earlier write failed, so this journal takes no more pages in this run")
            self._torn = True
            rest = memoryview(frame)
            while rest:
                rest = rest[self._file.write(rest) :]
            if time.monotonic() - self._synced >= SYNC_SECONDS:
                self._sync()
            self._torn = False

    def close(self) -> None:
        """Flush to the disk."""
        with self._lock, self._store.explaining("write", self._path):
            if self._file.closed:
                return
            with self._file:
                self._sync()

    def _sync(self) -> None:
        self._store.sync(self._file)
        self._synced = time.monotonic()


class Gathered:
    """Segments in a bucket, written by a separate thread while the next frames are gathered."""

    def __init__(self, store: Store, folder: str, first: int) -> None:
        self._store, self._folder, self._number = store, folder, first
        self._frames: list[bytes] = []
        self._due = float("inf")
        self._closing = False
        self._failure: AviastackError | None = None
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._write_all, name="journal", daemon=True)
        self._thread.start()

    def append(self, frame: bytes) -> None:
        """Gather the frame. Waits while two segments' worth is not written yet, so that memory stays bounded."""
        with self._changed:
            self._changed.wait_for(lambda: self._failure or self._gathered < 2 * BYTES)
            self._check()
            if not self._frames:
                self._due = time.monotonic() + SECONDS
            self._frames.append(frame)
            self._changed.notify_all()

    def close(self) -> None:
        """Write what is gathered."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join()
        self._check()

    @property
    def _gathered(self) -> int:
        return sum(map(len, self._frames))

    def _is_due(self) -> bool:
        full = len(self._frames) >= PAGES or self._gathered >= BYTES
        return self._closing or full or (bool(self._frames) and time.monotonic() >= self._due)

    def _write_all(self) -> None:
        """Write a segment whenever one is due, until closed or failed."""
        while True:
            with self._changed:
                while not self._is_due():
                    self._changed.wait(max(0.0, self._due - time.monotonic()) if self._frames else None)
                frames, self._frames = self._frames, []
                closing = self._closing
            try:
                if frames:
                    self._write(frames)
            except AviastackError as error:
                with self._changed:
                    self._failure = error
                    self._changed.notify_all()
                return
            with self._changed:
                self._changed.notify_all()
            if closing:
                return

    def _write(self, frames: list[bytes]) -> None:
        path = _segment(self._folder, self._number)
        try:
            self._store.create(path, b"".join(frames))
        except FileExistsError:
            raise taken_over(self._store, self._folder) from None
        self._number += 1
        log.debug("journal segment %s holds %s", path, counted(len(frames), "page"))

    def _check(self) -> None:
        if self._failure is not None:
            raise self._failure


def _segment(folder: str, number: int) -> str:
    return f"{folder}/{number:06d}{SUFFIX}"


def taken_over(store: Store, folder: str) -> StagingUnavailable:
    """Return the error for a journal that another process has taken over."""
    return StagingUnavailable(
        f"Another process writes to the journal {store.address(folder)}.",
        remedy="Let it finish: its result is also the result of this run.",
    )
