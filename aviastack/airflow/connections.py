"""What Airflow's connections lend to a step: its settings, and Google's and Snowflake's credentials where they exist.

Staging, the warehouse and dbt find their credentials where the vendors' own tools look for them: in variables of the
process. A task has a process of its own, so there a connection becomes variables for as long as a step lasts.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseHook
from airflow.sdk.exceptions import AirflowNotFoundException

if TYPE_CHECKING:
    from airflow.sdk import Connection

    from aviastack.settings import Settings

_SNOWFLAKE_EXTRA = {
    "account": "ACCOUNT",
    "warehouse": "WAREHOUSE",
    "database": "DATABASE",
    "role": "ROLE",
    "authenticator": "AUTHENTICATOR",
    "private_key_file": "PRIVATE_KEY_PATH",
    "token": "TOKEN",
    "host": "HOST",
    "port": "PORT",
    "protocol": "PROTOCOL",
}
"""What a Snowflake connection's extra calls it -> the variable, after ``SNOWFLAKE_``."""


@dataclass(frozen=True)
class Connections:
    """The ids of the connections; no secret, so that they may stand in a trigger's serialized form."""

    aviationstack_conn_id: str = "aviationstack_default"
    gcp_conn_id: str = "google_cloud_default"
    snowflake_conn_id: str = "snowflake_default"

    def ids(self) -> dict[str, str]:
        """Return the ids by their names."""
        return asdict(self)

    @contextmanager
    def settings(self, **overrides: Any) -> Iterator[Settings]:
        """Yield the settings of a step; until the ``with`` ends, the credentials are at hand. Blocks.

        Made when a step runs, never while a DAG is parsed. A Snowflake connection that exists is the warehouse, unless
        ``AVIASTACK_WAREHOUSE`` names another. Raises :class:`BadRequest` for a connection that makes no legal setting.
        """
        from aviastack.airflow.hook import AviationStackHook

        hook = AviationStackHook(self.aviationstack_conn_id)
        settings = hook.settings(**overrides)
        snowflake = found(self.snowflake_conn_id)
        if snowflake is not None and "warehouse" not in settings.model_fields_set:
            settings = hook.settings(**overrides, warehouse="snowflake://")
        with ExitStack() as credentials:
            if settings.staging.startswith("gs://") and found(self.gcp_conn_id) is not None:
                from airflow.providers.google.common.hooks.base_google import GoogleBaseHook

                credentials.enter_context(GoogleBaseHook(self.gcp_conn_id).provide_gcp_credential_file_as_context())
            if settings.warehouse == "snowflake://" and snowflake is not None:
                credentials.enter_context(_variables_of_snowflake(snowflake))
            yield settings


DEFAULT_CONNECTIONS = Connections()


def found(conn_id: str) -> Connection | None:
    """Return the connection, or None where there is none of that id."""
    try:
        return BaseHook.get_connection(conn_id)
    except AirflowNotFoundException:
        return None


@contextmanager
def _variables_of_snowflake(connection: Connection) -> Iterator[None]:
    extra = connection.extra_dejson
    named = {f"SNOWFLAKE_{name}": extra.get(key) for key, name in _SNOWFLAKE_EXTRA.items()}
    named["SNOWFLAKE_USER"] = connection.login
    content = extra.get("private_key_content")
    secret = "SNOWFLAKE_PRIVATE_KEY_PASSPHRASE" if content or extra.get("private_key_file") else "SNOWFLAKE_PASSWORD"
    named[secret] = connection.password
    with ExitStack() as stack:
        if content:
            named["SNOWFLAKE_PRIVATE_KEY_PATH"] = stack.enter_context(_key_file(content))
        stack.enter_context(_variables({name: str(value) for name, value in named.items() if value}))
        yield


@contextmanager
def _key_file(content: str) -> Iterator[str]:
    """A file that only this user can read, gone when the step is over."""
    with tempfile.NamedTemporaryFile("w", suffix=".p8") as file:
        file.write(content)
        file.flush()
        yield file.name


@contextmanager
def _variables(named: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in named}
    os.environ.update(named)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
