"""The SQL of a load: read from ``sql/*.sql``, with quoted identifiers and bound values.

In a file, ``{name}`` is an identifier or a list of them, built from the endpoint's declaration and quoted here;
``:name`` is a value, which is bound and never becomes part of the text. A file under ``sql/<dialect>/`` is for that
warehouse; the others are for all.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from aviastack.columns import Column, Type
from aviastack.errors import BadRequest

IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_$]{0,254}")
_VALUE = re.compile(r"(?<![:\w]):([a-z_]+)\b")
_COMMENT = re.compile(r"^--.*\n", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement: ``text`` with one ``?`` for each of ``values``, in order."""

    name: str
    text: str
    values: tuple[Any, ...] = ()


Tracer = Callable[[Statement], None]


def untraced(statement: Statement) -> None:
    """Do nothing: the default tracer."""


@dataclass(frozen=True)
class Dialect:
    """The differences between warehouses: types, the case of names, reading JSON.

    ``types`` are a column's types in DDL, ``shown`` the same types as the warehouse's metadata names them.
    """

    name: str
    upper: bool
    types: Mapping[Type, str]
    shown: Mapping[Type, str]
    comments_inline: bool  # in CREATE TABLE, else in separate statements
    transactional_ddl: bool  # else each DDL statement commits
    json_text: str  # an expression with {column} and {path}, as in covers.flight_date

    def cased(self, name: str) -> str:
        """Return the name in the case in which the warehouse stores it."""
        return name.upper() if self.upper else name

    def quoted(self, name: str) -> str:
        """Return the identifier, dotted or not, in quotes. Raises :class:`BadRequest` if it is not a valid one."""
        return ".".join(f'"{self._legal(part)}"' for part in name.split("."))

    def listed(self, names: Iterable[str], of: str = "") -> str:
        """Return the identifiers, separated by commas, each prefixed with the alias ``of``."""
        return ", ".join(f"{of}{self.quoted(name)}" for name in names)

    def declared(self, columns: Iterable[Column]) -> str:
        """Return the columns for CREATE TABLE; every column is nullable."""
        return ",\n    ".join(f"{self.quoted(column.name)} {self.types[column.type]}" for column in columns)

    def documented(self, columns: Iterable[Column]) -> str:
        """Return the same with the columns' descriptions, if CREATE TABLE accepts them."""
        if not self.comments_inline:
            return self.declared(columns)
        return ",\n    ".join(f"{self.declared([column])} COMMENT {literal(column.description)}" for column in columns)

    def statement(self, name: str, values: Mapping[str, Any] | None = None, /, **identifiers: str) -> Statement:
        """Return the statement in the file of that name, with its identifiers and values."""
        text = self.text(name, **identifiers)
        given = values or {}
        return Statement(name, _VALUE.sub("?", text), tuple(given[value] for value in _VALUE.findall(text)))

    def text(self, name: str, /, **identifiers: str) -> str:
        """Return the text in the file of that name with its identifiers; values are still named."""
        return _text(self.name, name).format(**identifiers)

    def script(self, name: str, /, **identifiers: str) -> str:
        """Return the whole file of that name, comments included, for a person to read and run."""
        return _read(self.name, name).format(**identifiers)

    def _legal(self, part: str) -> str:
        if IDENTIFIER.fullmatch(part) is None:
            raise BadRequest(
                f"'{part}' is not a valid identifier.",
                remedy="Use letters, digits and _, and start with a letter or _.",
            )
        return self.cased(part)


def literal(text: str) -> str:
    """Return a text of this package as a SQL literal, because DDL takes no bound values."""
    return "'{}'".format(text.replace("'", "''"))


@cache
def _text(dialect: str, name: str) -> str:
    return _COMMENT.sub("", _read(dialect, name)).strip().removesuffix(";")


def _read(dialect: str, name: str) -> str:
    folder = files("aviastack.warehouse") / "sql"
    own, common = folder / dialect / f"{name}.sql", folder / f"{name}.sql"
    return (own if own.is_file() else common).read_text(encoding="utf-8")
