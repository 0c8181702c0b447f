"""The contract of every endpoint's table as a pandera model, generated from its declaration.

It validates what a row can't be without: the keys and the flight's date, not null and of their types. A row that breaks
it is quarantined. The other columns may be null, and their types are those of :func:`arrow_schema`, which
:func:`aviastack.records.checks.check` compares. Whether values are plausible is not part of the contract: see
:mod:`aviastack.records.plausibility`.

This module imports pandera, which takes seconds: :mod:`aviastack.records.checks` does so when it is needed.
"""

from __future__ import annotations

from functools import lru_cache

import pandera.polars as pandera
import polars as pl
from pandera.errors import SchemaErrors

from aviastack.columns import required_columns
from aviastack.endpoints import Endpoint
from aviastack.records.schema import arrow_schema


@lru_cache
def contract(endpoint: Endpoint) -> pandera.DataFrameSchema:
    """Return the model of the required columns: in their order, of their types, without nulls."""
    names = list(required_columns(endpoint))
    empty = pl.DataFrame(pl.from_arrow(arrow_schema(endpoint).empty_table().select(names)))
    return pandera.DataFrameSchema(
        {name: pandera.Column(empty.schema[name], nullable=False) for name in names},
        name=endpoint.table,
        strict=True,
        ordered=True,
    )


def violations(endpoint: Endpoint, frame: pl.DataFrame) -> dict[int, list[str]]:
    """Return row -> reasons of the rows that break the contract; ``frame`` has the required columns."""
    try:
        contract(endpoint).validate(frame, lazy=True)
    except SchemaErrors as found:
        reasons: dict[int, list[str]] = {}
        for case in found.failure_cases.iter_rows(named=True):
            if case["index"] is None:
                raise
            reasons.setdefault(case["index"], []).append(f"{case['column']}: {case['check']}")
        return reasons
    return {}
