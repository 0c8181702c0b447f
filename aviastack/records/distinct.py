"""Work done once per distinct value: a day of flights has a few hundred codes, zones and minutes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np
import numpy.typing as npt
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
    joined = pa.array(np.zeros(len(columns[0]), np.int64))
    for column in columns:
        encoded = column.dictionary_encode(null_encoding="encode")
        joined = pc.add(pc.multiply(joined, len(encoded.dictionary)), encoded.indices.cast(pa.int64()))
    indices = joined.dictionary_encode().indices
    rows = pa.array(_one_row_of_each(indices.to_numpy()))
    return Distinct(list(zip(*(column.take(rows).to_pylist() for column in columns), strict=True)), indices)


def _one_row_of_each(indices: npt.NDArray[np.int32]) -> npt.NDArray[np.int64]:
    """Return a row that has each index; they are numbered in the order in which they first occur."""
    rows = np.zeros(int(indices.max(initial=-1)) + 1, np.int64)
    rows[indices] = np.arange(len(indices))
    return rows
