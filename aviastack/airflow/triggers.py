"""The triggers behind ``deferrable=True``: they wait, for pages or for Snowflake, and do no work.

The triggerer's loop is shared by every trigger, so nothing here decodes or writes Parquet, and what blocks (imports,
Airflow's connections, Snowflake's connector) happens on a thread. A triggerer that is killed loses nothing: the next
runs the same trigger again, which asks the API only for pages that are not journalled, and loads a manifest once.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from airflow.triggers.base import BaseTrigger, TriggerEvent

from aviastack import errors
from aviastack.airflow import steps
from aviastack.airflow.connections import Connections

_one_load_at_a_time = asyncio.Lock()  # Snowflake's lock of _loads queues loads anyway


class ExtractTrigger(BaseTrigger):
    """Extract one slice: fetch pages, journal their bytes. Serialized it holds names and no secret."""

    def __init__(
        self, endpoint: str, slice_name: str, settings: dict[str, Any], conn_ids: dict[str, str], *, again: bool = True
    ) -> None:
        super().__init__()
        self.endpoint = endpoint
        self.slice_name = slice_name
        self.settings = settings
        self.conn_ids = conn_ids
        self.again = again

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Return what another process needs to run the same trigger."""
        return f"{__name__}.{type(self).__name__}", {
            "endpoint": self.endpoint,
            "slice_name": self.slice_name,
            "settings": self.settings,
            "conn_ids": self.conn_ids,
            "again": self.again,
        }

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Yield the run id."""
        connections = Connections(**self.conn_ids)
        yield await _told(
            lambda: steps.extract(
                self.endpoint, self.slice_name, again=self.again, connections=connections, **self.settings
            )
        )


class LoadTrigger(BaseTrigger):
    """Await the statements of a load in Snowflake, which does the work. Serialized it holds names and no secret."""

    def __init__(self, manifest: str, conn_ids: dict[str, str]) -> None:
        super().__init__()
        self.manifest = manifest
        self.conn_ids = conn_ids

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Return what another process needs to run the same trigger."""
        return f"{__name__}.{type(self).__name__}", {"manifest": self.manifest, "conn_ids": self.conn_ids}

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Yield the counts of the load."""
        connections = Connections(**self.conn_ids)
        async with _one_load_at_a_time:
            yield await _told(lambda: asyncio.to_thread(steps.load, self.manifest, connections=connections))


def result_of(event: dict[str, Any]) -> Any:
    """Return what a trigger's event brings, or raise the error that it brings, of the class that it had."""
    if error := event.get("error"):
        raise getattr(errors, error["type"])(error["message"], remedy=error["remedy"])
    return event["result"]


async def _told(step: Callable[[], Awaitable[Any]]) -> TriggerEvent:
    """Carry a step's error to the worker as an event: raised here it would lose its class, by which retries go."""
    try:
        return TriggerEvent({"result": await step()})
    except errors.AviastackError as error:
        return TriggerEvent({"error": error.to_json()})
