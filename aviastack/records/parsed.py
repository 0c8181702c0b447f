"""A page's values by column, as sent, and the shape of the JSON record that they came from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence, Set
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TypeAlias

import pyarrow as pa

from aviastack.endpoints import Endpoint, Field

Tree: TypeAlias = "dict[str, Field | Tree | None]"


@lru_cache
def layout(endpoint: Endpoint) -> Tree:
    """Return the record as nested names: a field, an object, or None for a known field that is ignored."""
    tree: Tree = dict.fromkeys(sorted(endpoint.ignored))
    for declared in endpoint.fields:
        *objects, name = declared.path.split(".")
        place = tree
        for each in objects:
            inside = place.setdefault(each, {})
            if not isinstance(inside, dict):
                raise TypeError(f"{endpoint.name}: '{each}' is declared both as a value and as an object.")
            place = inside
        place[name] = declared
    return tree


@dataclass(slots=True)
class ParsedColumns:
    """Values as sent, by column; ``counts`` has the number of rows of each page.

    ``trimmed`` names columns whose texts are known not to be empty, nor to begin or end with white space.

    If the records were parsed one by one, it also has ``raw_records`` (each record's JSON text), ``reasons`` (row ->
    why it can't be a row), ``extras`` (row -> JSON text of the undeclared fields), and counts.
    """

    columns: dict[str, pa.Array]
    counts: list[int]
    trimmed: Set[str] = frozenset()
    raw_records: Sequence[bytes] | None = None
    reasons: dict[int, list[str]] = field(default_factory=dict)
    extras: dict[int, str] = field(default_factory=dict)
    warnings: Counter[str] = field(default_factory=Counter)
    unmapped: Counter[str] = field(default_factory=Counter)

    @property
    def rows(self) -> int:
        """The number of records."""
        return sum(self.counts)
