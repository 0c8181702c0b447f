"""AviationStack's flight data into a warehouse: frugal with the quota, proven complete, typed, idempotent.

::

    from aviastack import fetch_flights

    rows = fetch_flights(flight_date="2026-11-21", airline_iata="AA")
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aviastack.client import AviationStack, fetch_flights
    from aviastack.errors import (
        AccessRefused,
        ApiUnavailable,
        AuditFailed,
        AviastackError,
        BadRequest,
        BudgetExhausted,
        DamagedFile,
        Exhausted,
        IncompleteExtract,
        KeyRefused,
        MartsFailed,
        MissingExtra,
        PlanRefused,
        QuotaExhausted,
        RateLimited,
        StagingUnavailable,
        WarehouseUnavailable,
    )
    from aviastack.manifest import Manifest
    from aviastack.pipeline.rows import Rows
    from aviastack.settings import Settings
    from aviastack.slices import Slice

__all__ = [
    "AccessRefused",
    "ApiUnavailable",
    "AuditFailed",
    "AviastackError",
    "AviationStack",
    "BadRequest",
    "BudgetExhausted",
    "DamagedFile",
    "Exhausted",
    "IncompleteExtract",
    "KeyRefused",
    "Manifest",
    "MartsFailed",
    "MissingExtra",
    "PlanRefused",
    "QuotaExhausted",
    "RateLimited",
    "Rows",
    "Settings",
    "Slice",
    "StagingUnavailable",
    "WarehouseUnavailable",
    "fetch_flights",
]

# Names come from their modules when they are first used, so that importing the package costs next to nothing.
_ELSEWHERE = {
    "AviationStack": "client",
    "Manifest": "manifest",
    "Rows": "pipeline.rows",
    "Settings": "settings",
    "Slice": "slices",
    "fetch_flights": "client",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'aviastack' has no attribute '{name}'")
    return getattr(import_module(f"aviastack.{_ELSEWHERE.get(name, 'errors')}"), name)
