"""Opens the warehouse that ``AVIASTACK_WAREHOUSE`` names."""

from __future__ import annotations

from typing import Any, cast

from aviastack.extras import require
from aviastack.settings import Settings
from aviastack.warehouse.protocol import Reader, Warehouse
from aviastack.warehouse.statements import Tracer, untraced


def open_warehouse(
    settings: Settings, *, filesystem: Any = None, tracer: Tracer = untraced, as_dbt: bool = False
) -> Warehouse:
    """Return the warehouse that ``AVIASTACK_WAREHOUSE`` names; it is opened when entered.

    ``filesystem`` is the fsspec file system through which DuckDB reads staged files in a bucket.
    ``tracer`` receives every statement before it runs. ``as_dbt`` signs in to Snowflake as dbt does, to build or read
    the marts. Raises :class:`BadRequest` for an incomplete sign-in, and :class:`MissingExtra`.
    """
    scheme, _, place = settings.warehouse.partition("://")
    if scheme == "duckdb":
        from aviastack.warehouse.duckdb import DuckDB

        return DuckDB.at(place, filesystem=filesystem, tracer=tracer)
    require("snowflake.connector", "snowflake", "Snowflake")
    from aviastack.warehouse.snowflake import Snowflake
    from aviastack.warehouse.snowflake_sign_in import sign_in

    return Snowflake(sign_in(settings, as_dbt=as_dbt), stage=settings.stage, tracer=tracer)


def open_reader(settings: Settings) -> Reader:
    """Return the same warehouse for read-only queries; DuckDB's file is opened read-only."""
    scheme, _, place = settings.warehouse.partition("://")
    if scheme == "duckdb":
        from aviastack.warehouse.duckdb import DuckDB

        return DuckDB.at(place, read_only=True)
    return cast("Reader", open_warehouse(settings))
