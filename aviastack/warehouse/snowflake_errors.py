"""What Snowflake's errors mean to the one who loads: the error of ours, and the remedy."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aviastack.errors import AuditFailed, AviastackError, LockRefused, StagingUnavailable, WarehouseUnavailable

if TYPE_CHECKING:
    from snowflake.connector import Error

_LOCKED = re.compile(r"number of waiters for this lock|lock.{0,40}time(d )?out|deadlock", re.IGNORECASE | re.DOTALL)
_RETRY = "Load again: what this load had done is undone, or complete."
_SIGN_IN = "Mend the connection: account, user, key or token, and whether the user is locked."
_GRANTS = "Create it or grant it to the role; `aviastack doctor --setup-sql` prints how."
_REMEDIES = {
    604: "The statement was cancelled. " + _RETRY,
    606: "Name a warehouse in the connection, and let it resume by itself (AUTO_RESUME = TRUE).",
    630: "The statement timed out: take a larger warehouse, or raise STATEMENT_TIMEOUT_IN_SECONDS.",
    2003: _GRANTS,
    2043: _GRANTS,
    3001: _GRANTS,
    250001: "See whether the account's name is right and whether the network reaches Snowflake. " + _RETRY,
    90073: "The warehouse can't be resumed: its resource monitor has used up its credits.",
}
_SIGN_INS = (*range(390000, 391000), *range(251000, 252000))  # the server's, and the connector's before it sends any
_SESSION_GONE = (390111, 390112)
_CONNECTION = range(250000, 251000)
_REMOTE_FILE = range(91000, 92000)
_ROWS = range(100000, 101000)


def explained(error: Error, about: str) -> AviastackError:
    """Return our error for one of the connector's; ``about`` names the connection."""
    if error.errno == 625 or _LOCKED.search(str(error.msg)):  # noqa: PLR2004 - Snowflake's number of the error
        return LockRefused(f"Snowflake refused a lock: {_told(error)}", remedy="Load again, with fewer loads at once.")
    what = "can't be reached" if error.errno in _CONNECTION else "refused"
    return WarehouseUnavailable(f"Snowflake ({about}) {what}: {_told(error)}", remedy=_remedy(error.errno))


def explained_copy(error: Error, stage: str, address: str) -> AviastackError:
    """Return our error for a COPY that failed: a file that is gone, rows that can't be read, or Snowflake itself."""
    if error.errno in _REMOTE_FILE:
        return StagingUnavailable(
            f"Stage {stage} can't read {address}: {_told(error)}",
            remedy="The stage's URL must be AVIASTACK_STAGING with gcs:// (DESCRIBE STAGE), and its integration must "
            "read the bucket; if the file itself is gone, stage it again with `aviastack replay`.",
        )
    if error.errno in _ROWS:
        return AuditFailed(
            f"A staged file is not one of ours: {_told(error)}", remedy="Stage the run again with `aviastack replay`."
        )
    return explained(error, f"stage {stage}")


def _remedy(errno: int | None) -> str:
    if errno in _REMEDIES:
        return _REMEDIES[errno]
    if errno in _SESSION_GONE or errno in _CONNECTION:
        return _RETRY
    return _SIGN_IN if errno in _SIGN_INS else "See the query in Snowflake's QUERY_HISTORY, by its tag."


def _told(error: Error) -> str:
    return " ".join(str(error.msg).split())
