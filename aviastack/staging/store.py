"""The store: files under one root, a local folder or a ``gs://`` bucket, through fsspec.

Paths are relative to the root, with ``/`` between their parts, on every kind of store. A file appears whole or not at
all, whatever happens to the process that writes it. Every failure of the storage is a :class:`StagingUnavailable` that
names the file, the cause and the remedy; only :class:`FileExistsError` is passed on, because it is a result. A store is
safe to use from many threads.
"""

from __future__ import annotations

import hashlib
import re
from abc import ABC, abstractmethod
from base64 import b64encode
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from typing import IO, Any, Literal, Protocol

from aviastack.errors import BadRequest, StagingUnavailable

GOOGLE = "gs://"
OTHER_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/")


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of the store: its path under the root, its size, and when it was last written (UTC)."""

    path: str
    bytes: int
    modified: datetime


@dataclass(frozen=True, slots=True)
class Checksum:
    """The checksum of a file: ``sha256`` in hexadecimal, or ``crc32c`` in base64."""

    kind: Literal["sha256", "crc32c"]
    value: str


class Hold(Protocol):
    """A name that only this process holds, until it is released or the process ends."""

    def release(self) -> None:
        """Release the name; doing so twice is harmless."""


class Store(ABC):
    """Files under one root; :func:`~aviastack.staging.open_store.open_store` returns one."""

    def __init__(self, fs: Any, base: str) -> None:
        self.fs = fs
        self._base = base.rstrip("/")

    @abstractmethod
    def create(self, path: str, data: bytes) -> None:
        """Write a file that must not exist yet.

        Of several writers exactly one succeeds; the others get :class:`FileExistsError` and change nothing.
        """

    @abstractmethod
    def writer(self, path: str) -> AbstractContextManager[Sink]:
        """Stream a file. It appears whole, replacing any former one, when the ``with`` ends without an error."""

    @abstractmethod
    def move(self, source: str, target: str) -> None:
        """Rename a file; the target appears whole and replaces any former one."""

    @abstractmethod
    def hold(self, path: str) -> Hold | None:
        """Hold a name while this process lives; return None if another live process holds it."""

    @abstractmethod
    def is_held(self, path: str) -> bool:
        """Whether a live process holds the name."""

    @abstractmethod
    def checksum(self, path: str) -> Checksum | None:
        """Return the checksum of a file that costs this storage the least; None if it has none."""

    @abstractmethod
    def address(self, path: str) -> str:
        """Return the absolute address of a file, as other readers (DuckDB, Snowflake, pyarrow) expect it."""

    @abstractmethod
    def _explained(self, error: Exception) -> tuple[str, str] | None:
        """Return the cause and the remedy of a failure of the storage; None for any other error."""

    def replace(self, path: str, data: bytes) -> None:
        """Write a whole file, which replaces any former one."""
        with self.writer(path) as sink:
            sink.write(data)

    def read(self, path: str) -> bytes:
        """Return a file's bytes."""
        with self.explaining("read", path):
            return bytes(self.fs.cat_file(self.inside(path)))

    def read_all(self, paths: Iterable[str]) -> dict[str, bytes]:
        """Return the bytes of many small files by path, fetched together if the storage can do that."""
        found: dict[str, bytes] = {}
        paths = [*paths]
        read = self.fs.cat_ranges([self.inside(path) for path in paths], None, None, on_error="return")
        for path, data in zip(paths, read, strict=True):
            with self.explaining("read", path):
                if isinstance(data, Exception):
                    raise data
            found[path] = bytes(data)
        return found

    @contextmanager
    def reader(self, path: str) -> Iterator[IO[bytes]]:
        """Open a file for streaming and seeking."""
        with self.explaining("read", path), self.fs.open(self.inside(path), "rb") as file:
            yield file

    def entries(self, prefix: str = "", *, hidden: bool = False) -> list[Entry]:
        """Return the files below the folder ``prefix``, sorted by path; empty if the folder does not exist.

        Names below ``prefix`` that start with a dot are files being written; they are left out unless ``hidden``.
        """
        with self.explaining("list", prefix):
            found = self.fs.find(self.inside(prefix), detail=True, withdirs=False, on_error=_raised_unless_gone)
        entries = [self._entry(info) for info in found.values()]
        shown = [entry for entry in entries if hidden or "/." not in f"/{entry.path.removeprefix(prefix)}"]
        return sorted(shown, key=lambda entry: entry.path)

    def list(self, prefix: str = "") -> list[str]:
        """Return the paths of :meth:`entries`."""
        return [entry.path for entry in self.entries(prefix)]

    def exists(self, path: str) -> bool:
        """Whether the file exists."""
        with self.explaining("look for", path):
            try:
                return bool(self.fs.info(self.inside(path))["type"] == "file")
            except FileNotFoundError:
                return False

    def size(self, path: str) -> int:
        """Return a file's size in bytes."""
        with self.explaining("measure", path):
            return int(self.fs.size(self.inside(path)))

    def remove(self, path: str) -> None:
        """Remove a file; if it is gone already, that is not an error."""
        with self.explaining("remove", path):
            try:
                self.fs.rm_file(self.inside(path))
            except FileNotFoundError:
                return

    def relative(self, address: str) -> str:
        """Return the path under the root of what :meth:`address` gave; a relative path stays as it is."""
        return address.removeprefix(f"{self.address('')}/")

    def tidy(self) -> None:
        """Remove folders that have been empty for a day, if the storage has folders."""
        return

    def inside(self, path: str) -> str:
        """Return the file system's name of a path. Raises :class:`BadRequest` for a path outside the root."""
        parts = PurePosixPath(path)
        if parts.is_absolute() or ".." in parts.parts:
            raise BadRequest(f"'{path}' is outside the staging root.", remedy="Give a path relative to the root.")
        return f"{self._base}/{path}" if path else self._base

    @contextmanager
    def explaining(self, doing: str, path: str) -> Iterator[None]:
        """Turn a failure of the storage into a :class:`StagingUnavailable` that names the operation and the file."""
        try:
            yield
        except FileExistsError:
            raise
        except Exception as error:
            explained = self._explained(error)
            if explained is None:
                raise
            cause, remedy = explained
            raise StagingUnavailable(f"Cannot {doing} {self.address(path)}: {cause}.", remedy=remedy) from error

    @abstractmethod
    def _entry(self, info: dict[str, Any]) -> Entry:
        """Return the entry for the file system's description of a file."""


class GrowingStore(Store):
    """A store whose files can grow, as those of a disk do and the objects of a bucket do not."""

    @abstractmethod
    def grow(self, path: str) -> IO[bytes]:
        """Open a file that must not exist yet for appending, unbuffered."""

    @abstractmethod
    def sync(self, file: IO[bytes]) -> None:
        """Flush a growing file to the disk, so that it outlives a loss of power."""


def _raised_unless_gone(error: Exception) -> None:
    """Let a listing ignore a folder that does not exist, but no other error, as fsspec would."""
    if not isinstance(error, FileNotFoundError):
        raise error


class Sink:
    """Where a file's bytes go while it is written; pyarrow takes it for a file. It keeps the checksums of the bytes."""

    closed = False

    def __init__(self, store: Store, path: str, file: IO[bytes]) -> None:
        self._store, self._path, self._file = store, path, file
        self._written = 0
        self._sha256 = hashlib.sha256()
        self._crc32c = _crc32c()

    def write(self, data: Any) -> int:
        """Write a whole bytes-like object and return its length."""
        with self._store.explaining("write", self._path):
            self._file.write(data)
        self._sha256.update(data)
        if self._crc32c is not None:
            self._crc32c.update(bytes(data))
        self._written += len(data)
        return len(data)

    @property
    def sha256(self) -> str:
        """The SHA-256 of what is written, in hexadecimal."""
        return self._sha256.hexdigest()

    @property
    def crc32c(self) -> str | None:
        """The CRC32C of what is written, in base64 as Google has it; None without the package that computes it."""
        return None if self._crc32c is None else b64encode(self._crc32c.digest()).decode()

    def tell(self) -> int:
        """Return the number of bytes written so far."""
        return self._written

    def flush(self) -> None:
        """Do nothing: what is written appears with the whole file."""

    def close(self) -> None:
        """Do nothing: the ``with`` of the writer decides whether the file appears."""


def _crc32c() -> Any:
    try:
        import google_crc32c
    except ImportError:  # it comes with the extra 'gcs'
        return None
    checksum: Any = google_crc32c.Checksum  # untyped
    return checksum()
