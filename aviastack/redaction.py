"""Removes the access key from every text by searching for its value.

The API accepts the key only in the query string, so the key is part of every URL, and HTTP libraries repeat it in logs
and exceptions. Lists of names to hide are never complete (dlt's lacks ``access_key``), but a value is found anywhere.
The text after ``access_key=`` and the password in an address are hidden too.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import MutableMapping
from functools import cache
from typing import Any
from urllib.parse import quote, quote_plus

MASK = "***"
SHORTEST = 6  # characters; hiding a shorter value would garble ordinary words, and no key is that short
_BY_NAME = r"(?<=access_key=)[^&\s\"'<>\\)]+"
_USER_INFO = re.compile(r"(?<=://)[^/?#\s\"'<>]*@")

_concealed: set[str] = set()
_pattern = re.compile(_BY_NAME)


def conceal(secret: str) -> None:
    """Hide ``secret`` from now on, in every form that it takes in URLs, JSON and ``repr``."""
    global _pattern  # noqa: PLW0603 - one pattern for the process, as logging has one tree
    if len(secret) >= SHORTEST and secret not in _concealed:
        _concealed.add(secret)
        forms = sorted({form for known in _concealed for form in _forms(known)}, key=len, reverse=True)
        _pattern = re.compile("|".join([*map(re.escape, forms), _BY_NAME]))


def redacted(text: str) -> str:
    """Return ``text`` with ``***`` for every concealed value, the value of ``access_key=``, and passwords."""
    return without_password(_pattern.sub(MASK, text))


def without_password(text: str) -> str:
    """Return ``text`` with ``***`` for the user and password of every address, of any length."""
    return _USER_INFO.sub(f"{MASK}@", text) if "://" in text else text


def hide_key(options: MutableMapping[str, Any]) -> None:
    """Wrap a key that was passed as a keyword, in place: error reporters send the variables of every frame."""
    key = options.get("access_key")
    if isinstance(key, str):
        from pydantic import SecretStr

        options["access_key"] = SecretStr(key)


def scrubbed(body: bytes, key: str) -> bytes:
    """Return a JSON body with ``key`` replaced by ``***``; the same object if it does not occur."""
    for form in _in_json(key):
        if form in body:
            body = body.replace(form, MASK.encode())
    return body


class KeyFilter(logging.Filter):
    """Redacts a record's message and traceback; attach it to a handler or, by :func:`logger`, to a logger."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Redact ``record`` in place and let it pass."""
        try:
            message = record.getMessage()
        except (TypeError, ValueError, KeyError):  # a wrong format string, which logging itself reports later
            message = f"{record.msg} {record.args!r}"
        record.msg, record.args = redacted(message), ()
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text and (safe := redacted(record.exc_text)) != record.exc_text:
            record.exc_text, record.exc_info = safe, None
        return True


def logger(name: str) -> logging.Logger:
    """Return the logger ``name`` with its own filter, so that every handler receives redacted records."""
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
