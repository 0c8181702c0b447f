"""Whole pages to columns by the compiled reader: several times as fast as by Arrow's, with the same result.

It is optional: ``read_pages.c`` is compiled when the package is built, if there is a C compiler. It reads pages that
match the declaration exactly and refuses any other, which then goes to :mod:`aviastack.records.parse_arrow`. Set
``AVIASTACK_NATIVE_READER=off`` to do without it.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow as pa

from aviastack.endpoints import Endpoint, Field
from aviastack.records.parsed import ParsedColumns, Tree, layout
from aviastack.records.schema import TEXT, UTC, sent_type

VARIABLE = "AVIASTACK_NATIVE_READER"
LIBRARY = Path(__file__).with_name("read_pages.so")
LAYOUT = 2  # of the structs and functions below, so that a library compiled from another source is not called
MOST_BYTES = 2**31 - 1  # of a block: the offsets of texts are 32-bit integers
MOST_NODES, MOST_CHILDREN = 256, 64

OBJECT, LIST, COUNT, STRING, INTEGER, REAL, BOOLEAN, INSTANT = range(8)
KINDS = {TEXT: STRING, pa.int64(): INTEGER, pa.float64(): REAL, pa.bool_(): BOOLEAN, UTC: INSTANT}
PAGINATION = ("limit", "offset", "count", "total")


class _Node(ctypes.Structure):
    _fields_ = (
        ("key", ctypes.c_char_p),
        ("key_length", ctypes.c_int32),
        ("kind", ctypes.c_int32),
        ("column", ctypes.c_int32),
        ("first_child", ctypes.c_int32),
        ("children", ctypes.c_int32),
        ("unused", ctypes.c_int32),
        ("required", ctypes.c_uint64),
    )


class _Column(ctypes.Structure):
    _fields_ = (
        ("validity", ctypes.c_void_p),
        ("values", ctypes.c_void_p),
        ("offsets", ctypes.c_void_p),
        ("room", ctypes.c_int64),
        ("nulls", ctypes.c_int64),
        ("kind", ctypes.c_int32),
        ("beyond_ascii", ctypes.c_int32),
        ("untrimmed", ctypes.c_int32),
        ("unused", ctypes.c_int32),
    )


class NativeReader:
    """The compiled library."""

    def __init__(self, path: Path) -> None:
        self.path = path
        library = ctypes.CDLL(str(path))  # a CDLL's functions release the interpreter while they run
        library.release.argtypes = [ctypes.c_void_p]
        library.release.restype = None
        self._library = library
        if library.layout() != LAYOUT:
            raise OSError(f"{path} was compiled from another version of its source")

    def parse(self, endpoint: Endpoint, bodies: Sequence[bytes]) -> ParsedColumns | None:
        """Return the columns of all bodies, or None if one of them does not match the declaration."""
        return self.parse_at(endpoint, (ctypes.c_char_p * len(bodies))(*bodies), list(map(len, bodies)))

    def parse_at(
        self, endpoint: Endpoint, addresses: ctypes.Array[Any], lengths: Sequence[int]
    ) -> ParsedColumns | None:
        """Do the same for bodies of these ``lengths`` at these addresses, where they must stay meanwhile."""
        declared = _declaration(endpoint)
        if declared is None or sum(lengths) > MOST_BYTES:
            return None
        columns = (_Column * len(declared.types))(*(_Column(kind=KINDS[kind]) for kind in declared.types))
        counts = (ctypes.c_int64 * len(lengths))()
        try:
            read = self._library.read_pages(
                *(declared.nodes, len(declared.nodes), columns, len(columns)),
                *(addresses, (ctypes.c_int64 * len(lengths))(*lengths)),
                *(len(lengths), counts),
            )
            if read != len(lengths):
                return None
            arrays = [self._array(*each, sum(counts)) for each in zip(columns, declared.types, strict=True)]
        finally:
            self._library.release_columns(columns, len(columns))
        if not _are_utf8(columns, arrays):
            return None
        named = zip(declared.names, arrays, strict=True)
        return ParsedColumns(
            columns={name: array for name, array in named if name},
            counts=list(counts),
            trimmed={name for name, column in zip(declared.names, columns, strict=True) if not column.untrimmed},
        )

    def _array(self, column: _Column, kind: pa.DataType, rows: int) -> pa.Array:
        """Return the column as an array, which takes over its buffers."""
        bits = (rows + 7) // 8
        validity = self._taken(column, "validity", bits)
        if column.kind == STRING:
            offsets = self._taken(column, "offsets", 4 * (rows + 1))
            last = int.from_bytes(offsets[4 * rows :], "little")
            buffers = [offsets, self._taken(column, "values", last)]
        else:
            buffers = [self._taken(column, "values", bits if column.kind == BOOLEAN else 8 * rows)]
        if not column.nulls:
            validity = None
        return pa.Array.from_buffers(kind, rows, [validity, *buffers], column.nulls)

    def _taken(self, column: _Column, name: str, size: int) -> pa.Buffer:
        """Return a buffer of the column, which from now on owns its memory."""
        address = getattr(column, name)
        if address is None:
            return pa.py_buffer(b"")
        setattr(column, name, None)
        return pa.foreign_buffer(address, size, _Memory(self._library, address))


class _Memory:
    """Memory of the library, released when the last array that uses it is gone."""

    __slots__ = ("_address", "_library")

    def __init__(self, library: ctypes.CDLL, address: int) -> None:
        self._library, self._address = library, address

    def __del__(self) -> None:
        self._library.release(self._address)


def _are_utf8(columns: ctypes.Array[_Column], arrays: Sequence[pa.Array]) -> bool:
    try:
        for column, array in zip(columns, arrays, strict=True):
            if column.beyond_ascii:
                array.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def native_reader() -> NativeReader | None:
    """Return the compiled reader; None if it is switched off, was not compiled, or is not for this machine."""
    found = _found()
    return found if isinstance(found, NativeReader) else None


def reader_in_use() -> str:
    """Return which reader pages go to first, and why it is not the native one."""
    found = _found()
    return "native" if isinstance(found, NativeReader) else f"pyarrow, because {found}"


@lru_cache(maxsize=1)
def _found() -> NativeReader | str:
    if os.environ.get(VARIABLE, "").lower() == "off":
        return f"{VARIABLE} is off"
    if sys.byteorder != "little" or not LIBRARY.is_file():
        return "the native reader was not compiled for this machine"
    try:
        return NativeReader(LIBRARY)
    except (OSError, AttributeError) as error:
        return f"the native reader is not for this machine or version ({error})"


class _Declaration:
    """A page of an endpoint as the library's nodes; ``names`` and ``types`` are those of its columns.

    The first node is the page, and the children of an object are neighbours. The name of an ignored field is empty: it
    is read, because its value must be valid too, and may be missing.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self.types: list[pa.DataType] = []
        self.names: list[str] = []
        self._endpoint = endpoint
        self._nodes = [_Node()]
        pagination, data = self._object(0, ("pagination", "data"), required=0b11)
        counts = self._object(pagination, PAGINATION, key="pagination")
        for at, name in zip(counts, PAGINATION, strict=True):
            self._nodes[at] = _Node(kind=COUNT, **_key(name))
        self._nodes[data] = _Node(kind=LIST, first_child=len(self._nodes), **_key("data"))
        self._nodes.append(_Node())
        self._record(len(self._nodes) - 1, layout(endpoint))
        self.nodes = (_Node * len(self._nodes))(*self._nodes)

    @property
    def is_within_limits(self) -> bool:
        """Whether the library has room for all nodes, and bits for the keys of each object."""
        return len(self.nodes) <= MOST_NODES and all(node.children <= MOST_CHILDREN for node in self.nodes)

    def _record(self, at: int, tree: Tree, key: str = "") -> None:
        required = sum(1 << place for place, node in enumerate(tree.values()) if node is not None)
        children = self._object(at, tuple(tree), key=key, required=required)
        for child, (name, node) in zip(children, tree.items(), strict=True):
            if isinstance(node, dict):
                self._record(child, node, name)
            else:
                self._nodes[child] = self._value(name, node)

    def _object(self, at: int, names: tuple[str, ...], *, key: str = "", required: int = 0) -> range:
        """Declare an object and make room for its children; return where they are."""
        first = len(self._nodes)
        self._nodes += [_Node() for _ in names]
        self._nodes[at] = _Node(
            kind=OBJECT, first_child=first, children=len(names), required=required & 2**64 - 1, **_key(key)
        )
        return range(first, len(self._nodes))

    def _value(self, name: str, field: Field | None) -> _Node:
        self.types.append(TEXT if field is None else sent_type(self._endpoint, field))
        self.names.append("" if field is None else field.column)
        return _Node(kind=KINDS[self.types[-1]], column=len(self.types) - 1, **_key(name))


def _key(name: str) -> dict[str, Any]:
    key = f'"{name}":'.encode()
    return {"key": key, "key_length": len(key)}


@lru_cache
def _declaration(endpoint: Endpoint) -> _Declaration | None:
    """Return the endpoint's declaration for the library; None if that can't express it."""
    declaration = _Declaration(endpoint)
    return declaration if declaration.is_within_limits else None
