"""Work done once per distinct value: a day of flights has a few hundred codes, zones and minutes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Distinct(Generic[T]):
    """The distinct values of a column or of several, and which of them each row has."""

    values: list[T]
    indices: pa.Array

    def counts(self) -> list[int]:
        """Return the number of rows of each value."""
        counted: list[int] = np.bincount(self.indices.to_numpy(), minlength=len(self.values)).tolist()
        return counted


def by_distinct(column: pa.Array, function: Callable[[Any], Any], kind: pa.DataType) -> pa.Array:
    """Return ``function`` of every value, called once per distinct value; null stays null."""
    encoded = column.dictionary_encode()
    return pa.array([function(value) for value in encoded.dictionary.to_pylist()], kind).take(encoded.indices)


def distinct_rows(columns: Sequence[pa.Array]) -> Distinct[tuple[Any, ...]]:
    """Return the distinct combinations of the columns' values, null included."""
    encoded = [column.dictionary_encode() for column in columns]
    sizes = [len(each.dictionary) + 1 for each in encoded]
    joined = pa.array(np.zeros(len(columns[0]), np.int64))
    for each, size in zip(encoded, sizes, strict=True):
        joined = pc.add(pc.multiply(joined, size), pc.fill_null(each.indices, size - 1).cast(pa.int64()))
    combined = joined.dictionary_encode()
    names = [[*each.dictionary.to_pylist(), None] for each in encoded]
    return Distinct([_values(number, names) for number in combined.dictionary.to_pylist()], combined.indices)


def _values(number: int, names: Sequence[list[Any]]) -> tuple[Any, ...]:
    found = []
    for values in reversed(names):
        number, place = divmod(number, len(values))
        found.append(values[place])
    return tuple(reversed(found))
