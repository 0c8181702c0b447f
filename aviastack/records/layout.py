"""The shape of an endpoint's record as JSON, built from the dotted paths of its fields."""

from __future__ import annotations

from functools import lru_cache
from typing import TypeAlias

from aviastack.endpoints import Endpoint, Field

Tree: TypeAlias = "dict[str, Field | Tree | None]"


@lru_cache
def layout(endpoint: Endpoint) -> Tree:
    """Return the record as nested names: a field, an object of its own, or None for what is known and ignored."""
    tree: Tree = dict.fromkeys(sorted(endpoint.ignored))
    for field in endpoint.fields:
        *objects, name = field.path.split(".")
        place = tree
        for each in objects:
            inside = place.setdefault(each, {})
            if not isinstance(inside, dict):
                raise TypeError(f"{endpoint.name}: '{each}' is declared both as a value and as an object.")
            place = inside
        place[name] = field
    return tree
