"""Write a reconciliation into the warehouse: one row per partner, and the user's own taxi table.

The tables are ``reference.bts_reconciliation`` and ``reference.own_taxi_times``, beside dbt's seeds. Both are replaced.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from importlib.resources import files
from typing import Any

import polars as pl

from aviastack.marts.summary import reference_schema
from aviastack.reconcile.compare import Partner
from aviastack.warehouse.protocol import Warehouse
from aviastack.warehouse.statements import Statement

ROWS_PER_INSERT = 200


def write_partners(
    warehouse: Warehouse, partners: Sequence[Partner], first: date, last: date, own_taxi_times: str | None
) -> str:
    """Replace ``bts_reconciliation`` and return its quoted name.

    ``first`` and ``last`` are the dates of the file, ``own_taxi_times`` the taxi times of the user's own that the
    estimates used, as ``data_freshness`` names them.
    """
    rows = [(first, last, *_values(partner), own_taxi_times) for partner in partners]
    return _replace(warehouse, "bts_reconciliation", rows)


def write_taxi_times(warehouse: Warehouse, taxi_times: pl.DataFrame) -> str:
    """Replace ``own_taxi_times``, in the columns of dbt's seed ``taxi_times``, and return its quoted name."""
    return _replace(warehouse, "own_taxi_times", taxi_times.rows())


def _values(partner: Partner) -> tuple[Any, ...]:
    """The row of a partner, in the order of ``create_bts_reconciliation.sql``."""
    times = (partner.schedule, partner.takeoff, partner.touchdown)
    shares = (partner.departures, partner.arrivals)
    return (
        partner.airline,
        partner.bts_flights,
        partner.our_flights,
        partner.matched,
        partner.missing_here,
        partner.missing_in_bts,
        *(value for t in times for value in (t.compared, t.within_a_minute, t.mean_difference)),
        partner.cancelled_in_bts,
        partner.cancellations_missed,
        partner.diverted_in_bts,
        partner.diversions_missed,
        *(value for s in shares for value in (s.flights, s.truth, s.runway, s.estimate, s.estimate_p80)),
        partner.unreported_arrivals,
        partner.unreported_on_time,
    )


def _replace(warehouse: Warehouse, name: str, rows: Sequence[tuple[Any, ...]]) -> str:
    quoted = warehouse.dialect.quoted
    schema = reference_schema(warehouse)
    table = f"{schema}.{quoted(name)}"
    warehouse.run(Statement("create_schema", _sql("create_schema").format(schema=schema)))
    warehouse.run(Statement(f"create_{name}", _sql(f"create_{name}").format(table=table)))
    for start in range(0, len(rows), ROWS_PER_INSERT):
        block = rows[start : start + ROWS_PER_INSERT]
        marks = ", ".join(f"({', '.join('?' * len(row))})" for row in block)
        text = _sql("insert").format(table=table, rows=marks)
        warehouse.run(Statement("insert", text, tuple(value for row in block for value in row)))
    return table


def _sql(name: str) -> str:
    return (files("aviastack.reconcile") / "sql" / f"{name}.sql").read_text(encoding="utf-8").strip().removesuffix(";")
