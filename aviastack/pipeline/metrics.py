"""Metrics of a run through OpenTelemetry's API; an installed SDK sends them on.

Without the API package nothing is measured, and without an SDK the API does nothing; the cost of both is negligible.
Instruments are named ``aviastack.*`` and have ``endpoint`` as their only attribute, which keeps the series few.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aviastack.limits.quota import Quota
    from aviastack.manifest import Manifest

COUNTERS = {
    "calls": "requests sent",
    "rows": "rows staged",
    "quarantined": "records quarantined",
    "repeated": "rows that paging repeated",
    "unmapped": "values of fields that the schema does not have (drift)",
    "incomplete": "runs that are not proven complete",
    "anomalies": "ways in which runs are unlike the trailing weeks",
}


def record_run(manifest: Manifest, *, calls: int, seconds: Mapping[str, float], quota: Quota) -> None:
    """Record a run that has ended: the ``calls`` that it spent, its ``seconds`` by stage."""
    instruments = _instruments()
    if instruments is None:
        return
    about = {"endpoint": manifest.endpoint}
    counts = {
        "calls": calls,
        "rows": manifest.rows,
        "quarantined": manifest.quarantined,
        "repeated": manifest.repeated,
        "unmapped": sum(manifest.unmapped.values()),
        "incomplete": int(not manifest.complete),
    }
    for name, count in counts.items():
        instruments[name].add(count, about)
    for stage, duration in seconds.items():
        instruments["seconds"].record(duration, about | {"stage": stage})
    if quota.remaining is not None:
        instruments["quota_left"].set(quota.remaining)


def record_anomalies(manifest: Manifest, count: int) -> None:
    """Record in how many ways a run is unlike the trailing weeks."""
    instruments = _instruments()
    if instruments is not None:
        instruments["anomalies"].add(count, {"endpoint": manifest.endpoint})


@cache
def _instruments() -> dict[str, Any] | None:
    try:
        from opentelemetry import metrics
    except ImportError:
        return None
    meter = metrics.get_meter("aviastack")
    instruments: dict[str, Any] = {
        name: meter.create_counter(f"aviastack.{name}", description=about) for name, about in COUNTERS.items()
    }
    instruments["seconds"] = meter.create_histogram("aviastack.stage.duration", "s", "duration of a stage of a run")
    instruments["quota_left"] = meter.create_gauge("aviastack.quota.left", "{call}", "calls left this month")
    return instruments
