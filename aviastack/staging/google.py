"""Access to Google Cloud Storage: one client per process, retries in the log, and an explanation of every failure."""

from __future__ import annotations

import asyncio
import atexit
import logging
import os
from base64 import b64encode
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from aviastack.errors import StagingUnavailable

if TYPE_CHECKING:
    import aiohttp

TRIES = 6  # attempts that gcsfs makes at a request, 1 to 32 s apart
RETRIED_STATUSES = frozenset({408, 429, 500, 501, 502, 503, 504})
LOG_IN = (
    "Run 'gcloud auth application-default login', or set GOOGLE_APPLICATION_CREDENTIALS to a valid credential's file."
)

log = logging.getLogger(__name__)


_lent: dict[str, Any] = {}


def sign_in(credentials: Any) -> None:
    """Let the process's client, and those of its forks, sign in with these credentials of google-auth.

    A client that was made before keeps its own. Anonymous credentials read public buckets.
    """
    from google.auth.credentials import AnonymousCredentials

    _lent["credentials"] = "anon" if isinstance(credentials, AnonymousCredentials) else credentials


ROUNDING = timedelta(seconds=5)  # a Date has whole seconds and was on its way
_ahead = {"by": timedelta()}  # how far Google's clock was ahead of ours at its last response


def google_now() -> datetime:
    """Return the time by Google's clock, within seconds, as its last response gave it: ours may be minutes off."""
    return _our_now() + _ahead["by"]


def _our_now() -> datetime:
    return datetime.now(UTC)


def _read_clock(headers: Mapping[str, str]) -> None:
    try:
        ahead = parsedate_to_datetime(headers["Date"]) - _our_now()
        _ahead["by"] = ahead if abs(ahead) > ROUNDING else timedelta()
    except (KeyError, ValueError, TypeError):
        log.debug("a response of Google Storage has no usable Date")


@cache
def client(process: int, emulator: str) -> Any:
    """Return the process's client for Google, or for the emulator named; it is closed when the process ends.

    A forked child passes its own ``process`` and gets its own client, because connections cannot be inherited. Raises
    :class:`StagingUnavailable` if there are no credentials.
    """
    os.environ.setdefault(
        "GCSFS_EXPERIMENTAL_ZB_HNS_SUPPORT", "false"
    )  # else it looks up the bucket's type by gRPC: 60 s
    import aiohttp
    import gcsfs
    from google.auth.exceptions import GoogleAuthError

    if (logger := logging.getLogger("gcsfs")).level == logging.NOTSET:
        logger.setLevel(logging.CRITICAL)  # it logs a traceback of everything that it raises, which we report
    try:
        return gcsfs.GCSFileSystem(
            token="anon" if emulator else _lent.get("credentials", "google_default"),
            access="read_write",
            use_listings_cache=False,
            skip_instance_cache=True,
            requests_timeout=aiohttp.ClientTimeout(total=300, sock_connect=10, sock_read=60),
            session_kwargs={"trace_configs": [_traced(process)]},
        )
    except GoogleAuthError as error:
        cause = str(error).rstrip(".")
        raise StagingUnavailable(f"No usable credential for Google Cloud Storage: {cause}.", remedy=LOG_IN) from error


class Crc32c:
    """Compares the checksum of the sent bytes with Google's, at a seventh of the cost of gcsfs's own MD5."""

    def __init__(self) -> None:
        import google_crc32c

        checksum: Any = google_crc32c.Checksum  # untyped
        self._sum = checksum()

    def update(self, data: bytes | memoryview) -> None:
        """Take the next bytes sent."""
        self._sum.update(bytes(data))

    def validate_json_response(self, response: dict[str, str]) -> None:
        """Raise gcsfs's error if Google's checksum differs."""
        from gcsfs.retry import ChecksumError

        if response["crc32c"] != b64encode(self._sum.digest()).decode():
            raise ChecksumError("CRC32C differs")


def explained(error: Exception) -> tuple[str, str] | None:
    """Return the cause and the remedy of an error of gcsfs; None if it is not a failure of the storage."""
    import aiohttp
    from gcsfs.retry import ChecksumError, HttpError, NonRetryableError
    from google.auth.exceptions import GoogleAuthError

    if isinstance(error, FileNotFoundError):
        return (
            "there is no such bucket or object (404)",
            "See whether AVIASTACK_STAGING names the right bucket; make it.",
        )
    if isinstance(error, OSError) and str(error).startswith("Forbidden"):
        reason = str(error).partition("\n")[2] or "no reason given"
        return f"access is refused (403: {reason})", "Give the account roles/storage.objectUser on the bucket."
    if isinstance(error, (GoogleAuthError, NonRetryableError)) or getattr(error, "code", None) == 401:  # noqa: PLR2004 - HTTP
        return f"the credential is missing, wrong or expired (401: {error})", LOG_IN
    if isinstance(error, HttpError) and error.code in RETRIED_STATUSES:
        return f"Google Storage answers {error}, at each of {TRIES} attempts", "Try again later."
    if isinstance(error, HttpError) or (
        isinstance(error, ValueError) and str(error).startswith(("Bad Request", "Bucket is requester pays"))
    ):
        return f"Google Storage refuses the request ({error})", "See whether AVIASTACK_STAGING is right."
    if isinstance(error, ChecksumError):
        return "the bytes that arrived differ from those sent", "Run again; what was stored has no manifest."
    if isinstance(error, (OSError, aiohttp.ClientError)):
        cause = str(error) or type(error).__name__
        return f"Google Storage can't be reached ({cause})", "See whether the network reaches it, then run again."
    return None


def _traced(process: int) -> aiohttp.TraceConfig:
    """Trace every request: close its session when the process ends, and log the failures that gcsfs retries."""
    import aiohttp

    seen: set[aiohttp.ClientSession] = set()

    async def begun(session: aiohttp.ClientSession, _: object, __: object) -> None:
        if session not in seen:
            seen.add(session)
            atexit.register(_close, session, process)  # gcsfs's own closing comes later and is not safe across threads

    async def ended(_: object, __: object, what: aiohttp.TraceRequestEndParams) -> None:
        _read_clock(what.response.headers)
        if what.response.status in RETRIED_STATUSES:
            _log_retry(what, f"was answered {what.response.status}")

    async def failed(_: object, __: object, what: aiohttp.TraceRequestExceptionParams) -> None:
        if not isinstance(what.exception, asyncio.CancelledError):
            _log_retry(what, f"failed ({type(what.exception).__name__})")

    trace = aiohttp.TraceConfig()
    trace.on_request_start.append(begun)
    trace.on_request_end.append(ended)
    trace.on_request_exception.append(failed)
    return trace


def _close(session: aiohttp.ClientSession, process: int) -> None:
    from fsspec.asyn import get_loop, sync

    if os.getpid() == process:
        sync(get_loop(), session.close, timeout=5)


def _log_retry(request: aiohttp.TraceRequestEndParams | aiohttp.TraceRequestExceptionParams, how: str) -> None:
    """Log without the query: an upload's address is as good as a key."""
    log.warning("%s %s %s; it is tried %d times at most", request.method, request.url.path, how, TRIES)
