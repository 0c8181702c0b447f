"""What a backfill still has to fetch, and what it may spend."""

from __future__ import annotations

from collections.abc import Iterable

from aviastack.airflow.connections import DEFAULT_CONNECTIONS, Connections
from aviastack.slices import Slice


def without_final(
    endpoint: str, slice_names: Iterable[str], *, connections: Connections = DEFAULT_CONNECTIONS
) -> list[str]:
    """Leave out what is complete and was fetched after its date had settled: asking again brings nothing new."""
    from aviastack.pipeline.resume import on_record
    from aviastack.staging.open_store import open_store

    store = open_store(connections.settings().staging)
    return [name for name in slice_names if on_record(store, Slice.parse(endpoint, name), None, final=True) is None]


def budget_within(max_calls: int, *, connections: Connections = DEFAULT_CONNECTIONS) -> dict[str, int]:
    """Return the settings that let a whole DAG run spend ``max_calls`` at most, whichever of its tasks spends them.

    It is the month's budget, counted from what the ledger knows to be used by now. It never exceeds the budget that is
    set, nor the month's quota: a budget above that would be taken for leave to make calls that are billed extra.
    """
    from aviastack.limits.ledger import known_quota

    settings = connections.settings()
    quota = known_quota(settings)
    month = quota.limit or settings.plan.calls_per_month
    limits = [quota.used + max_calls, settings.budget if settings.budget is not None else month]
    return {"budget": min(limit for limit in limits if limit is not None)}
