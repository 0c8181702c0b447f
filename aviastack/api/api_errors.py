"""What a refusal of the API means: its error body, or its bare status where there is none, as one of our errors.

Bodies come as ``{"error": {"code", "message"}}``, with ``context`` for validation errors, as ``{"message"}`` from the
gateway, and as ``{"success": false, "error": {"code": 101, "type", "info"}}`` in older products of the same vendor. The
code decides, then the status: errors were reported in HTTP 200 as well.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from aviastack.api.retries import Fault
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

LONGEST_TEXT = 300  # characters of foreign text that a message quotes
_NUMBERS = {
    "101": "invalid_access_key",
    "102": "inactive_user",
    "103": "invalid_api_function",
    "104": "usage_limit_reached",
    "105": "function_access_restricted",
}
_KEY = {"invalid_access_key", "missing_access_key", "inactive_user"}
_PLAN = {"https_access_restricted", "function_access_restricted"}
_PATH = {"invalid_api_function", "404_not_found"}
_SPENT_MONTH = re.compile(r"month|usage|quota", re.IGNORECASE)
# A date that /flightsFuture does not serve is answered so, with HTTP 500.
_DISGUISED = re.compile(r"date must be", re.IGNORECASE)
_UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND, _TOO_MANY, _SERVER_ERROR = 401, 403, 404, 429, 500
_CLIENT_ERROR = 400
_TOO_EARLY = {408, 425}  # a gateway that gave up waiting: nothing is wrong with the request


def refusal(status: int, body: Mapping[str, Any], *, subject: str, spent: bool, after: float | None) -> Exception:
    """Return the error that an answer with an error in its body, or with a failing status, stands for.

    ``body`` is the decoded JSON object, empty where there is none; ``subject`` names what was asked; ``spent`` tells
    that ``x-quota-remaining`` was 0; ``after`` is the Retry-After in seconds. What may pass comes as a :class:`Fault`.
    """
    code, message = _told(body)
    what = f"{subject}: HTTP {status}" + (f" {code}" if code else "") + (f": {message}" if message else "")
    if code in _KEY or (not code and status == _UNAUTHORIZED):
        return KeyRefused(
            f"The API refuses the access key ({what}).", remedy="Set AVIASTACK_ACCESS_KEY to a valid one."
        )
    if code in _PLAN or (not code and status == _FORBIDDEN):
        return _plan_refused(code, what)
    if code == "usage_limit_reached":
        return _spent(what)
    if code == "rate_limit_reached" or status == _TOO_MANY:
        # The month's end was seen under this code as well; only its message, or the header, tells.
        return _spent(what) if spent or _SPENT_MONTH.search(message) else _limited(what, after)
    if code in _PATH or (not code and status == _NOT_FOUND):
        return ApiUnavailable(
            f"The API has no such endpoint ({what}).", remedy="Check AVIASTACK_BASE_URL: it ends in /v1."
        )
    if code == "validation_error" or (_CLIENT_ERROR <= status < _SERVER_ERROR and status not in _TOO_EARLY):
        return _invalid(what)
    if _DISGUISED.search(message):
        return Fault(_invalid(what), attempts=2)
    return Fault(ApiUnavailable(f"The API failed ({what}).", remedy="Try again later."), after=after)


def quoted(text: str) -> str:
    """Return foreign text fit for a message: redacted, on one line, of bounded length."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text[: 4 * LONGEST_TEXT]).split())
    line = redacted(line)
    return line if len(line) <= LONGEST_TEXT else line[: LONGEST_TEXT - 3] + "..."


def _told(body: Mapping[str, Any]) -> tuple[str, str]:
    """The code and the message in a body, whatever its shape; "" where there is none."""
    error = body.get("error")
    if not isinstance(error, Mapping):
        return "", quoted(str(error or body.get("message") or ""))
    name = error.get("type") if isinstance(error.get("code"), int) and error.get("type") else error.get("code")
    code = quoted(str(name or error.get("type") or ""))
    message = str(error.get("message") or error.get("info") or body.get("message") or "")
    return _NUMBERS.get(code, code), quoted(f"{message} {_context(error.get('context'))}")


def _context(context: object) -> str:
    """The parameters that a validation error names, with what it says of each."""
    if not isinstance(context, Mapping):
        return ""
    said = []
    for parameter, faults in context.items():
        entries = faults if isinstance(faults, list) else [faults]
        texts = [str(e.get("message") or e.get("key") or e) if isinstance(e, Mapping) else str(e) for e in entries]
        said.append(f"{parameter}: {', '.join(texts)}")
    return f"({'; '.join(said)})"


def _plan_refused(code: str, what: str) -> AviastackError:
    if code == "https_access_restricted":
        return PlanRefused(
            f"The plan does not serve HTTPS ({what}).", remedy="Upgrade, or point AVIASTACK_BASE_URL at http://."
        )
    return PlanRefused(
        f"The plan of this key does not serve the request ({what}).",
        remedy="It needs a higher plan. Other endpoints may still be served.",
    )


def _spent(what: str) -> QuotaExhausted:
    return QuotaExhausted(
        f"The month's quota of this key is spent ({what}).",
        remedy="Wait for the next period (`aviastack status` tells what is known of it), or upgrade the plan.",
    )


def _limited(what: str, after: float | None) -> Fault:
    wait = f", which asks to wait {after:.0f} s" if after is not None else ""
    return Fault(
        RateLimited(f"The API keeps saying that calls come too fast ({what}{wait}).", remedy="Lower AVIASTACK_PACE."),
        after=after,
    )


def _invalid(what: str) -> BadRequest:
    return BadRequest(f"The API calls the request invalid ({what}).", remedy="Mend the parameter that it names.")
