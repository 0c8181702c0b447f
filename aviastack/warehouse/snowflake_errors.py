"""Translates Snowflake's errors into the library's, with a remedy."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aviastack.errors import AuditFailed, AviastackError, LockRefused, StagingUnavailable, WarehouseUnavailable

if TYPE_CHECKING:
    from snowflake.connector import Error

_LOCKED = re.compile(r"number of waiters for this lock|lock.{0,40}time(d )?out|deadlock", re.IGNORECASE | re.DOTALL)
_RETRY = "Load again: the load was either rolled back or completed."
_SIGN_IN = "Fix the connection: check the account, user, and key or token, and whether the user is locked."
_GRANTS = "Create it or grant it to the role; `aviastack doctor --setup-sql` prints how."
_REMEDIES = {
    604: "The statement was cancelled. " + _RETRY,
    606: "Name a warehouse in the connection, and set AUTO_RESUME = TRUE on it.",
    630: "The statement timed out. Use a larger warehouse, or raise STATEMENT_TIMEOUT_IN_SECONDS.",
    2003: _GRANTS,
    2043: _GRANTS,
    3001: _GRANTS,
    250001: "Check the account's name and the network. " + _RETRY,
    90073: "The warehouse can't be resumed because its resource monitor has no credits left: raise its quota.",
}
_SIGN_INS = (*range(390000, 391000), *range(251000, 252000))  # the server's, and the connector's own
_SESSION_GONE = (390111, 390112)
_CONNECTION = range(250000, 251000)
_REMOTE_FILE = range(91000, 92000)
_ROWS = range(100000, 101000)


def explained(error: Error, about: str) -> AviastackError:
    """Return the library's error for one of the connector's; ``about`` names the connection."""
    if error.errno == 625 or _LOCKED.search(str(error.msg)):  # noqa: PLR2004 - Snowflake's error number
        return LockRefused(
            f"Snowflake refused a lock: {_message_of(error)}", remedy="Load again, with fewer parallel loads."
        )
    what = "can't be reached" if error.errno in _CONNECTION else "refused"
    return WarehouseUnavailable(f"Snowflake ({about}) {what}: {_message_of(error)}", remedy=_remedy(error.errno))


def explained_copy(error: Error, stage: str, address: str) -> AviastackError:
    """Return the error for a failed COPY: a missing file, unreadable rows, or Snowflake itself."""
    if error.errno in _REMOTE_FILE:
        return StagingUnavailable(
            f"Stage {stage} can't read {address}: {_message_of(error)}",
            remedy="The stage's URL must be AVIASTACK_STAGING with gcs:// (see DESCRIBE STAGE), and its integration "
            "needs access to the bucket. If the file is missing, stage it again with `aviastack replay`.",
        )
    if error.errno in _ROWS:
        return AuditFailed(
            f"A staged file was not written by aviastack: {_message_of(error)}",
            remedy="Stage the run again with `aviastack replay`.",
        )
    return explained(error, f"stage {stage}")


def _remedy(errno: int | None) -> str:
    if errno in _REMEDIES:
        return _REMEDIES[errno]
    if errno in _SESSION_GONE or errno in _CONNECTION:
        return _RETRY
    return _SIGN_IN if errno in _SIGN_INS else "Find the query in Snowflake's QUERY_HISTORY by its tag."


def _message_of(error: Error) -> str:
    """Return the connector's message, which has ``None`` as the query's id if the session was gone before the query."""
    text = " ".join(str(error.msg).split())
    return text if error.sfqid else text.replace(": None: ", ": ", 1)
