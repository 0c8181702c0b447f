"""The assets that a load updates: one per table of the warehouse. Each event has a partition and counts.

They have names and no URI, because Airflow loads every provider's URI handlers (Google's client among them) to parse
one, and that at every parse of a DAG.
"""

from __future__ import annotations

from airflow.sdk import Asset

from aviastack.endpoints import ENDPOINTS

MARTS = Asset(name="aviationstack_marts", group="aviationstack")
"""The marts that dbt builds: schedule DAGs that read the marts on it."""


def asset_of(endpoint: str) -> Asset:
    """Return the asset of an endpoint's table, for ``outlets`` or ``schedule``.

    Its events are partitioned by slice, for :class:`airflow.sdk.PartitionedAssetTimetable`, and carry ``{"partition",
    "manifest", "rows", "inserted", "updated", "removed", "complete", "as_of"}``.
    """
    return Asset(name=f"aviationstack_{ENDPOINTS[endpoint].table}", group="aviationstack")
