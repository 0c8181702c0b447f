"""Errors in the terms of the connections in use: the connection and its field in place of the variable they override.

An on-call engineer who sets ``AVIASTACK_ACCESS_KEY`` changes nothing while a connection has the key.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from contextlib import contextmanager

from aviastack.airflow.connections import DEFAULT_CONNECTIONS, SNOWFLAKE, Connections, found
from aviastack.airflow.hook import AviationStackHook
from aviastack.errors import AviastackError, BadRequest, LockRefused, StagingUnavailable, WarehouseUnavailable

_VARIABLE = re.compile(r"SNOWFLAKE_([A-Z_]+)")
_IN_TOML = re.compile(r", or add it to the connection that AVIASTACK_WAREHOUSE names \(snowflake://NAME\)")
_FIELD_OF = {"USER": "the login", "PASSWORD": "the password", "SCHEMA": "the schema"}


@contextmanager
def naming(connections: Connections = DEFAULT_CONNECTIONS) -> Iterator[None]:
    """Raise an error of the block in the terms of the connections. Blocks while it reads them."""
    try:
        yield
    except AviastackError as error:
        raise named(error, connections) from error


def named(error: AviastackError, connections: Connections) -> AviastackError:
    """Return the error with connections and their fields in place of what they override. Blocks."""
    renamed = AviationStackHook(connections.aviationstack_conn_id).in_its_terms(error)
    try:
        settings = connections.settings()
    except AviastackError:  # a connection itself is invalid, and the error says so
        return renamed
    if settings.warehouse == SNOWFLAKE and found(connections.snowflake_conn_id) is not None:
        renamed = _of_snowflake(renamed, connections.snowflake_conn_id)
    if settings.staging.startswith("gs://") and found(connections.gcp_conn_id) is not None:
        renamed = _of_google(renamed, connections.gcp_conn_id)
    return renamed


def _of_snowflake(error: AviastackError, conn_id: str) -> AviastackError:
    if isinstance(error, LockRefused) or not isinstance(error, (WarehouseUnavailable, BadRequest)):
        return error
    remedy = _VARIABLE.sub(lambda match: _field(match[1], conn_id), _IN_TOML.sub("", error.remedy))
    remedy = remedy.replace("the connection", f"connection '{conn_id}'")
    if isinstance(error, WarehouseUnavailable) and conn_id not in f"{error.message} {remedy}":
        remedy = f"{remedy} The sign-in is that of connection '{conn_id}'."
    return _with_remedy(error, remedy)


def _field(name: str, conn_id: str) -> str:
    return f"{_FIELD_OF.get(name, f'the field {name.lower()!r}')} of connection '{conn_id}'"


def _of_google(error: AviastackError, conn_id: str) -> AviastackError:
    from aviastack.staging.google import LOG_IN

    if not isinstance(error, StagingUnavailable) or conn_id in str(error):
        return error
    remedy = error.remedy.replace(LOG_IN, "Check its key_path, keyfile_dict and impersonation_chain.")
    return _with_remedy(error, f"{remedy} The account is that of connection '{conn_id}'.")


def _with_remedy(error: AviastackError, remedy: str) -> AviastackError:
    renamed = copy.copy(error)
    renamed.remedy = remedy
    return renamed
