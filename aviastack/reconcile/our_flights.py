"""Our flights as the marts have them, in the columns that a BTS file is compared with."""

from __future__ import annotations

from datetime import date
from importlib.resources import files

import polars as pl

from aviastack.errors import BadRequest
from aviastack.marts.summary import marts_schema
from aviastack.warehouse.protocol import Warehouse
from aviastack.warehouse.statements import Statement

_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "date": pl.Date,
    "carrier": pl.String,
    "number": pl.String,
    "origin": pl.String,
    "destination": pl.String,
    "outcome": pl.String,
    "scheduled": pl.Datetime("us"),
    "takeoff_local": pl.Datetime("us"),
    "touchdown_local": pl.Datetime("us"),
    "takeoff_delay": pl.Float64,
    "touchdown_delay": pl.Float64,
    "gate_departure_delay": pl.Float64,
    "gate_departure_delay_p80": pl.Float64,
    "gate_arrival_delay": pl.Float64,
    "gate_arrival_delay_p80": pl.Float64,
}


def our_flights(warehouse: Warehouse, first: date, last: date) -> pl.DataFrame:
    """Return the flights of ``first`` to ``last`` (both included), one row per flight of an airline with an IATA code.

    ``scheduled_departure``, ``takeoff`` and ``touchdown`` are minutes of the local day; delays are minutes, null if
    unknown. Other airlines' flights under a partner's number are left out. Raises :class:`BadRequest` if the marts have
    no flights of these dates, :class:`WarehouseUnavailable`.
    """
    text = (files("aviastack.reconcile") / "sql" / "flights.sql").read_text(encoding="utf-8")
    rows = warehouse.run(Statement("flights", text.format(marts=marts_schema(warehouse)), (first, last)))
    if not rows:
        raise BadRequest(
            f"The marts have no flights from {first} to {last}, the dates of the BTS file.",
            remedy="Load dates of the file: aviastack backfill flights --from ... --to ..., then aviastack report.",
        )
    table = pl.DataFrame(rows, schema=_SCHEMA, orient="row")
    return table.with_columns(
        _minute("scheduled").alias("scheduled_departure"),
        _minute("takeoff_local").alias("takeoff"),
        _minute("touchdown_local").alias("touchdown"),
    ).drop("scheduled", "takeoff_local", "touchdown_local")


def own_taxi_times(warehouse: Warehouse) -> str | None:
    """Return the user's own taxi times that the gate estimates use, as text; None if they use the shipped table."""
    text = (files("aviastack.reconcile") / "sql" / "own_taxi_times.sql").read_text(encoding="utf-8")
    [[used]] = warehouse.run(Statement("own_taxi_times", text.format(marts=marts_schema(warehouse))))
    return None if used is None else str(used)


def _minute(column: str) -> pl.Expr:
    clock = pl.col(column).dt
    return clock.hour().cast(pl.Int32) * 60 + clock.minute().cast(pl.Int32)
