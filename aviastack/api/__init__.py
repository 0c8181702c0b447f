"""Asks AviationStack: client, paging, pace, quota, replies, redaction. Knows neither records nor staging."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aviastack.api.client import Api
    from aviastack.api.ledger import known_quota
    from aviastack.api.pace import LocalPace, Pace, Rate, Unpaced
    from aviastack.api.paging import Cost, Coverage, calls_for, fetch
    from aviastack.api.quota import Quota
    from aviastack.api.redaction import KeyFilter, conceal, redacted
    from aviastack.api.retries import Patience
    from aviastack.api.shared_pace import SharedPace

_HOMES = {
    "Api": "client",
    "Cost": "paging",
    "Coverage": "paging",
    "KeyFilter": "redaction",
    "LocalPace": "pace",
    "Pace": "pace",
    "Patience": "retries",
    "Quota": "quota",
    "Rate": "pace",
    "SharedPace": "shared_pace",
    "Unpaced": "pace",
    "calls_for": "paging",
    "conceal": "redaction",
    "fetch": "paging",
    "known_quota": "ledger",
    "redacted": "redaction",
}

__all__ = [
    "Api",
    "Cost",
    "Coverage",
    "KeyFilter",
    "LocalPace",
    "Pace",
    "Patience",
    "Quota",
    "Rate",
    "SharedPace",
    "Unpaced",
    "calls_for",
    "conceal",
    "fetch",
    "known_quota",
    "redacted",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
