"""A store in a local folder.

A file is written under a temporary name in its folder, flushed to the disk (fsync), and then linked or renamed into
place, so that no reader and no crash sees half of it. A held name is a lock of the kernel (flock), which ends with the
process, however that ends. Folders and files are closed to users outside the owner's group, whatever the umask.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from fsspec.implementations.local import LocalFileSystem

from aviastack.staging.store import Checksum, Entry, GrowingStore, Sink

REMEDIES = {
    errno.ENOSPC: "Free space on the disk, or point AVIASTACK_STAGING at a larger one; then run again.",
    errno.EDQUOT: "Free space within the quota of the disk, or point AVIASTACK_STAGING elsewhere; then run again.",
    errno.EFBIG: "Raise the limit on the size of files (ulimit -f), or point AVIASTACK_STAGING elsewhere.",
    errno.EACCES: "Give this user the right to read and write there, or point AVIASTACK_STAGING elsewhere.",
    errno.EPERM: "Give this user the right to write and to hard-link there, or point AVIASTACK_STAGING elsewhere.",
    errno.EROFS: "The disk is read-only: point AVIASTACK_STAGING at a folder that can be written.",
    errno.ENOENT: "Check that AVIASTACK_STAGING names the right folder.",
    errno.ENOTDIR: "There is a file where a folder is needed: point AVIASTACK_STAGING at a folder.",
    errno.EISDIR: "There is a folder where a file is needed: check that AVIASTACK_STAGING names the right folder.",
    errno.ENAMETOOLONG: "Use a shorter filter: the name of the slice is the name of a file.",
    errno.ENOSYS: "The file system has no hard links or locks: point AVIASTACK_STAGING at a local disk or gs://.",
    errno.EOPNOTSUPP: "The file system has no hard links or locks: point AVIASTACK_STAGING at a local disk or gs://.",
}
DAY = 86_400.0
PATIENCE = 1.0  # seconds to wait for a lock, which is_held() takes for a moment


class Folder(GrowingStore):
    """A store in a local folder, which is created when the first file is written."""

    def __init__(self, root: str) -> None:
        super().__init__(LocalFileSystem(), str(Path(root).expanduser().absolute()))

    def create(self, path: str, data: bytes) -> None:
        """Write a file that must not exist yet; see :meth:`Store.create`."""
        with self.explaining("create", path), self._beside(path) as (file, place):
            file.write(data)
            _settle(file)
            os.link(file.name, place)  # unlike a rename, a link refuses to replace
            _settle_folder(place.parent)

    @contextmanager
    def writer(self, path: str) -> Iterator[Sink]:
        """Stream a file; see :meth:`Store.writer`."""
        with self._beside(path) as (file, place):
            yield Sink(self, path, file)
            with self.explaining("write", path):
                _settle(file)
                Path(file.name).replace(place)
                _settle_folder(place.parent)

    def move(self, source: str, target: str) -> None:
        """Rename a file; see :meth:`Store.move`."""
        with self.explaining("write", target):
            place = self._place(target)
            Path(self.inside(source)).replace(place)
            _settle_folder(place.parent)

    def hold(self, path: str) -> FolderHold | None:
        """Hold a name by a lock of the kernel; see :meth:`Store.hold`."""
        with self.explaining("lock", path):
            file = open(self._place(path), "a", opener=_private)  # noqa: SIM115  Path.open has no opener
            deadline = time.monotonic() + PATIENCE
            while not _locked(file, fcntl.LOCK_EX):
                if time.monotonic() > deadline:
                    file.close()
                    return None
                time.sleep(0.05)
            return FolderHold(file)

    def is_held(self, path: str) -> bool:
        """Whether a live process holds the name."""
        with self.explaining("lock", path):
            try:
                with Path(self.inside(path)).open() as file:
                    return not _locked(file, fcntl.LOCK_SH)
            except FileNotFoundError:
                return False

    def checksum(self, path: str) -> Checksum:
        """Read the file for its SHA-256."""
        with self.explaining("read", path), Path(self.inside(path)).open("rb") as file:
            return Checksum("sha256", hashlib.file_digest(file, "sha256").hexdigest())

    def grow(self, path: str) -> IO[bytes]:
        """Open a file that must not exist yet for appending, unbuffered."""
        with self.explaining("create", path):
            place = self._place(path)
            file = open(place, "xb", buffering=0, opener=_private)  # noqa: SIM115
            _settle_folder(place.parent)
            return file

    def sync(self, file: IO[bytes]) -> None:
        """Flush a growing file to the disk; see :meth:`GrowingStore.sync`."""
        _settle(file)

    def tidy(self) -> None:
        """Remove folders that have been empty for a day; younger ones may be waiting for their first file."""
        for folder, _, _ in os.walk(self._base, topdown=False):
            with suppress(OSError):  # not empty, which is the usual case
                if folder != self._base and time.time() - Path(folder).stat().st_mtime > DAY:
                    Path(folder).rmdir()

    def address(self, path: str) -> str:
        """Return the absolute path of a file."""
        return self.inside(path)

    @contextmanager
    def _beside(self, path: str) -> Iterator[tuple[IO[bytes], Path]]:
        """Open a temporary file in the folder of ``path``, and remove it afterwards."""
        with self.explaining("write", path):
            place = self._place(path)
            temporary = place.with_name(f".{secrets.token_hex(8)}.tmp")
            file = open(temporary, "xb", opener=_private)  # noqa: SIM115
        try:
            yield file, place
        finally:
            with suppress(OSError):  # a failed write was reported before; this would report it again
                file.close()
            with suppress(OSError):  # a failing disk keeps it; pruning removes it
                Path(file.name).unlink(missing_ok=True)

    def _place(self, path: str) -> Path:
        place = Path(self.inside(path))
        try:
            make_private(place.parent, 0o770)
        except FileExistsError:
            raise NotADirectoryError(errno.ENOTDIR, "there is a file in the place of a folder", place.parent) from None
        return place

    def _entry(self, info: dict[str, Any]) -> Entry:
        path = str(info["name"]).removeprefix(self._base).lstrip("/")
        return Entry(path, int(info["size"]), datetime.fromtimestamp(info["mtime"], UTC))

    def _explained(self, error: Exception) -> tuple[str, str] | None:
        if not isinstance(error, OSError):
            return None
        return (error.strerror or str(error)), REMEDIES.get(error.errno or 0, "Look at the disk, then run again.")


def make_private(folder: Path, mode: int) -> None:
    """Create a folder and those above it with at most the rights of ``mode``, which the umask may restrict further."""
    if not folder.is_dir():
        make_private(folder.parent, mode)
        with suppress(FileExistsError):
            folder.mkdir(mode)
        if not folder.is_dir():
            raise FileExistsError(errno.EEXIST, "there is a file in the place of a folder", str(folder))


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o660)


class FolderHold:
    """A lock of the kernel on a file."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file

    def release(self) -> None:
        """Release the lock."""
        self._file.close()


def _locked(file: IO[str], how: int) -> bool:
    try:
        fcntl.flock(file, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _settle(file: IO[bytes]) -> None:
    file.flush()
    os.fsync(file.fileno())


def _settle_folder(folder: Path) -> None:
    """Flush a folder, so that a new name in it outlives a loss of power."""
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
