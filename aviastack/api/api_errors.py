"""Turns an error of the API into one of ours, by tables: first the code in its body, then the HTTP status.

Bodies come as ``{"error": {"code", "message"}}``, with ``context`` for validation errors, as ``{"message"}`` from the
gateway, and as ``{"success": false, "error": {"code": 101, "type", "info"}}`` in older products of the same vendor.
Errors have been reported with HTTP 200 as well.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aviastack.api.retries import TransientError
from aviastack.errors import (
    ApiUnavailable,
    AviastackError,
    BadRequest,
    KeyRefused,
    PlanRefused,
    QuotaExhausted,
    RateLimited,
)
from aviastack.redaction import redacted

QUOTED = 300  # characters of foreign text that a message quotes at most


@dataclass(frozen=True, slots=True)
class _Meaning:
    """An error of the API as ours: ``rule`` begins the message. ``attempts`` bounds the attempts; 1 means no retry."""

    kind: type[AviastackError]
    rule: str
    remedy: str
    attempts: int | None = 1

    def error(self, what: str, after: float | None) -> Exception:
        """Return the exception to raise: a :class:`TransientError` if a retry may help."""
        wait = "" if after is None or self.attempts == 1 else f"; it asks to wait {after:,.0f} s"
        error = self.kind(f"{self.rule} ({what}{wait}).", remedy=self.remedy)
        return error if self.attempts == 1 else TransientError(error, after=after, attempts=self.attempts)


_KEY = _Meaning(KeyRefused, "The API refuses the access key", "Set AVIASTACK_ACCESS_KEY to a valid, active key.")
_PLAN = _Meaning(
    PlanRefused,
    "The plan of this key does not include the request",
    "Upgrade the plan. Other endpoints may still be served.",
)
_HTTPS = _Meaning(
    PlanRefused, "The plan of this key does not include HTTPS", "Upgrade, or set AVIASTACK_BASE_URL to http://."
)
_PATH = _Meaning(ApiUnavailable, "The API has no such endpoint", "Check AVIASTACK_BASE_URL: it ends in /v1.")
_SPENT = _Meaning(
    QuotaExhausted,
    "The month's quota of this key is spent",
    "Wait for the next period (see `aviastack status`), or upgrade the plan.",
)
_TOO_FAST = _Meaning(
    RateLimited, "The API keeps answering that calls come too fast", "Lower AVIASTACK_PACE.", attempts=None
)
_INVALID = _Meaning(BadRequest, "The API rejects the request as invalid", "Fix the parameter that it names.")
_DISGUISED = _Meaning(_INVALID.kind, _INVALID.rule, _INVALID.remedy, attempts=2)
_PROXY = _Meaning(
    ApiUnavailable,
    "A proxy in front of the API asks for credentials",
    "Put user and password into HTTPS_PROXY, or exempt the host with NO_PROXY.",
)
_FAILED = _Meaning(ApiUnavailable, "The API failed", "Try again later.", attempts=None)

_BY_CODE = {
    "invalid_access_key": _KEY,
    "missing_access_key": _KEY,
    "inactive_user": _KEY,
    "https_access_restricted": _HTTPS,
    "function_access_restricted": _PLAN,
    "usage_limit_reached": _SPENT,
    "rate_limit_reached": _TOO_FAST,
    "invalid_api_function": _PATH,
    "404_not_found": _PATH,
    "validation_error": _INVALID,
}
_OLD_CODES = {
    "101": "invalid_access_key",
    "102": "inactive_user",
    "103": "invalid_api_function",
    "104": "usage_limit_reached",
    "105": "function_access_restricted",
}
_BY_STATUS = {
    401: _KEY,
    403: _PLAN,
    404: _PATH,
    407: _PROXY,
    408: _FAILED,  # a gateway that gave up waiting: the request itself is fine
    425: _FAILED,
    429: _TOO_FAST,
}
_CLIENT_ERRORS = range(400, 500)

# The end of the month has been seen under rate_limit_reached; only its message said so.
_MONTH = re.compile(r"month|usage|quota", re.IGNORECASE)
_SHORT_PERIOD = re.compile(
    r"(?:\b(?:per|each|every|in a|a)\s+|/\s*)(?:\d+\s*)?(?:s|sec|second|min|minute|hour)s?\b", re.IGNORECASE
)
# /flightsFuture answers a date that it does not serve with HTTP 500.
_DATE_RULE = re.compile(r"date must be", re.IGNORECASE)


def error_from(
    status: int, body: Mapping[str, Any], *, subject: str, remaining: int | None, after: float | None
) -> Exception:
    """Return the error that an error response stands for; one that may pass comes as a :class:`TransientError`.

    ``body`` is the decoded JSON object, empty if there is none; ``subject`` names the request; ``remaining`` is the
    ``x-quota-remaining`` header, and ``after`` the Retry-After in seconds.
    """
    code, message = _code_and_message(body)
    what = f"{subject}: HTTP {status}" + (f" {code}" if code else "") + (f": {message}" if message else "")
    return _meaning(status, code, message, remaining).error(what, after)


def quoted(text: str) -> str:
    """Return foreign text fit for a message: redacted, on one line, without control characters, of bounded length."""
    start = text[: 4 * QUOTED]
    line = redacted(" ".join("".join(c if c.isprintable() else " " for c in start).split()))
    return line if len(line) <= QUOTED and len(start) == len(text) else line[: QUOTED - 3] + "..."


def _meaning(status: int, code: str, message: str, remaining: int | None) -> _Meaning:
    by_code = _BY_CODE.get(code)
    if by_code is _TOO_FAST or (by_code is None and _BY_STATUS.get(status) is _TOO_FAST):
        return _SPENT if _is_month_spent(message, remaining) else _TOO_FAST
    if by_code is not None:
        return by_code
    if status in _BY_STATUS and (not code or status not in (401, 403, 404)):
        return _BY_STATUS[status]
    if status in _CLIENT_ERRORS:
        return _INVALID
    return _DISGUISED if _DATE_RULE.search(message) else _FAILED


def _is_month_spent(message: str, remaining: int | None) -> bool:
    """Whether a 429 means the month: the header decides, then the words; a limit per second is never the month's."""
    if remaining is not None:
        return remaining == 0
    return bool(_MONTH.search(message)) and not _SHORT_PERIOD.search(message)


def _code_and_message(body: Mapping[str, Any]) -> tuple[str, str]:
    """Return the code and the message in a body of any shape, "" for what is missing."""
    error = body.get("error")
    if not isinstance(error, Mapping):
        return "", quoted(str(error or body.get("message") or ""))
    name = error.get("type") if isinstance(error.get("code"), int) and error.get("type") else error.get("code")
    code = quoted(str(name or error.get("type") or ""))[:60]
    message = str(error.get("message") or error.get("info") or body.get("message") or "")
    return _OLD_CODES.get(code, code), quoted(f"{message} {_context(error.get('context'))}")


def _context(context: object) -> str:
    """Return the parameters that a validation error names, with their faults."""
    if not isinstance(context, Mapping):
        return ""
    parts = []
    for parameter, faults in context.items():
        entries = faults if isinstance(faults, list) else [faults]
        texts = [str(e.get("message") or e.get("key") or e) if isinstance(e, Mapping) else str(e) for e in entries]
        parts.append(f"{parameter}: {', '.join(texts)}")
    return f"({'; '.join(parts)})"
