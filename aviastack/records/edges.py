"""What a page's rows are, by their keys alone: for seams between pages, quicker than reading all of the page."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from operator import attrgetter
from types import GenericAlias
from typing import Any

import msgspec
import pyarrow as pa

from aviastack.endpoints import Endpoint
from aviastack.records.cut import records_of
from aviastack.records.hashes import Hashes, hashes_of_rows
from aviastack.records.layout import Tree, layout
from aviastack.records.rows import key_of, typed
from aviastack.records.schema import TEXT
from aviastack.records.sent import Sent
from aviastack.records.singly import read_singly


def edge_keys(endpoint: Endpoint, body: bytes) -> Hashes:
    """Return a 64-bit hash of each record's key, in page order: to a row the one that ``decode`` gives it.

    A record that can't be keyed has the hash of its JSON text.
    """
    try:
        page = msgspec.json.decode(body, type=_page(endpoint))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _hashes(endpoint, read_singly(endpoint, [body]))
    sent = Sent(columns={}, counts=[len(page.data)])
    _gather(_key_layout(endpoint), page.data, sent.columns)
    keys = key_of(endpoint, typed(endpoint, sent))
    return hashes_of_rows(keys, records_of(body) if keys.null_count else None)


def _hashes(endpoint: Endpoint, sent: Sent) -> Hashes:
    return hashes_of_rows(key_of(endpoint, typed(endpoint, sent)), sent.raws)


@lru_cache
def _key_layout(endpoint: Endpoint) -> Tree:
    """Return the record's layout with nothing but what its key is made of."""
    parts = {column for part in endpoint.key.parts for column in part} or {endpoint.key.column}
    wanted = {column.removesuffix("_local") for column in {*parts, endpoint.flight_date_from or ""}}
    return layout(
        replace(endpoint, fields=tuple(each for each in endpoint.fields if each.column in wanted), ignored=frozenset())
    )


@lru_cache
def _page(endpoint: Endpoint) -> Any:
    return msgspec.defstruct("Page", [("data", GenericAlias(list, (_struct("record", _key_layout(endpoint)),)))])


def _struct(title: str, tree: Tree) -> Any:
    """A type for the record; an object that is missing is one of nulls, one that is null is read in the long way."""
    fields: list[tuple[str, Any, Any]] = []
    for name, node in tree.items():
        if isinstance(node, dict):
            inside = _struct(name, node)
            fields.append((name, inside, msgspec.field(default_factory=inside)))
        else:
            fields.append((name, str | None, None))
    return msgspec.defstruct(title, fields, gc=False)


def _gather(tree: Tree, records: list[Any], columns: dict[str, pa.Array]) -> None:
    for name, node in tree.items():
        values = list(map(attrgetter(name), records))
        if isinstance(node, dict):
            _gather(node, values, columns)
        elif node is not None:
            columns[node.column] = pa.array(values, TEXT)
