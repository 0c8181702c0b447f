"""The triggers behind ``deferrable=True``: they wait for pages or for Snowflake.

All triggers share the triggerer's event loop, so nothing here decodes rows or writes Parquet, and blocking work
(imports, Airflow's connections, Snowflake's connector) runs on a thread. A killed triggerer loses nothing: the next one
runs the same trigger again, which fetches only pages that are not journaled, and loads a manifest once.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from airflow.triggers.base import BaseTrigger, TriggerEvent

from aviastack import errors
from aviastack.airflow import steps
from aviastack.airflow.calls import Tally
from aviastack.airflow.connections import Connections

_one_load_at_a_time = asyncio.Lock()  # Snowflake's lock of _loads queues loads anyway


class ExtractTrigger(BaseTrigger):
    """Extract one slice: fetch its pages and journal their bytes. The serialized form holds no secret."""

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
        """Yield the run id, or the error, and the calls that it cost."""
        connections = Connections(**self.conn_ids)
        tally = Tally()
        event = await _event_of(
            lambda: steps.extract(
                self.endpoint, self.slice_name, again=self.again, tally=tally, connections=connections, **self.settings
            )
        )
        yield TriggerEvent({**event, "calls": tally.calls})


class LoadTrigger(BaseTrigger):
    """Wait for the statements of a load in Snowflake. The serialized form holds no secret."""

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
            event = await _event_of(lambda: asyncio.to_thread(steps.load, self.manifest, connections=connections))
        yield TriggerEvent(event)


def result_of(event: dict[str, Any]) -> Any:
    """Return the result in a trigger's event, or raise its error with the class that it had."""
    if error := event.get("error"):
        raise getattr(errors, error["type"])(error["message"], remedy=error["remedy"])
    return event["result"]


async def _event_of(step: Callable[[], Awaitable[Any]]) -> dict[str, Any]:
    """Return a step's result or error for an event. An error raised here would lose its class, which retries need."""
    try:
        return {"result": await step()}
    except errors.AviastackError as error:
        return {"error": error.to_json()}
