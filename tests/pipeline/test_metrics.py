from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from opentelemetry import metrics as api
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

from aviastack.limits.quota import Quota
from aviastack.manifest import Manifest, Predicate
from aviastack.pipeline import metrics
from aviastack.pipeline.outcome import Outcome
from aviastack.slices import Slice

SLICE = Slice.of("flights", {"flight_date": "2026-11-18"})
NOW = datetime(2026, 11, 21, 6, tzinfo=UTC)
MANIFEST = Manifest(
    run_id="20261121T060000000000Z-000000", endpoint="flights", slice="2026-11-18", predicate=Predicate({}, None),
    as_of=NOW, started_at=NOW, finished_at=NOW, complete=False, proof="", total=10, pages=1, calls=1, rows=9,
    quarantined=1, repeated=2, warnings={}, unmapped={"seats": 3}, nulls={}, staged=[], quarantine=[], journal="",
)  # fmt: skip


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemoryMetricReader]:
    reader = InMemoryMetricReader()
    provider = MeterProvider([reader])
    monkeypatch.setattr(api, "get_meter", provider.get_meter)
    metrics._instruments.cache_clear()
    yield reader
    metrics._instruments.cache_clear()
    provider.shutdown()


def test_a_run_is_told_in_calls_rows_quota_drift_and_seconds(reader: InMemoryMetricReader) -> None:
    quota = Quota(
        limit=500,
        used=8,
        remaining=492,
        source="api",
        resets=None,
        seen_at=NOW,
        budget=None,
    )
    metrics.record_run(Outcome(SLICE, MANIFEST, calls=8, seconds={"extract": 1.5, "load": 0.5}), quota)
    metrics.record_anomalies(MANIFEST, 2)
    data = reader.get_metrics_data()
    assert data is not None
    [resource] = data.resource_metrics
    points = {m.name: list(m.data.data_points) for scope in resource.scope_metrics for m in scope.metrics}
    values = {name: found[0].value for name, found in points.items() if name != "aviastack.stage.duration"}
    assert values == {
        "aviastack.calls": 8,
        "aviastack.rows": 9,
        "aviastack.quarantined": 1,
        "aviastack.repeated": 2,
        "aviastack.unmapped": 3,
        "aviastack.incomplete": 1,
        "aviastack.anomalies": 2,
        "aviastack.quota.left": 492,
    }
    stages = {point.attributes["stage"]: point.sum for point in points["aviastack.stage.duration"]}
    assert stages == {"extract": 1.5, "load": 0.5}

    emitted = {name: {label for point in found for label in point.attributes} for name, found in points.items()}
    assert emitted == documented_metrics()


def documented_metrics() -> dict[str, set[str]]:
    """Return metric -> labels, as the table of docs/monitoring.md has them."""
    text = (Path(__file__).parents[2] / "docs" / "monitoring.md").read_text()
    rows = re.findall(r"^\| `(aviastack\.[a-z.]+)` \|[^|]*\|([^|]*)\|", text, re.MULTILINE)
    known = {name: set(re.findall(r"\w+", labels)) for name, labels in rows}
    tables = "\n".join(line for line in text.splitlines() if line.startswith("|"))  # Airflow's own metrics are in prose
    assert set(re.findall(r"`(aviastack\.[a-z.]+)", tables)) == known.keys(), "an alert watches a metric of the table"
    return known


def test_nothing_is_imported_where_the_api_is_not_installed() -> None:
    code = (
        "import sys; sys.modules['opentelemetry'] = None; from aviastack.pipeline import metrics;"
        "assert metrics._instruments() is None; assert 'opentelemetry.metrics' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2])
