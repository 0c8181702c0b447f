"""The provider's description for Airflow: the connection type ``aviationstack`` and its form."""

from __future__ import annotations

from typing import Any

_TEXT = {"type": ["string", "null"]}
_PLANS = ["free", "basic", "professional", "business", "enterprise"]

_FORM = {
    "plan": {
        "label": "Plan",
        "description": "The subscription of the key's account. Calls that it does not serve are not made.",
        "schema": {**_TEXT, "enum": [*_PLANS, None], "values_display": {"null": "AVIASTACK_PLAN"}},
    },
    "pace": {
        "label": "Pace",
        "description": "CALLS/SECONDS, for example 5/s or 1/10s, or off. Default: the plan's pace.",
        "schema": {**_TEXT, "pattern": r"^(off|\d+(\.\d+)?/(\d+(\.\d+)?)?s)?$"},
    },
    "pace_store": {
        "label": "Pace store",
        "description": "A redis:// URL, through which workers that use one key share its pace and quota.",
        "schema": {**_TEXT, "format": "password"},
    },
    "budget": {
        "label": "Budget",
        "description": "Maximum calls per month. Default: the plan's quota.",
        "schema": {"type": ["integer", "null"], "minimum": 0},
    },
    "staging": {
        "label": "Staging",
        "description": "A folder or gs://bucket/prefix. Default: AVIASTACK_STAGING.",
        "schema": _TEXT,
    },
    "warehouse": {
        "label": "Warehouse",
        "description": "duckdb:////path or snowflake://. Default: AVIASTACK_WAREHOUSE, else the Snowflake connection.",
        "schema": _TEXT,
    },
}


def get_provider_info() -> dict[str, Any]:
    """Return the provider's description, as Airflow's ``provider_info.schema.json`` has it."""
    return {
        "package-name": "aviastack",
        "name": "AviationStack",
        "description": "Loads AviationStack's flight data into a warehouse, with few calls and proof of completeness.",
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
