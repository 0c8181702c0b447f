"""Everything aviastack raises on purpose, split by what the caller can do next.

::

    AviastackError                      exit code
    ├── AccessRefused                   4   mend the key or the plan
    │   ├── KeyRefused                      ends the run
    │   └── PlanRefused                     ends only its endpoint
    ├── Exhausted                       5   try later
    │   ├── QuotaExhausted                  the month is spent
    │   ├── BudgetExhausted                 our own limit is reached
    │   └── RateLimited                     too fast, and the retries are spent
    ├── BadRequest                      2   mend the request
    ├── ApiUnavailable                  7   try later; the API does not answer, or answers nonsense
    ├── IncompleteExtract               3   look at the proof; rows are kept, nothing is removed
    ├── AuditFailed                     3   look at the audit; the warehouse is as it was
    ├── StagingUnavailable              6   mend the staging folder or bucket
    └── WarehouseUnavailable            6   mend or free the warehouse
        └── LockRefused                     another load holds the table, and the retries are spent

A message names the value, the rule it broke and the remedy. It never holds the access key: texts that come from
outside pass through :mod:`aviastack.redaction` before they become part of one.
"""

from __future__ import annotations

from typing import ClassVar

EXIT_DONE = 0
EXIT_BUG = 1


class AviastackError(Exception):
    """The root of the hierarchy.

    ``message`` says what was wrong (value and rule), ``remedy`` what to do about it.
    """

    exit_code: ClassVar[int] = EXIT_BUG

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}".rstrip()

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle whole, remedy and attributes included: an error crosses processes in Airflow."""
        return _restored, (type(self), self.args, self.__dict__)

    def to_json(self) -> dict[str, str]:
        """Return the error as the command line's JSON has it."""
        return {"type": type(self).__name__, "message": self.message, "remedy": self.remedy}


class AccessRefused(AviastackError):
    """The API refuses this key, or this plan."""

    exit_code = 4


class KeyRefused(AccessRefused):
    """The access key is missing, unknown or inactive (HTTP 401). No call with it can succeed."""


class PlanRefused(AccessRefused):
    """The plan does not serve this endpoint or parameter (HTTP 403). Other endpoints may still be served."""


class Exhausted(AviastackError):
    """Calls are used up: the month's, our own budget's, or the rate's."""

    exit_code = 5


class QuotaExhausted(Exhausted):
    """The month's quota of the plan is spent."""


class BudgetExhausted(Exhausted):
    """The next call would exceed our own limit; it was not made."""


class RateLimited(Exhausted):
    """The API kept answering 429 until the retries were spent."""


class BadRequest(AviastackError):
    """The request is wrong: the API's validation says so, or ours before a call was spent."""

    exit_code = 2


class ApiUnavailable(AviastackError):
    """The API could not be reached, or answered what no retry turned into a page."""

    exit_code = 7


class IncompleteExtract(AviastackError):
    """The run's completeness could not be proven."""

    exit_code = 3


class AuditFailed(AviastackError):
    """The staged rows broke a rule of the audit; the target was left as it was."""

    exit_code = 3


class StagingUnavailable(AviastackError):
    """The staging folder or bucket can't be read or written."""

    exit_code = 6


class WarehouseUnavailable(AviastackError):
    """The warehouse can't be opened, is held by another process, or holds a table of another shape."""

    exit_code = 6


class LockRefused(WarehouseUnavailable):
    """Another load holds the table, and its queue is full or too slow. A transaction that met it may be run again."""


def _restored(kind: type[AviastackError], args: tuple[str, ...], state: dict[str, object]) -> AviastackError:
    error = kind(*args)
    error.__dict__.update(state)
    return error
