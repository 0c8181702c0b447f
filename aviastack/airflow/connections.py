"""What Airflow's connections lend to a step: its settings, and Google's and Snowflake's credentials where they exist.

Staging, the warehouse and dbt find their credentials where the vendors' own tools look for them: in variables of the
process. Airflow's connections become such variables for as long as they are needed, and no longer.
"""

from __future__ import annotations

import base64
import os
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseHook
from airflow.sdk.exceptions import AirflowNotFoundException

if TYPE_CHECKING:
    from airflow.sdk import Connection

    from aviastack.settings import Settings

SNOWFLAKE = "snowflake://"  # by the variables SNOWFLAKE_*
_SNOWFLAKE_EXTRA = (
    "account",
    "warehouse",
    "database",
    "role",
    "authenticator",
    "private_key_file",
    "token",
    "workload_identity_provider",
    "host",
    "port",
    "protocol",
)
"""What a Snowflake connection's extra and, in capitals, the variables call alike."""

_making_client = threading.Lock()


@dataclass(frozen=True)
class Connections:
    """The ids of the connections; no secret, so that they may stand in a trigger's serialized form."""

    aviationstack_conn_id: str = "aviationstack_default"
    gcp_conn_id: str = "google_cloud_default"
    snowflake_conn_id: str = "snowflake_default"

    def ids(self) -> dict[str, str]:
        """Return the ids by their names."""
        return asdict(self)

    def settings(self, **overrides: Any) -> Settings:
        """Return the settings of a step; from then on staging has its credentials. Blocks.

        Made when a step runs, never while a DAG is parsed. A Snowflake connection that exists is the warehouse, unless
        ``AVIASTACK_WAREHOUSE`` names another. A process keeps one client for buckets, so the triggers of one triggerer
        stage with one Google account. Raises :class:`BadRequest` for a connection that makes no legal setting.
        """
        from aviastack.airflow.hook import AviationStackHook

        hook = AviationStackHook(self.aviationstack_conn_id)
        settings = hook.settings(**overrides)
        if "warehouse" not in settings.model_fields_set and found(self.snowflake_conn_id) is not None:
            settings = hook.settings(**overrides, warehouse=SNOWFLAKE)
        if settings.staging.startswith("gs://") and found(self.gcp_conn_id) is not None:
            _make_client(self.gcp_conn_id, settings.staging)
        return settings

    @contextmanager
    def warehouse(self) -> Iterator[Settings]:
        """Yield the settings; until the ``with`` ends, the warehouse and dbt find Snowflake's credentials.

        They stand in variables of the process meanwhile: one step of a process at a time.
        """
        settings = self.settings()
        connection = found(self.snowflake_conn_id) if settings.warehouse == SNOWFLAKE else None
        with ExitStack() as stack:
            if connection is not None:
                stack.enter_context(_variables_of(connection))
            yield settings


DEFAULT_CONNECTIONS = Connections()


def found(conn_id: str) -> Connection | None:
    """Return the connection, or None where there is none of that id."""
    try:
        return BaseHook.get_connection(conn_id)
    except AirflowNotFoundException:
        return None


def _make_client(conn_id: str, staging: str) -> None:
    """Make the process's client for buckets while Google's own default credentials are those of the connection."""
    from airflow.providers.google.common.hooks.base_google import GoogleBaseHook

    from aviastack.staging.open_store import open_store

    with _making_client, GoogleBaseHook(conn_id).provide_gcp_credential_file_as_context():
        open_store(staging)


@contextmanager
def _variables_of(connection: Connection) -> Iterator[None]:
    extra = connection.extra_dejson
    named = {f"SNOWFLAKE_{name.upper()}": extra.get(name) for name in _SNOWFLAKE_EXTRA}
    named["SNOWFLAKE_USER"] = connection.login
    content = extra.get("private_key_content")
    by_key = content or extra.get("private_key_file")
    named["SNOWFLAKE_PRIVATE_KEY_FILE_PWD" if by_key else "SNOWFLAKE_PASSWORD"] = connection.password
    with ExitStack() as stack:
        if content:
            named["SNOWFLAKE_PRIVATE_KEY_FILE"] = stack.enter_context(_key_file(content))
        stack.enter_context(_variables({name: str(value) for name, value in named.items() if value}))
        yield


@contextmanager
def _key_file(content: str) -> Iterator[str]:
    """A file that only this user can read, gone when the step is over; the key comes as PEM or as base64 of that."""
    key = content.encode() if content.startswith("-----") else base64.b64decode(content)
    with tempfile.NamedTemporaryFile(suffix=".p8") as file:
        file.write(key)
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
