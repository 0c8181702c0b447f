"""A staging folder in memory: slow, failing before and after its effect, full, and losing what was not flushed."""

from __future__ import annotations

import errno
import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import BytesIO
from typing import IO, Any

from aviastack.staging.folder import REMEDIES
from aviastack.staging.store import Checksum, Entry, GrowingStore, Hold, Sink
from tests.simulation.processes import Process
from tests.simulation.storage import Trouble

SCHEME = "memory:/"


@dataclass
class Disk:
    """What outlives a process. ``unflushed`` has the number of flushed bytes of each growing file."""

    files: dict[str, bytes] = field(default_factory=dict)
    modified: dict[str, datetime] = field(default_factory=dict)
    flushed: dict[str, int] = field(default_factory=dict)
    holders: dict[str, _MemoryHold] = field(default_factory=dict)
    full: bool = False

    def put(self, path: str, data: bytes) -> None:
        if self.full:
            raise OSError(errno.ENOSPC, "No space left on device")
        self.files[path] = data
        self.modified[path] = datetime.now(UTC)

    def lose_power(self) -> set[str]:
        """Lose what was not flushed; return the files that lost something."""
        lost = {path for path, size in self.flushed.items() if size < len(self.files.get(path, b""))}
        for path in lost:
            self.files[path] = self.files[path][: self.flushed[path]]
        return lost

    def flip(self, path: str, bit: int) -> None:
        """Flip one bit of a file."""
        data = bytearray(self.files[path])
        data[bit // 8] ^= 1 << bit % 8
        self.files[path] = bytes(data)


class _MemoryHold:
    def __init__(self, disk: Disk, path: str) -> None:
        self._disk, self._path = disk, path
        disk.holders[path] = self

    def release(self) -> None:
        if self._disk.holders.get(self._path) is self:
            del self._disk.holders[self._path]


class _GrowingFile:
    """A growing file of the disk. A write may be torn: half of it is there, and it failed."""

    def __init__(self, store: MemoryStore, path: str) -> None:
        self._store, self.path = store, path
        self.closed = False

    def write(self, data: Any) -> int:
        disk, whole = self._store.disk, bytes(data)
        torn = self._store.trouble.torn(self.path)
        disk.put(self.path, disk.files[self.path] + (whole[: len(whole) // 2] if torn else whole))
        if torn:
            raise OSError(errno.EIO, "simulated: the disk failed in the middle of a page")
        return len(whole)

    def close(self) -> None:
        self.closed = True

    def __enter__(self) -> _GrowingFile:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class MemoryStore(GrowingStore):
    """The disk as one process sees it; its locks end with the process."""

    def __init__(self, disk: Disk, process: Process, trouble: Trouble) -> None:
        super().__init__(None, SCHEME)
        self.disk, self.trouble, self._process = disk, trouble, process

    def create(self, path: str, data: bytes) -> None:
        with self._step("create", path):
            if path in self.disk.files:
                raise FileExistsError(path)
            self.disk.put(path, bytes(data))

    @contextmanager
    def writer(self, path: str) -> Iterator[Sink]:
        file = BytesIO()
        yield Sink(self, path, file)
        with self._step("write", path):
            self.disk.put(path, file.getvalue())

    def move(self, source: str, target: str) -> None:
        with self._step("move", target):
            self.disk.put(target, self.disk.files.pop(source))

    def hold(self, path: str) -> Hold | None:
        if path in self.disk.holders:
            return None
        held = _MemoryHold(self.disk, path)
        self._process.at_death.append(held.release)
        return held

    def is_held(self, path: str) -> bool:
        return path in self.disk.holders

    def grow(self, path: str) -> IO[bytes]:
        self.create(path, b"")
        self.disk.flushed[path] = 0
        file: Any = _GrowingFile(self, path)
        return file  # type: ignore[no-any-return]

    def sync(self, file: IO[bytes]) -> None:
        path = file.path  # type: ignore[attr-defined]
        self.disk.flushed[path] = len(self.disk.files[path])

    def checksum(self, path: str) -> Checksum:
        return Checksum("sha256", hashlib.sha256(self.read(path)).hexdigest())

    def address(self, path: str) -> str:
        return f"{SCHEME}{path}"

    def read(self, path: str) -> bytes:
        with self.explaining("read", path):
            self.trouble.before("read", path)
            return self._data(path)

    def read_all(self, paths: Iterable[str]) -> dict[str, bytes]:
        return {path: self.read(path) for path in paths}

    @contextmanager
    def reader(self, path: str) -> Iterator[IO[bytes]]:
        yield BytesIO(self.read(path))

    def entries(self, prefix: str = "", *, hidden: bool = False) -> list[Entry]:
        with self.explaining("list", prefix):
            self.trouble.before("list", prefix)
        start = f"{prefix}/" if prefix else ""
        return [
            Entry(path, len(data), self.disk.modified[path])
            for path, data in sorted(self.disk.files.items())
            if path.startswith(start) and (hidden or "/." not in f"/{path.removeprefix(prefix)}")
        ]

    def exists(self, path: str) -> bool:
        return path in self.disk.files

    def size(self, path: str) -> int:
        return len(self._data(path))

    def remove(self, path: str) -> None:
        self.disk.files.pop(path, None)

    def _data(self, path: str) -> bytes:
        if path not in self.disk.files:
            raise FileNotFoundError(errno.ENOENT, "No such file or directory", path)
        return self.disk.files[path]

    @contextmanager
    def _step(self, doing: str, path: str) -> Iterator[None]:
        """Let the storage fail or the process die before the effect and after it."""
        with self.explaining(doing, path):
            self.trouble.before(doing, path)
            yield
            self.trouble.after(doing, path)

    def _explained(self, error: Exception) -> tuple[str, str] | None:
        if not isinstance(error, OSError):
            return None
        return (error.strerror or str(error)), REMEDIES.get(error.errno or 0, "Look at the disk, then run again.")

    def _entry(self, info: dict[str, Any]) -> Entry:
        raise NotImplementedError
