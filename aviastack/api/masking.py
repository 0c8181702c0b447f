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
_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[\[{]+|[\]}]+', re.DOTALL)
_DEEP = 50  # levels; a page has four


def without_lone_surrogates(body: bytes) -> bytes:
    """Return the body with every lone surrogate replaced; the same object's value if there is none."""
    return _LONE_SURROGATE.sub(lambda found: found[0] if found["pair"] else rb"\ufffd", body)


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
