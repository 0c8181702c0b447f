"""The ledger's account in a SQLite file, for one process or several on a host.

A transaction takes about 0.03 ms and releases the interpreter lock a dozen times, for which it must wait while other
threads are busy, so the changes of one turn of the loop share a transaction. WAL with ``synchronous=NORMAL`` syncs no
file at a commit: a killed process loses nothing, and a power cut at most the last calls, which the API's next headers
restore.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from time import monotonic
from typing import Any, TypeVar

import msgspec

from aviastack.aio import Coalescer
from aviastack.errors import StagingUnavailable
from aviastack.limits.quota import Account

T = TypeVar("T")
LOCKED_FOR = 10.0  # seconds to wait for another process that holds the file
LOOK = 0.005  # seconds between two attempts; the event loop continues meanwhile
CHECKPOINT = 10_000  # pages of log between two syncs of the file, about as many calls

_SCHEMA = "CREATE TABLE IF NOT EXISTS accounts (fingerprint TEXT PRIMARY KEY, account BLOB NOT NULL) WITHOUT ROWID"
_READ = "SELECT account FROM accounts WHERE fingerprint = ?"
_WRITE = "INSERT INTO accounts VALUES (?, ?) ON CONFLICT (fingerprint) DO UPDATE SET account = excluded.account"
_LOCKED = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


class AccountFile:
    """The account in a file; every method must be called in one thread."""

    def __init__(self, path: Path, fingerprint: str) -> None:
        self._path = path
        self._fingerprint = fingerprint
        self._file: sqlite3.Connection | None = None
        self._is_closed = False
        self._changes = Coalescer(self._changed, though_cancelled=False)

    async def change(self, step: Callable[[Account], T]) -> T:
        """Apply ``step`` in one transaction. Raises :class:`StagingUnavailable` if the file can't be written."""
        result: T = await self._changes.done(step)
        return result

    async def close(self) -> None:
        """Close the file. A call that ends later is still recorded, and does not leave the file open."""
        self._is_closed = True
        self._close_file()

    def _close_file(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    async def _changed(self, steps: Sequence[Callable[[Account], Any]]) -> list[Any]:
        """Apply the steps in one transaction, waiting for a file that another process holds."""
        until = monotonic() + LOCKED_FOR
        while True:
            try:
                return self._transact(steps)
            except (sqlite3.Error, OSError, msgspec.MsgspecError) as error:
                if not _is_locked(error) or monotonic() > until:
                    raise self._unavailable(error) from error
            await asyncio.sleep(LOOK)

    def _transact(self, steps: Sequence[Callable[[Account], Any]]) -> list[Any]:
        file = self._file or self._open()
        try:
            with file:
                file.execute("BEGIN IMMEDIATE")
                row = file.execute(_READ, (self._fingerprint,)).fetchone()
                account = msgspec.json.decode(row[0], type=Account) if row else Account()
                results = [step(account) for step in steps]
                written = msgspec.json.encode(account)
                if row is None or written != row[0]:
                    file.execute(_WRITE, (self._fingerprint, written))
        finally:
            if self._is_closed:
                self._close_file()
        return results

    def _open(self) -> sqlite3.Connection:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600))  # SQLite's own files take its rights from it
        file = sqlite3.connect(self._path, timeout=0, isolation_level=None)
        try:
            file.execute("PRAGMA journal_mode = WAL")
            file.execute("PRAGMA synchronous = NORMAL")
            file.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT}")
            file.execute(_SCHEMA)
        except sqlite3.Error:
            file.close()
            raise
        self._file = file
        return file

    def _unavailable(self, error: Exception) -> StagingUnavailable:
        return StagingUnavailable(
            f"The ledger {self._path} can't be written ({type(error).__name__}: {error}), so no call may be sent.",
            remedy="Remove the file if it is damaged, or set AVIASTACK_STATE to a folder that can be written.",
        )


def _is_locked(error: Exception) -> bool:
    """Whether another process holds the file; the low byte of SQLite's extended codes is the plain one."""
    return isinstance(error, sqlite3.OperationalError) and error.sqlite_errorcode & 0xFF in _LOCKED
