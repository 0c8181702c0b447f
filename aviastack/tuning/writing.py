"""Write settings into ``aviastack.toml`` and leave every other line as it is."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

from aviastack.errors import BadRequest


def write_settings(path: Path, settings: Mapping[str, str | int]) -> None:
    """Set each name at the file's top level, in its present line if it has one, else before the first table.

    Raises :class:`BadRequest` if the file is not valid TOML, before or after.
    """
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    _read(path, text)
    head, rest = _parted(text)
    for name, value in settings.items():
        head = _with(head, name, json.dumps(value))
    written = head + rest
    found = _read(path, written)
    if any(found.get(name) != value for name, value in settings.items()):
        raise BadRequest(
            f"{path} has a form that aviastack cannot edit line by line.", remedy="Write the settings into it by hand."
        )
    beside = path.with_name(path.name + ".new")
    beside.write_text(written, encoding="utf-8")
    beside.replace(path)


def _parted(text: str) -> tuple[str, str]:
    """The top level, and the rest from the first table on."""
    table = re.search(r"^\s*\[", text, re.MULTILINE)
    return (text, "") if table is None else (text[: table.start()], text[table.start() :])


def _with(head: str, name: str, value: str) -> str:
    """The top level with one name set; the rest of its line, such as a comment, stays."""
    line = re.compile(rf"""^({name}\s*=\s*)("[^"\n]*"|'[^'\n]*'|[^\s#]+)""", re.MULTILINE)
    if line.search(head):
        return line.sub(lambda match: match[1] + value, head, count=1)
    gap = "" if not head or head.endswith("\n") else "\n"
    return f"{head}{gap}{name} = {value}\n"


def _read(path: Path, text: str) -> dict[str, object]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadRequest(f"{path} is not valid TOML: {error}.", remedy="Fix the file or remove it.") from None
