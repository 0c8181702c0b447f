"""The parser's errors as ours: the value, the rule, the fix."""

from __future__ import annotations

import re
from typing import Any

from aviastack.errors import BadRequest

_RULES = {
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_parsing": "must be a number",
}


def usage_error(error: Exception) -> BadRequest | None:
    """Return the parser's error as one of ours, or None for any other; found by name, as newer typers vendor click."""
    if "ClickException" not in (kind.__name__ for kind in type(error).__mro__):
        return None
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "aviastack"
    message: str = _invalid_value(error) or error.format_message().strip()  # type: ignore[attr-defined]
    message = message or "A command is missing."
    return BadRequest(message if message.endswith(("?", ".")) else f"{message}.", remedy=f"See: {command} --help")


def _invalid_value(error: Any) -> str | None:
    """Return the message for an option's value that pydantic, by which newer typers check it, has refused."""
    parameter, refused = getattr(error, "param", None), error.__cause__
    if parameter is None or not hasattr(refused, "errors"):
        return None
    found = refused.errors(include_url=False)[0]
    words = re.sub(r"^Value error, |^Input ", "", found["msg"]).rstrip(".")
    if words.startswith("should be"):
        words = words.replace("should", "must", 1)
    if found["type"] in {"greater_than_equal", "less_than_equal"}:
        words = f"must be {_range(parameter.min, parameter.max)}"
    elif found["type"] in _RULES:
        words = _RULES[found["type"]]
    elif choices := re.match(r"'.*' is not one of (.+)$", words):
        words = f"must be one of {choices[1].replace(chr(39), '')}"
    return f"Invalid {max(parameter.opts, key=len)} '{found['input']}': {words}."


def _range(low: float | None, high: float | None) -> str:
    if high is None:
        return f"{low} or more"
    return f"{high} or less" if low is None else f"{low} to {high}"
