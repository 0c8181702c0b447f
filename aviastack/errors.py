"""Every error that aviastack raises on purpose, grouped by what the caller can do next.

::

    AviastackError                      exit  retry
    ├── AccessRefused                   4     no     fix the key or the plan
    │   ├── KeyRefused                  4     no     ends the whole command
    │   └── PlanRefused                 4     no     ends only its endpoint
    ├── Exhausted                       5     no     try again later
    │   ├── QuotaExhausted              5     no     the month's calls are spent
    │   ├── BudgetExhausted             5     no     our own limit is reached
    │   └── RateLimited                 5     yes    the API kept answering 429
    ├── BadRequest                      2     no     fix the request or the setting
    │   └── MissingExtra                2     no     install the optional dependency
    ├── ApiUnavailable                  7     yes    the API does not answer, or its answers are not pages
    │   └── ApiDown                     7     yes    several calls in a row failed: ends the whole command
    ├── IncompleteExtract               3     no     read the proof; rows are kept, nothing is removed
    ├── AuditFailed                     3     no     read the audit; the warehouse is unchanged
    ├── MartsFailed                     3     no     fix the dbt model or the data that failed its test
    ├── StagingUnavailable              6     yes    check the staging folder or bucket
    │   └── DamagedFile                 6     no     the message says how to get it again; ends only its slice
    └── WarehouseUnavailable            6     yes    check the warehouse, or close what holds it
        └── LockRefused                 6     yes    another load holds the table

``exit`` is the exit code of the command line; 0 means done, 1 an unforeseen error and 130 an interrupt. ``retry`` says
whether running the same task again later can succeed without a change; Airflow's retry policy follows it.

A message names the value, the rule it broke and the fix. It never holds the access key: text from outside passes
through :mod:`aviastack.redaction` before it becomes part of a message.
"""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from typing import ClassVar

EXIT_DONE = 0
EXIT_BUG = 1
EXIT_INTERRUPTED = 130
_SUGGESTIONS = 3


class AviastackError(Exception):
    """The root of the hierarchy.

    ``message`` says what is wrong (value and rule), ``remedy`` how to fix it.
    """

    exit_code: ClassVar[int] = EXIT_BUG
    retryable: ClassVar[bool] = False

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}".rstrip()

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle all attributes, because Airflow passes errors between processes."""
        return _restored, (type(self), self.args, self.__dict__)

    def to_json(self) -> dict[str, str]:
        """Return the error as it appears in the command line's JSON."""
        return {"type": type(self).__name__, "message": self.message, "remedy": self.remedy}


class AccessRefused(AviastackError):
    """The API refuses this key, or this plan."""

    exit_code = 4


class KeyRefused(AccessRefused):
    """The access key is missing, unknown or inactive (HTTP 401). No call with it can succeed."""


class PlanRefused(AccessRefused):
    """The plan does not include this endpoint or parameter (HTTP 403). Other endpoints may still work."""


class Exhausted(AviastackError):
    """No call is left: of the month's quota, of our own budget, or of the rate limit."""

    exit_code = 5


class QuotaExhausted(Exhausted):
    """The month's quota of the plan is spent."""


class BudgetExhausted(Exhausted):
    """The next call would exceed our own limit; it was not made."""


class RateLimited(Exhausted):
    """The API kept answering 429 until the retries were spent."""

    retryable = True


class BadRequest(AviastackError):
    """The request is invalid: according to the API, or to our own checks before a call was spent."""

    exit_code = 2


class MissingExtra(BadRequest):
    """An optional dependency is not installed."""


class ApiUnavailable(AviastackError):
    """The API could not be reached, or no attempt returned a valid page."""

    exit_code = 7
    retryable = True


class ApiDown(ApiUnavailable):
    """Several calls in a row failed after all their retries. No further call is made."""


class IncompleteExtract(AviastackError):
    """The run could not prove that no row is missing."""

    exit_code = 3


class AuditFailed(AviastackError):
    """The staged rows broke a rule of the audit; the target table is unchanged."""

    exit_code = 3


class MartsFailed(AviastackError):
    """A dbt model could not be built, or its data failed a test. The same rows fail again."""

    exit_code = 3


class StagingUnavailable(AviastackError):
    """The staging folder or bucket can't be read or written."""

    exit_code = 6
    retryable = True


class DamagedFile(StagingUnavailable):
    """A file in staging is gone, is not as it was written, or is not a file of ours. Concerns only its slice."""

    retryable = False


class WarehouseUnavailable(AviastackError):
    """The warehouse can't be opened, is held by another process, or has a table with other columns."""

    exit_code = 6
    retryable = True


class LockRefused(WarehouseUnavailable):
    """Another load holds the table, and its queue is full or too slow. The transaction may be run again."""


def counted(number: int, thing: str) -> str:
    """Return ``1 call``, ``1,200 calls``: a count as every message and log line writes it."""
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"


def did_you_mean(name: str, known: Sequence[str], kind: str = "") -> str:
    """Return the remedy for an unknown name: the closest ones, and all. ``kind`` is their plural, such as endpoints."""
    valid = f"Valid {kind}: " if kind else "Valid: "
    return f"{suggestion(name, known)} {valid}{', '.join(known)}.".lstrip()


def suggestion(name: str, known: Sequence[str]) -> str:
    """Return a question with the names that begin with ``name``, else the closest one; empty if none is close."""
    close = [each for each in known if each.startswith(name)] or get_close_matches(name, known, 1)
    return f"Did you mean {' or '.join(repr(each) for each in close[:_SUGGESTIONS])}?" if close else ""


def _restored(kind: type[AviastackError], args: tuple[str, ...], state: dict[str, object]) -> AviastackError:
    error = kind(*args)
    error.__dict__.update(state)
    return error
