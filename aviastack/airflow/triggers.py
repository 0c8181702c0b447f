"""The trigger behind ``ExtractOperator(deferrable=True)``: it fetches pages and journals their bytes, no more.

The triggerer's loop is shared by every trigger, so nothing here decodes or writes Parquet, and what blocks (imports,
Airflow's connections) happens on a thread. Pages already journalled survive a triggerer that is killed: the next one
runs the same trigger and asks the API only for what is missing.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from airflow.triggers.base import BaseTrigger, TriggerEvent

from aviastack import errors
from aviastack.airflow import steps
from aviastack.airflow.connections import Connections


class ExtractTrigger(BaseTrigger):
    """Extract one slice. The serialized form names the slice and the connections, and holds no secret."""

    def __init__(self, endpoint: str, slice_name: str, settings: dict[str, Any], conn_ids: dict[str, str]) -> None:
        super().__init__()
        self.endpoint = endpoint
        self.slice_name = slice_name
        self.settings = settings
        self.conn_ids = conn_ids

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Return what another process needs to run the same trigger."""
        return f"{__name__}.{type(self).__name__}", {
            "endpoint": self.endpoint,
            "slice_name": self.slice_name,
            "settings": self.settings,
            "conn_ids": self.conn_ids,
        }

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Yield ``{"run_id": ...}``, or ``{"error": ...}`` for the worker to raise, where retries go by cause."""
        try:
            run_id = await steps.extract(
                self.endpoint, self.slice_name, connections=Connections(**self.conn_ids), **self.settings
            )
        except errors.AviastackError as error:
            yield TriggerEvent({"error": error.to_json()})
        else:
            yield TriggerEvent({"run_id": run_id})


def run_id_of(event: dict[str, Any]) -> str:
    """Return the run id that the trigger's event brings, or raise the error that it brings, of the class it had."""
    if error := event.get("error"):
        raise getattr(errors, error["type"])(error["message"], remedy=error["remedy"])
    return str(event["run_id"])
