"""Hides what makes the JSON decoder decline a whole page because of one record in it.

Only the check of the page uses the masked text. The page keeps its body, and the record is quarantined when the page is
parsed.
"""

from __future__ import annotations

import re

# An escaped half of a surrogate pair without its other half: legal JSON that no UTF-8 text can hold.
_LONE_SURROGATE = re.compile(
    rb"(?P<pair>\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})|\\u[dD][89a-fA-F][0-9a-fA-F]{2}"
)
_NOT_A_NUMBER = re.compile(rb'(?P<text>"[^"\\]*+(?:\\.[^"\\]*+)*+")|-?\b(?:NaN|Infinity)\b', re.DOTALL)
_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[\[{]+|[\]}]+', re.DOTALL)
_DEEP = 50  # levels; a page has four


def masked(body: bytes) -> bytes:
    """Return the body with lone surrogates replaced, and null for ``NaN`` and ``Infinity``, which are not JSON."""
    numbers = _NOT_A_NUMBER.sub(lambda found: found[0] if found["text"] else b"null", body)
    return _LONE_SURROGATE.sub(lambda found: found[0] if found["pair"] else rb"\ufffd", numbers)


def without_deep_values(body: bytes) -> bytes:
    """Return the body with 0 in place of every value that is nested deeper than :data:`_DEEP` levels."""
    parts, depth, copied = [], 0, 0
    for token in _TOKEN.finditer(body):
        sign = token[0]
        if sign[0] in b"[{":
            deep = depth + len(sign) - _DEEP
            if depth <= _DEEP < depth + len(sign):
                parts += [body[copied : token.end() - deep], b"0"]
            depth += len(sign)
        elif sign[0] in b"]}":
            depth -= len(sign)
            if depth <= _DEEP < depth + len(sign):
                copied = token.end() - (_DEEP - depth)
    if not parts:
        return body
    return b"".join([*parts, body[copied:] if depth <= _DEEP else b""])
