"""Keeps the access key out of every text, by value.

The API takes its key in the query string alone, so the key is part of every URL, and thereby of what HTTP libraries say
in logs and exceptions. Lists of names miss some place sooner or later (dlt's lacks ``access_key``); a value is found
wherever it stands. What follows ``access_key=`` is hidden too, whoever's key it is.
"""

from __future__ import annotations

import json
import logging
import re
from functools import cache
from urllib.parse import quote, quote_plus

MASK = "***"
SHORTEST = 6  # a shorter value is no key, and hiding it would garble ordinary words
_BY_NAME = r"(?<=access_key=)[^&\s\"'<>\\)]+"

_concealed: set[str] = set()
_pattern = re.compile(_BY_NAME)


def conceal(secret: str) -> None:
    """Hide ``secret`` from now on, in every form in which URLs, JSON and ``repr`` write it."""
    global _pattern  # noqa: PLW0603 - one pattern for the process, as logging has one tree
    if len(secret) >= SHORTEST and secret not in _concealed:
        _concealed.add(secret)
        forms = sorted({form for known in _concealed for form in _forms(known)}, key=len, reverse=True)
        _pattern = re.compile("|".join([*map(re.escape, forms), _BY_NAME]))


def redacted(text: str) -> str:
    """Return ``text`` with every concealed value, and whatever follows ``access_key=``, replaced by ``***``."""
    return _pattern.sub(MASK, text)


def scrubbed(body: bytes, key: str) -> bytes:
    """Return a JSON body with ``key`` replaced by ``***``; the same object where it does not occur."""
    for form in _in_json(key):
        if form in body:
            body = body.replace(form, MASK.encode())
    return body


class KeyFilter(logging.Filter):
    """Redacts a record's message and traceback; belongs on a handler or, by :func:`logger`, on a logger."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Redact ``record`` in place and let it pass."""
        try:
            message = record.getMessage()
        except (TypeError, ValueError, KeyError):  # a wrong format string: logging itself only tells of it later
            message = f"{record.msg} {record.args!r}"
        record.msg, record.args = redacted(message), ()
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text and (safe := redacted(record.exc_text)) != record.exc_text:
            record.exc_text, record.exc_info = safe, None
        return True


def logger(name: str) -> logging.Logger:
    """Return the logger ``name`` with a filter of its own, so that handlers of any host program get clean records."""
    log = logging.getLogger(name)
    if not any(isinstance(known, KeyFilter) for known in log.filters):
        log.addFilter(KeyFilter())
    return log


def _forms(secret: str) -> set[str]:
    escaped = json.dumps(secret)[1:-1]
    encoded = {quote(secret, safe=""), quote_plus(secret), quote(secret, safe="/?:@!$'()*,;+~-._")}
    return {secret, escaped, escaped.replace("/", "\\/"), repr(secret)[1:-1], *encoded}


@cache
def _in_json(key: str) -> tuple[bytes, ...]:
    return tuple(form.encode() for form in sorted(_forms(key), key=len, reverse=True)) if len(key) >= SHORTEST else ()
