"""The assets that a load updates: one a table of the warehouse, each event with its partition and its counts.

They have names and no address: Airflow loads every provider's address handlers (Google's client among them) to make
sense of one, whenever a DAG is parsed.
"""

from __future__ import annotations

from airflow.sdk import Asset

from aviastack.endpoints import ENDPOINTS

MARTS = Asset(name="aviationstack_marts", group="aviationstack")
"""What dbt builds: schedule on it what reads the marts."""


def asset_of(endpoint: str) -> Asset:
    """Return the asset of an endpoint's table, for ``outlets`` or ``schedule``.

    Its events are partitioned by slice, for :class:`airflow.sdk.PartitionedAssetTimetable`, and carry ``{"partition",
    "manifest", "rows", "inserted", "updated", "removed", "complete", "as_of"}``.
    """
    return Asset(name=f"aviationstack_{ENDPOINTS[endpoint].table}", group="aviationstack")
