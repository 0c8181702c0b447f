"""The hook: aviastack's settings from an Airflow connection, and the test button behind the connection's form."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseHook
from airflow.sdk.exceptions import AirflowNotFoundException
from airflow.sdk.log import mask_secret

from aviastack.errors import AviastackError, BadRequest

if TYPE_CHECKING:
    from airflow.sdk import Connection

    from aviastack.settings import Settings

FORM_FIELDS = ("plan", "pace", "pace_store", "budget")


class AviationStackHook(BaseHook):
    """The connection ``aviationstack``: password = access key, host = base URL, extra = plan, pace, pace store, budget.

    A port is none of the address' business where that names its own; Airflow 3.3.1 and 3.3.2 want one in every
    connection whose test button is pressed (https://github.com/apache/airflow/pull/73298).

    What the connection leaves open comes from the ``AVIASTACK_*`` variables of the process; without a connection all
    of it does, so that the DAGs run on embedded defaults.
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

        Blocks (Airflow is asked for the connection): call it off an event loop. Raises :class:`BadRequest` for a
        connection whose host or extra is no legal setting.
        """
        from aviastack.settings import settings_from

        return settings_from(**{**self._connected(), **{k: v for k, v in overrides.items() if v is not None}})

    def test_connection(self) -> tuple[bool, str]:
        """Ask the API for one record: the button *Test*. Costs one call of the month's quota, and says so."""
        try:
            settings = self.settings()
            return True, asyncio.run(_probe(settings))
        except AviastackError as error:
            return False, str(error)

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
            f"The host of connection '{connection.conn_id}' is '{connection.host}', which is no URL.",
            remedy="Write it whole: https://api.aviationstack.com/v1, or leave it empty.",
        )
    return _with_port(connection.host, connection.port) if connection.host else None


def _with_port(address: str, port: int | None) -> str:
    """Return the address with the port, unless it names one or the port is its scheme's own.

    An address that is none comes back as it is: the client refuses it, with the remedy.
    """
    from yarl import URL

    try:
        url = URL(address)
        return str(url.with_port(port)) if port and url.explicit_port is None and url.port != port else address
    except ValueError:
        return address


async def _probe(settings: Settings) -> str:
    from aviastack.api.session import Api

    async with Api(settings) as api:
        quota = await api.check_key()
    left = "how many are left is not told" if quota.remaining is None else f"{quota.remaining:,} are left this month"
    return f"The API takes the key. This test cost {api.calls} call; {left}."
