"""A DuckDB file whose creation was cut short, by a full disk or a kill, which DuckDB itself never opens again."""

from __future__ import annotations

import fcntl
import logging
import os
from pathlib import Path

HEADERS = 3 * 4096  # bytes that DuckDB writes before a file holds a database
_MAGIC = slice(8, 12)

_log = logging.getLogger(__name__)


def removed_if_cut_short(path: Path) -> bool:
    """Remove the file if its headers are not whole; it then never held a row. Return whether it was removed.

    Another process that creates it holds DuckDB's own lock. Raises :class:`OSError` if it cannot be removed.
    """
    with path.open("r+b") as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        start = file.read(HEADERS)
        is_ours = not start or start[_MAGIC] == b"DUCK"
        if len(start) == HEADERS or not is_ours or not os.path.samestat(os.fstat(file.fileno()), path.stat()):
            return False
        path.resolve().unlink()
    _log.warning("%s was cut short while DuckDB created it, by a full disk or a kill; it is created again.", path)
    return True
