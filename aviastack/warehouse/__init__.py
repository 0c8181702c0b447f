"""Tables: what a manifest names, into DuckDB or Snowflake, all of it or nothing."""

from aviastack.warehouse.history import LoadRow, is_loaded, known, loads
from aviastack.warehouse.loading import Loaded, load
from aviastack.warehouse.statements import Statement, Tracer
from aviastack.warehouse.warehouses import Warehouse, open_warehouse

__all__ = [
    "LoadRow",
    "Loaded",
    "Statement",
    "Tracer",
    "Warehouse",
    "is_loaded",
    "known",
    "load",
    "loads",
    "open_warehouse",
]
