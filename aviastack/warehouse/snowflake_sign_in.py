"""Signing in to Snowflake: the connector's parameters, from a named connection, from variables, or from Airflow.

Parameters are passed as arguments. A named connection is used alone: SNOWFLAKE_* variables are not merged into it.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aviastack.errors import BadRequest, WarehouseUnavailable
from aviastack.settings import Settings

Parameters = dict[str, Any]

VARIABLES = (
    "ACCOUNT",
    "USER",
    "ROLE",
    "WAREHOUSE",
    "DATABASE",
    "AUTHENTICATOR",
    "PRIVATE_KEY",
    "PRIVATE_KEY_FILE",
    "PRIVATE_KEY_FILE_PWD",
    "PASSWORD",
    "TOKEN",
    "TOKEN_FILE_PATH",
    "OAUTH_CLIENT_ID",
    "OAUTH_CLIENT_SECRET",
    "OAUTH_TOKEN_REQUEST_URL",
    "OAUTH_SCOPE",
    "WORKLOAD_IDENTITY_PROVIDER",
    "WORKLOAD_IDENTITY_ENTRA_RESOURCE",
    "REGION",
    "HOST",
    "PORT",
    "PROTOCOL",
    "PROXY_HOST",
    "PROXY_PORT",
    "PROXY_USER",
    "PROXY_PASSWORD",
)
"""The SNOWFLAKE_* variables by which ``snowflake://`` without a name signs in."""

_NAME = re.compile(r"[A-Za-z0-9_-]*")
_KEY = ("private_key", "private_key_file")
_TOKEN = ("token", "token_file_path")
_NEEDS: dict[str, tuple[tuple[str, ...], ...]] = {
    "SNOWFLAKE": (("user",), ("password",)),
    "USERNAME_PASSWORD_MFA": (("user",), ("password",)),
    "SNOWFLAKE_JWT": (("user",), _KEY),
    "OAUTH": (_TOKEN,),
    "PROGRAMMATIC_ACCESS_TOKEN": (_TOKEN,),
    "WORKLOAD_IDENTITY": (("workload_identity_provider",),),
    "OAUTH_CLIENT_CREDENTIALS": (("oauth_client_id",), ("oauth_client_secret",)),
}
"""Per authenticator, groups of parameters; one of each group is required."""


def sign_in(settings: Settings, *, as_dbt: bool = False) -> Parameters:
    """Return the connector's parameters for the warehouse of the settings, or for dbt there.

    Raises :class:`BadRequest` that names what an incomplete sign-in lacks, and :class:`WarehouseUnavailable` if
    connections.toml has no connection of that name. Nothing is sent.
    """
    lent = settings.snowflake
    given = lent if lent is not None else _named(settings.warehouse.partition("://")[2])
    if as_dbt:
        own = settings.dbt_snowflake
        if own is None and settings.dbt_connection:
            own = _named(settings.dbt_connection)
        names = {"role": settings.dbt_role, "user": settings.dbt_user, "warehouse": settings.dbt_warehouse}
        given = {**(own or given), **{name: value for name, value in names.items() if value}}
    return checked(given)


def checked(given: Mapping[str, Any]) -> Parameters:
    """Return the parameters with keys and tokens read. Raises :class:`BadRequest`, which names what is missing."""
    parameters = {name: value for name, value in given.items() if value not in (None, "")}
    kind = authenticator(parameters)
    if kind == "PROGRAMMATIC_ACCESS_TOKEN" and "password" in parameters:
        parameters.setdefault("token", parameters.pop("password"))
    if kind == "WORKLOAD_IDENTITY" and str(parameters.get("workload_identity_provider")).upper() == "OIDC":
        _require(parameters, kind, _TOKEN)
    _require(parameters, kind, ("account",))
    for group in _NEEDS.get(kind, (("user",),)):
        _require(parameters, kind, group)
    if path := parameters.pop("token_file_path", None):
        parameters["token"] = _read_token(path)
    if "private_key" in parameters:
        phrase = parameters.pop("private_key_passphrase", None) or parameters.pop("private_key_file_pwd", None)
        parameters["private_key"] = _der(parameters["private_key"], phrase)
    return parameters


def authenticator(parameters: Mapping[str, Any]) -> str:
    """Return the authenticator in upper case; as in the connector, a key without one means a key pair."""
    named = str(parameters.get("authenticator") or "SNOWFLAKE")
    by_key = named.upper() == "SNOWFLAKE" and any(parameters.get(name) for name in _KEY)
    return "SNOWFLAKE_JWT" if by_key else named.upper()


def _read_token(path: str) -> str:
    """Return the token in a file without the final line break, which the connector would send."""
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise BadRequest(
            f"Snowflake's token_file_path {path} cannot be read: {error}.",
            remedy="Set it to a readable file with the token.",
        ) from error


def _require(parameters: Mapping[str, Any], kind: str, group: tuple[str, ...]) -> None:
    if not any(parameters.get(name) for name in group):
        variables = " or ".join(f"SNOWFLAKE_{name.upper()}" for name in group)
        raise BadRequest(
            f"Snowflake's sign-in by {kind} has no {' or '.join(group)}.",
            remedy=f"Set {variables}, or add it to the connection that AVIASTACK_WAREHOUSE names (snowflake://NAME).",
        )


def _named(name: str) -> Parameters:
    if _NAME.fullmatch(name) is None:
        raise BadRequest(
            "AVIASTACK_WAREHOUSE has more after snowflake:// than the name of a connection.",
            remedy="Put account, user and key into connections.toml or SNOWFLAKE_* variables.",
        )
    if not name:
        return {v.lower(): os.environ[f"SNOWFLAKE_{v}"] for v in VARIABLES if os.environ.get(f"SNOWFLAKE_{v}")}
    from snowflake.connector.config_manager import CONFIG_MANAGER

    connections: Mapping[str, Mapping[str, Any]] = CONFIG_MANAGER["connections"]
    if name not in connections:
        known = ", ".join(connections) or "none"
        raise WarehouseUnavailable(
            f"Snowflake's connections.toml has no connection '{name}'; it has: {known}.",
            remedy="Add it, or use snowflake:// and set SNOWFLAKE_ACCOUNT, SNOWFLAKE_USER, and the others.",
        )
    return dict(connections[name])


def _der(key: str | bytes, phrase: str | bytes | None) -> bytes:
    """Return a private key as DER: from PEM (line breaks may be escaped), base64 of PEM or DER, or unchanged."""
    from cryptography.hazmat.primitives import serialization

    try:
        data = key if isinstance(key, bytes) else _decoded(key.replace("\\n", "\n").strip())
        phrase = phrase.encode() if isinstance(phrase, str) else phrase
        read = serialization.load_pem_private_key if data.lstrip().startswith(b"-----") else _load_der
        return read(data.strip() if data.lstrip().startswith(b"-----") else data, phrase).private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    except (ValueError, TypeError, binascii.Error) as error:
        raise BadRequest(
            "Snowflake's private_key is not a private key, or its passphrase is wrong.",
            remedy="Use the text of a PKCS#8 PEM file, or its base64, with private_key_file_pwd if it is encrypted.",
        ) from error


def _decoded(text: str) -> bytes:
    return text.encode() if text.startswith("-----") else base64.b64decode("".join(text.split()), validate=True)


def _load_der(data: bytes, phrase: bytes | None) -> Any:
    from cryptography.hazmat.primitives.serialization import load_der_private_key

    return load_der_private_key(data, phrase)
