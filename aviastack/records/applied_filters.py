"""Whether rows show that the API applied the slice's filters; it has ignored filters, and returned other rows.

A row whose value contradicts a filter disproves that the filter was applied: another code, status or date, a delay
beyond the bound. The API's rules for texts are not documented. A row that has no word of a text filter is counted, and
only if most rows have none was the filter ignored. A null excludes nothing except in a column that a filter fixes.
"""

from __future__ import annotations

import re
from collections import Counter
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from aviastack.endpoints import ANY_TEXT, Match, Parameter
from aviastack.records.schema import TEXT
from aviastack.slices import Slice

OUTSIDE = "row outside its slice"
WITHOUT_WORDS = "row without a word of a text filter"
DAY_MICROSECONDS = 86_400_000_000


def outside(slice_: Slice, table: pa.Table) -> Counter[str]:
    """Count the rows that the slice's filters exclude, and those that do not show its text filters."""
    excluded = pa.array([False] * len(table), pa.bool_())
    for name, value in slice_.expects.items():
        other = pc.not_equal(pc.utf8_upper(table[name].cast(pa.string())), value.upper())
        excluded = pc.or_(excluded, pc.fill_null(other, fill_value=True))
    wordless = pa.array([False] * len(table), pa.bool_())
    for parameter, value in slice_.shown:
        if parameter.match is Match.WORDS:
            wordless = pc.or_(wordless, _has_no_word(_texts(table, parameter), value))
        else:
            excluded = pc.or_(excluded, _excluded(table, parameter, value))
    counts = {OUTSIDE: pc.sum(excluded).as_py() or 0, WITHOUT_WORDS: pc.sum(wordless).as_py() or 0}
    return Counter({name: count for name, count in counts.items() if count})


def disproof(slice_: Slice, rows: int, warnings: Counter[str]) -> str | None:
    """Return why the rows disprove that the API applied the filters, or None."""
    found, what = warnings[OUTSIDE], "do not match the query"
    if not found and 2 * warnings[WITHOUT_WORDS] > rows:
        found, what = warnings[WITHOUT_WORDS], "have no word of the query"
    if not found:
        return None
    query = ", ".join(f"{name}={value[:60]}" for name, value in slice_.query)
    return f"{found:,} of {rows:,} rows {what} ({query}), so the API did not apply a filter"


def _excluded(table: pa.Table, parameter: Parameter, value: str) -> pa.Array:
    """Return which rows have a value that the filter excludes; null is one only if the filter fixes the value."""
    column = table[parameter.shown_in].combine_chunks()
    found: pa.Array
    if parameter.match is Match.EQUAL:
        found = pc.not_equal(pc.utf8_upper(column), value.upper())
    elif parameter.match is Match.AT_LEAST:
        found = pc.less(column, int(value))
    elif parameter.match is Match.AT_MOST:
        found = pc.greater(column, int(value))
    else:
        days = pc.floor(pc.divide(column.cast(pa.int64()).cast(pa.float64()), DAY_MICROSECONDS))
        found = pc.greater(pc.abs(pc.subtract(days, (date.fromisoformat(value) - date(1970, 1, 1)).days)), 1)
    return pc.fill_null(found, fill_value=parameter.match is Match.EQUAL)


def _texts(table: pa.Table, parameter: Parameter) -> pa.Array:
    """Return the texts in which the filter may show: its column, or all texts of a row."""
    if parameter.shown_in != ANY_TEXT:
        return table[parameter.shown_in].combine_chunks()
    texts = [table[name].combine_chunks() for name in table.column_names if table[name].type == TEXT]
    return pc.binary_join_element_wise(*texts, " ", null_handling="replace", null_replacement="")


def _has_no_word(texts: pa.Array, query: str) -> pa.Array:
    words = re.findall(r"\w+", query.casefold())
    encoded = texts.dictionary_encode()
    folded = [text.casefold() for text in encoded.dictionary.to_pylist()]
    lacking = np.array([bool(words) and not any(word in text for word in words) for text in folded], bool)
    if not lacking.any():
        return pa.array([False] * len(texts), pa.bool_())
    return pc.fill_null(pa.array(lacking).take(encoded.indices), fill_value=False)
