"""What Airflow's connections give to a step: its settings, and the sign-ins to Google Cloud and Snowflake.

The providers' own hooks read the connections, so whatever their forms offer counts. What they make of it is passed on
as arguments; nothing is put into the environment of the process.
"""

from __future__ import annotations

import json
import os
import threading
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Self

from airflow.sdk import BaseHook
from airflow.sdk.exceptions import AirflowException, AirflowNotFoundException

from aviastack.errors import BadRequest, MissingExtra, StagingUnavailable, WarehouseUnavailable

if TYPE_CHECKING:
    from airflow.sdk import Connection

    from aviastack.settings import Settings

DEFAULT = "default"  # the environment whose connections are Airflow's default ones
SNOWFLAKE = "snowflake://"  # the warehouse of Airflow's connection, or of the SNOWFLAKE_* variables
_FOR_THE_HOOK = frozenset(
    {
        "azure_conn_id",
        "client_id",
        "client_secret",
        "grant_type",
        "oauth_password",
        "oauth_username",
        "refresh_token",
        "scope",
        "token_endpoint",
    }
)
"""What the hook fetches an OAuth token with; the connector takes the token alone."""

_making_client = threading.Lock()


@dataclass(frozen=True)
class Connections:
    """The ids of an environment's connections; no secret, so that they may be in a trigger's serialized form.

    ``snowflake_dbt_conn_id`` is dbt's own sign-in, with the separate user and role of the setup; without such a
    connection dbt signs in as the loader does, or as the ``AVIASTACK_DBT_*`` settings say.
    """

    aviationstack_conn_id: str = "aviationstack_default"
    gcp_conn_id: str = "google_cloud_default"
    snowflake_conn_id: str = "snowflake_default"
    snowflake_dbt_conn_id: str = "snowflake_dbt_default"
    environment: str = DEFAULT

    @classmethod
    def of(cls, environment: str) -> Self:
        """Return the connections of an environment, such as ``aviationstack_test`` and ``snowflake_test``."""
        return cls(
            aviationstack_conn_id=f"aviationstack_{environment}",
            gcp_conn_id=f"google_cloud_{environment}",
            snowflake_conn_id=f"snowflake_{environment}",
            snowflake_dbt_conn_id=f"snowflake_dbt_{environment}",
            environment=environment,
        )

    def ids(self) -> dict[str, str]:
        """Return the ids and the environment by their names."""
        return asdict(self)

    def settings(self, **overrides: Any) -> Settings:
        """Return the settings of a step; from then on staging has its credentials. Blocks.

        Made when a step runs, never while a DAG is parsed. A Snowflake connection that exists is the warehouse, unless
        ``AVIASTACK_WAREHOUSE`` names another. A process keeps one client for buckets, so the triggers of one triggerer
        stage with one Google account. Raises :class:`BadRequest` for a connection that makes no legal setting, and for
        an environment without staging and a warehouse of its own.
        """
        from aviastack.airflow.hook import AviationStackHook

        hook = AviationStackHook(self.aviationstack_conn_id)
        settings = hook.settings(**overrides)
        if "warehouse" not in settings.model_fields_set and found(self.snowflake_conn_id) is not None:
            settings = hook.settings(**overrides, warehouse=SNOWFLAKE)
        if self.environment != DEFAULT:
            settings = self._apart(settings, hook.fields())
        if settings.staging.startswith("gs://") and found(self.gcp_conn_id) is not None:
            _make_client(self.gcp_conn_id, settings.staging)
        return settings

    def _apart(self, settings: Settings, fields: frozenset[str]) -> Settings:
        """Return the settings with a folder of its own for the state, if nothing is shared with other environments."""
        shared = {"staging"} - fields
        if settings.warehouse != SNOWFLAKE or found(self.snowflake_conn_id) is None:
            shared |= {"warehouse"} - fields
        if shared:
            raise BadRequest(
                f"Environment '{self.environment}' has no {' and no '.join(sorted(shared))} of its own.",
                remedy=f"Set {' and '.join(sorted(shared))} in connection '{self.aviationstack_conn_id}'.",
            )
        return settings.model_copy(update={"state": settings.state / self.environment})

    def warehouse_settings(self) -> Settings:
        """Return the settings of a step that uses the warehouse, with the sign-in of the Snowflake connection. Blocks.

        Raises :class:`BadRequest` for a connection that the provider's hook refuses, and
        :class:`WarehouseUnavailable` if its OAuth token cannot be fetched.
        """
        settings = self.settings()
        if settings.warehouse != SNOWFLAKE or found(self.snowflake_conn_id) is None:
            return settings
        dbt = found(self.snowflake_dbt_conn_id) and snowflake_parameters(self.snowflake_dbt_conn_id)
        return settings.with_snowflake(snowflake_parameters(self.snowflake_conn_id), dbt)


DEFAULT_CONNECTIONS = Connections()


def found(conn_id: str) -> Connection | None:
    """Return the connection, or None if there is none of that id."""
    try:
        return BaseHook.get_connection(conn_id)
    except AirflowNotFoundException:
        return None


def snowflake_parameters(conn_id: str) -> dict[str, Any]:
    """Return the connector's parameters as the Snowflake provider's hook makes them of the connection."""
    from airflow.providers.snowflake.hooks.snowflake import SnowflakeHook

    class Hook(SnowflakeHook):
        """The provider's hook, which also reads a key whose line breaks are escaped."""

        @classmethod
        def get_connection(cls, conn_id: str) -> Connection:
            return _with_plain_key(super().get_connection(conn_id))

    try:
        hook = Hook(snowflake_conn_id=conn_id)
        made = hook._get_conn_params  # noqa: SLF001 - get_conn() would sign in with parameters that we cannot add to
        given: dict[str, Any] = made() if callable(made) else made
    except OSError as error:
        raise WarehouseUnavailable(
            f"Airflow's connection '{conn_id}' gets no OAuth token: {error}", remedy="Check its token endpoint."
        ) from error
    except (AirflowException, ValueError, TypeError, KeyError) as error:
        raise BadRequest(f"Airflow's connection '{conn_id}' is not valid: {error}", remedy="Edit it.") from error
    for_workload_identity = ("workload_identity_entra_resource", "token", "token_file_path")
    extra = found(conn_id).extra_dejson  # type: ignore[union-attr]
    more = {name: extra[name] for name in (*for_workload_identity, "protocol") if extra.get(name)}
    return {**more, **{name: v for name, v in given.items() if v not in (None, "") and name not in _FOR_THE_HOOK}}


def _with_plain_key(connection: Connection) -> Connection:
    extra = connection.extra_dejson
    for name in ("private_key_content", "extra__snowflake__private_key_content"):
        if extra.get(name):
            extra[name] = extra[name].replace("\\n", "\n").strip()
            connection.extra = json.dumps(extra)
    return connection


def _make_client(conn_id: str, staging: str) -> None:
    """Make the process's client for buckets with the credentials that the Google provider's hook makes."""
    try:
        from airflow.providers.google.common.hooks.base_google import GoogleBaseHook
    except ModuleNotFoundError:
        raise MissingExtra(
            f"Airflow's connection '{conn_id}' needs Google's provider, which is not installed.",
            remedy="Install it: pip install apache-airflow-providers-google. Or delete the connection, so that "
            "application default credentials are used.",
        ) from None
    from google.auth.exceptions import GoogleAuthError

    from aviastack.staging.google import sign_in
    from aviastack.staging.open_store import open_store

    with _making_client:
        try:
            if not os.environ.get("STORAGE_EMULATOR_HOST"):  # an emulator takes no credential
                sign_in(GoogleBaseHook(gcp_conn_id=conn_id).get_credentials())
        except (AirflowException, GoogleAuthError, ValueError, OSError) as error:
            raise StagingUnavailable(
                f"Airflow's connection '{conn_id}' gives no Google credentials: {error}", remedy="Edit it."
            ) from error
        open_store(staging)
