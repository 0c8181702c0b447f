"""What dbt's profile needs to know of the warehouse, as the variables that ``dbt/profiles.yml`` reads."""

from __future__ import annotations

from typing import Any

from aviastack.errors import BadRequest, WarehouseUnavailable
from aviastack.settings import Settings

_CONNECTION = (
    "account",
    "user",
    "password",
    "private_key_file",
    "private_key_file_pwd",
    "authenticator",
    "token",
    "oauth_client_id",
    "oauth_client_secret",
    "workload_identity_provider",
    "role",
    "warehouse",
    "database",
    "host",
    "port",
    "protocol",
)
"""What dbt takes of a connection of connections.toml; the profile reads it as SNOWFLAKE_ACCOUNT and so on."""


def profile_variables(settings: Settings) -> dict[str, str]:
    """Return the variables for the warehouse of the settings; ``snowflake://`` leaves Snowflake's as they are.

    Raises :class:`BadRequest` for an address that is none, and :class:`WarehouseUnavailable` where connections.toml has
    no connection of that name.
    """
    scheme, _, place = settings.warehouse.partition("://")
    variables = {"DBT_SEND_ANONYMOUS_USAGE_STATS": "false", "AVIASTACK_DBT_TARGET": scheme}
    if scheme == "duckdb":
        from aviastack.warehouse.duckdb import DuckDB

        return variables | {"AVIASTACK_DUCKDB_PATH": str(DuckDB.at(place).path.absolute())}
    if scheme == "snowflake":
        return variables | (_of_connection(place) if place else {})
    raise BadRequest(
        f"AVIASTACK_WAREHOUSE is '{settings.warehouse}', which names no warehouse.",
        remedy="Write duckdb:///relative/file, duckdb:////absolute/file, snowflake://NAME or snowflake://.",
    )


def _of_connection(name: str) -> dict[str, str]:
    connections = _connections()
    if name not in connections:
        known = ", ".join(connections) or "none"
        raise WarehouseUnavailable(
            f"Snowflake's connections.toml has no connection '{name}'; it has: {known}.",
            remedy="Add it there, or write snowflake:// and set SNOWFLAKE_ACCOUNT, SNOWFLAKE_USER and their kin.",
        )
    given = connections[name]
    return {f"SNOWFLAKE_{key.upper()}": str(given[key]) for key in _CONNECTION if key in given}


def _connections() -> dict[str, dict[str, Any]]:
    from snowflake.connector.config_manager import CONFIG_MANAGER

    connections: dict[str, dict[str, Any]] = CONFIG_MANAGER["connections"]
    return connections
