"""Work done once a distinct value, not once a row: a day of flights has a few hundred zones, codes and minutes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc


def by_distinct(column: pa.Array, function: Callable[[Any], Any], kind: pa.DataType) -> pa.Array:
    """Return ``function`` of every value, called once a distinct one; null stays null."""
    encoded = column.dictionary_encode()
    return pa.array([function(value) for value in encoded.dictionary.to_pylist()], kind).take(encoded.indices)


def parsed(column: pa.Array, parse: Callable[[Any], Any], kind: pa.DataType) -> tuple[pa.Array, dict[int, str]]:
    """Return the parsed column, and row -> complaint of each value that ``parse`` refused with a ValueError."""
    encoded = column.dictionary_encode()
    values, complaints = [], {}
    for place, value in enumerate(encoded.dictionary.to_pylist()):
        try:
            values.append(parse(value))
        except (ValueError, OverflowError) as refusal:
            values.append(None)
            complaints[place] = str(refusal)
    array = pa.array(values, kind).take(encoded.indices)
    if not complaints:
        return array, {}
    refused = pc.is_in(encoded.indices, pa.array(list(complaints), encoded.indices.type))
    rows = pc.indices_nonzero(refused).to_pylist()
    return array, {row: complaints[encoded.indices[row].as_py()] for row in rows}
