"""The assets that a load updates: one per table of the warehouse. Each event has a partition and counts.

They have names and no URI, because Airflow loads every provider's URI handlers (Google's client among them) to parse
one, and that at every parse of a DAG.
"""

from __future__ import annotations

from airflow.sdk import Asset

from aviastack.airflow.connections import DEFAULT
from aviastack.endpoints import ENDPOINTS

MARTS = Asset(name="aviationstack_marts", group="aviationstack")
"""The marts that dbt builds: schedule DAGs that read the marts on it."""


def marts_of(environment: str = DEFAULT) -> Asset:
    """Return the asset of an environment's marts; ``MARTS`` for the default one."""
    return _asset("marts", environment)


def asset_of(endpoint: str, environment: str = DEFAULT) -> Asset:
    """Return the asset of an endpoint's table, for ``outlets`` or ``schedule``.

    Its events are partitioned by slice, for :class:`airflow.sdk.PartitionedAssetTimetable`, and carry ``{"partition",
    "manifest", "rows", "inserted", "updated", "removed", "complete", "as_of"}``.
    """
    return _asset(ENDPOINTS[endpoint].table, environment)


def _asset(table: str, environment: str) -> Asset:
    apart = "" if environment == DEFAULT else f"_{environment}"
    return Asset(name=f"aviationstack{apart}_{table}", group="aviationstack")
