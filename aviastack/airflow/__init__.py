"""The Airflow provider: connection type, hook, operators, triggers, and the parts of the DAGs in ``dags/``.

Airflow finds :func:`get_provider_info` by entry point before its own configuration is ready, and parses DAGs often. So
names are imported on first use, and none of them imports anything heavy.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_HOME = {
    "AuditOperator": "operators",
    "AviationStackHook": "hook",
    "CheckEnvironmentOperator": "environment",
    "ExtractOperator": "operators",
    "ExtractTrigger": "triggers",
    "LoadOperator": "operators",
    "RETRY_BY_CAUSE": "retries",
    "StageOperator": "operators",
    "asset_of": "assets",
    "get_provider_info": "provider",
}

__all__ = sorted(_HOME)  # noqa: PLE0605, RUF100 - one list of names


def __getattr__(name: str) -> Any:
    """Import a public name from its module."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
