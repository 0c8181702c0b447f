"""What dbt's profile needs to know of the warehouse, as the variables that ``dbt/profiles.yml`` reads.

dbt-snowflake takes fewer sign-ins than Snowflake's connector. What it cannot carry is refused here by name, because dbt
drops it without a word.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping
from typing import Any

from aviastack.errors import BadRequest
from aviastack.settings import Settings

_AUTHENTICATORS = {
    "SNOWFLAKE": None,
    "SNOWFLAKE_JWT": None,  # dbt finds out by the key
    "OAUTH": "oauth",
    "PROGRAMMATIC_ACCESS_TOKEN": "programmatic_access_token",
    "WORKLOAD_IDENTITY": "workload_identity",
    "EXTERNALBROWSER": "externalbrowser",
    "USERNAME_PASSWORD_MFA": "username_password_mfa",
}
"""dbt's words for the connector's authenticators; dbt compares them in lower case."""

_CARRIED = (
    "account",
    "user",
    "password",
    "private_key_file",
    "private_key_file_pwd",
    "token",
    "workload_identity_provider",
    "workload_identity_entra_resource",
    "role",
    "warehouse",
    "database",
    "host",
    "port",
    "protocol",
    "proxy_host",
    "proxy_port",
    "insecure_mode",
)
_NOT_CARRIED = ("proxy_user", "proxy_password", "passcode", "passcode_in_password")


def profile_variables(settings: Settings) -> dict[str, str]:
    """Return the variables for the warehouse of the settings and dbt's own sign-in there.

    Raises :class:`BadRequest` for an address that is not valid or a sign-in that dbt cannot carry, and
    :class:`WarehouseUnavailable` if connections.toml has no connection of that name.
    """
    scheme, _, place = settings.warehouse.partition("://")
    variables = {"DBT_SEND_ANONYMOUS_USAGE_STATS": "false", "AVIASTACK_DBT_TARGET": scheme}
    if scheme == "duckdb":
        from aviastack.warehouse.duckdb import DuckDB

        return variables | {"AVIASTACK_DUCKDB_PATH": str(DuckDB.at(place).path.absolute())}
    from aviastack.warehouse.snowflake_sign_in import sign_in

    return variables | snowflake_variables(sign_in(settings, as_dbt=True))


def dbt_environment(settings: Settings) -> dict[str, str]:
    """Return the environment for a dbt process: this one's, with no SNOWFLAKE_* variable but the profile's own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SNOWFLAKE_")}
    return kept | profile_variables(settings)


def snowflake_variables(parameters: Mapping[str, Any]) -> dict[str, str]:
    """Return the connector's parameters as the profile reads them. Raises :class:`BadRequest` for what dbt lacks."""
    from aviastack.warehouse.snowflake_sign_in import authenticator

    kind = authenticator(parameters)
    okta = kind.startswith("HTTPS://")
    if kind not in _AUTHENTICATORS and not okta:
        raise _refused(f"the authenticator {kind}", "a key pair, workload identity, or OAUTH with a token")
    for name in _NOT_CARRIED:
        if parameters.get(name):
            raise _refused(name, "a proxy that needs no sign-in" if name.startswith("proxy") else "a key pair")
    if foreign := _foreign_session_parameters(parameters.get("session_parameters") or {}):
        raise _refused(f"session_parameters ({', '.join(foreign)})", "ALTER USER ... SET for dbt's user")
    if not parameters.get("database"):
        raise BadRequest(
            "dbt needs a database, and Snowflake's sign-in names none.",
            remedy="Add database to the connection, or set SNOWFLAKE_DATABASE.",
        )
    given = {name: parameters.get(name) for name in _CARRIED}
    if parameters.get("region"):
        given["account"] = f"{parameters['account']}.{parameters['region']}"
    given["authenticator"] = str(parameters["authenticator"]) if okta else _AUTHENTICATORS[kind]
    if parameters.get("private_key"):
        given["private_key"] = base64.b64encode(parameters["private_key"]).decode()
    return {f"SNOWFLAKE_{name.upper()}": str(value) for name, value in given.items() if value}


def _foreign_session_parameters(given: Mapping[str, Any]) -> list[str]:
    """Return the session parameters that dbt would need and that are not already what the marts are built with."""
    from aviastack.warehouse.snowflake import SESSION

    same = {name: str(value).upper() for name, value in SESSION.items()}
    names = [name for name, value in given.items() if same.get(name.upper()) != str(value).upper()]
    return sorted(name for name in names if name.upper() != "QUERY_TAG")


def _refused(what: str, instead: str) -> BadRequest:
    return BadRequest(
        f"dbt cannot sign in to Snowflake with {what}.",
        remedy=f"Use {instead}, or give dbt its own connection: AVIASTACK_DBT_CONNECTION.",
    )
