"""Metrics of a run through OpenTelemetry's API; an installed SDK sends them on.

Without the API package nothing is measured, and without an SDK the API does nothing; the cost of both is negligible.
Instruments are named ``aviastack.*`` and have ``endpoint`` as their only attribute, which keeps the series few.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aviastack.limits.quota import Quota
    from aviastack.manifest import Manifest
    from aviastack.pipeline.outcome import Outcome

COUNTERS = {
    "calls": "requests sent",
    "rows": "rows staged",
    "quarantined": "records quarantined",
    "repeated": "rows that paging repeated",
    "unmapped": "values of fields that the schema does not have (drift)",
    "incomplete": "runs that are not proven complete",
    "anomalies": "ways in which runs are unlike the trailing weeks",
}


def record_run(outcome: Outcome, quota: Quota) -> None:
    """Record a run that has ended, and what is left of the month."""
    instruments = _instruments()
    if instruments is None:
        return
    manifest = outcome.manifest
    about = {"endpoint": manifest.endpoint}
    counts = {
        "calls": outcome.calls,
        "rows": manifest.rows,
        "quarantined": manifest.quarantined,
        "repeated": manifest.repeated,
        "unmapped": sum(manifest.unmapped.values()),
        "incomplete": int(not manifest.complete),
    }
    for name, count in counts.items():
        instruments[name].add(count, about)
    for stage, duration in outcome.seconds.items():
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
