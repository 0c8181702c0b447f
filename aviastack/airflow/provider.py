"""What Airflow reads about the provider: the connection type ``aviationstack`` and its form."""

from __future__ import annotations

from typing import Any

_TEXT = {"type": ["string", "null"]}
_PLANS = ["free", "basic", "professional", "business", "enterprise"]

_FORM = {
    "plan": {
        "label": "Plan",
        "description": "What the key's account pays for. What it does not serve is not asked.",
        "schema": {**_TEXT, "enum": [*_PLANS, None], "values_display": {"null": "as AVIASTACK_PLAN says"}},
    },
    "pace": {
        "label": "Pace",
        "description": "Calls per seconds, as 5/s or 1/10s, or off. The plan's own pace when empty.",
        "schema": {**_TEXT, "pattern": r"^(off|\d+(\.\d+)?/(\d+(\.\d+)?)?s)?$"},
    },
    "pace_store": {
        "label": "Pace store",
        "description": "A redis:// address, when several workers share the key: they share one pace and one quota.",
        "schema": {**_TEXT, "format": "password"},
    },
    "budget": {
        "label": "Budget",
        "description": "Calls a month that we allow ourselves, at most. The plan's quota when empty.",
        "schema": {"type": ["integer", "null"], "minimum": 0},
    },
}


def get_provider_info() -> dict[str, Any]:
    """Return the provider's description, as Airflow's ``provider_info.schema.json`` has it."""
    return {
        "package-name": "aviastack",
        "name": "AviationStack",
        "description": "AviationStack's flight data into a warehouse: frugal with the quota, proven complete.",
        "connection-types": [
            {
                "connection-type": "aviationstack",
                "hook-class-name": "aviastack.airflow.hook.AviationStackHook",
                "hook-name": "AviationStack",
                "ui-field-behaviour": {
                    "hidden-fields": ["login", "schema"],
                    "relabeling": {"password": "Access key", "host": "Base URL"},
                    "placeholders": {"host": "https://api.aviationstack.com/v1", "port": "443"},
                },
                "conn-fields": _FORM,
            }
        ],
    }
