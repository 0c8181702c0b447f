"""The hook: aviastack's settings from an Airflow connection, and the test button behind the connection's form."""

from __future__ import annotations

import asyncio
import copy
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from airflow.sdk import BaseHook
from airflow.sdk.exceptions import AirflowNotFoundException
from airflow.sdk.log import mask_secret

from aviastack.errors import AviastackError, BadRequest, counted

if TYPE_CHECKING:
    from airflow.sdk import Connection

    from aviastack.settings import Settings

FORM_FIELDS = ("plan", "pace", "pace_store", "budget", "staging", "warehouse")
DUCKDB = "duckdb:///"
_FIELD_OF = {
    "access_key": "the access key (password)",
    "base_url": "the base URL (host)",
    **{name: f"the field '{name}'" for name in FORM_FIELDS},
}
_SETTING = re.compile(r"AVIASTACK_([A-Z_]+)")

E = TypeVar("E", bound=AviastackError)


class AviationStackHook(BaseHook):
    """The connection ``aviationstack``: password = access key, host = base URL, extra = the fields of ``FORM_FIELDS``.

    The port is ignored when the host already has one; Airflow 3.3.1 and 3.3.2 refuse to test a connection without a
    port (https://github.com/apache/airflow/pull/73298).

    Fields that the connection leaves empty come from the ``AVIASTACK_*`` variables of the process. Without a connection
    every setting does, so the DAGs also run without one.
    """

    conn_name_attr = "aviationstack_conn_id"
    default_conn_name = "aviationstack_default"
    conn_type = "aviationstack"
    hook_name = "AviationStack"

    def __init__(self, aviationstack_conn_id: str = default_conn_name) -> None:
        super().__init__()
        self.aviationstack_conn_id = aviationstack_conn_id

    def settings(self, **overrides: Any) -> Settings:
        """Return the settings: ``overrides`` that are not None, then the connection, then variables, then defaults.

        Relative paths are resolved against ``AIRFLOW_HOME``, because the working folder differs from process to
        process. Blocks while it fetches the connection: do not call it on an event loop. Raises :class:`BadRequest` for
        a connection with an invalid host or extra.
        """
        from aviastack.settings import settings_from

        given = {**self._connected(), **{name: value for name, value in overrides.items() if value is not None}}
        try:
            settings = settings_from(**given)
        except BadRequest as error:
            raise self.in_its_terms(error) from None
        return _under_airflow_home(settings)

    def in_its_terms(self, error: E) -> E:
        """Return the error with the connection's fields in place of the variables that the connection overrides."""
        try:
            fields = self.fields()
        except AviastackError:  # the host itself is invalid, and the error says so
            return error

        def field(match: re.Match[str]) -> str:
            name = match[1].lower()
            if name not in fields:
                return match[0]
            return f"{_FIELD_OF[name]} of connection '{self.aviationstack_conn_id}'"

        renamed = copy.copy(error)
        renamed.message, renamed.remedy = _SETTING.sub(field, error.message), _SETTING.sub(field, error.remedy)
        renamed.args = (renamed.message,)
        return renamed

    def fields(self) -> frozenset[str]:
        """Return the names of the settings that the connection has. Raises :class:`BadRequest` for an invalid host."""
        return frozenset(name for name, value in self._connected().items() if value is not None)

    def test_connection(self) -> tuple[bool, str]:
        """Request one record from the API, for the button *Test*. Costs one call of the month's quota."""
        try:
            return True, asyncio.run(_probe(self.settings()))
        except AviastackError as error:
            return False, str(self.in_its_terms(error))

    def _connected(self) -> dict[str, Any]:
        try:
            connection = self.get_connection(self.aviationstack_conn_id)
        except AirflowNotFoundException:
            return {}
        extra = {name: value for name in FORM_FIELDS if (value := connection.extra_dejson.get(name)) not in (None, "")}
        for secret in (connection.password, extra.get("pace_store")):
            if secret:
                mask_secret(secret)
        return {"access_key": connection.password or None, "base_url": _base_url(connection), **extra}


def _base_url(connection: Connection) -> str | None:
    if connection.host and "://" not in connection.host:
        raise BadRequest(
            f"The host of connection '{connection.conn_id}' is '{connection.host}', which is not a URL.",
            remedy="Use a full URL such as https://api.aviationstack.com/v1, or leave the host empty.",
        )
    return _with_port(connection.host, connection.port) if connection.host else None


def _with_port(address: str, port: int | None) -> str:
    """Return the URL with the port, unless it has one or the port is its scheme's default.

    An invalid URL is returned unchanged: the client rejects it with a remedy.
    """
    from yarl import URL

    try:
        url = URL(address)
        return str(url.with_port(port)) if port and url.explicit_port is None and url.port != port else address
    except ValueError:
        return address


def _under_airflow_home(settings: Settings) -> Settings:
    """Return the settings with absolute paths for staging, the DuckDB file and the state."""
    home = Path(os.environ.get("AIRFLOW_HOME", "~/airflow")).expanduser()
    absolute: dict[str, Any] = {"state": home / settings.state}
    if "://" not in settings.staging:
        absolute["staging"] = str(home / settings.staging)
    if settings.warehouse.startswith(DUCKDB):
        absolute["warehouse"] = f"{DUCKDB}{home / settings.warehouse.removeprefix(DUCKDB)}"
    resolved = settings.model_copy(update=absolute)
    resolved.model_fields_set.intersection_update(settings.model_fields_set)  # a default does not become a choice
    return resolved


async def _probe(settings: Settings) -> str:
    from aviastack.api.session import Api

    async with Api(settings) as api:
        quota = await api.check_key()
    left = "The API did not report the remaining quota."
    if quota.remaining is not None:
        left = f"Left this month: {counted(quota.remaining, 'call')}."
    return f"The API accepts the key. This test cost {counted(api.calls, 'call')}. {left}"
