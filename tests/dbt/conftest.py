"""Warehouses to build, and recorded responses to build them from."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.dbt.warehouses import Marts


@pytest.fixture(scope="session")
def recorded_flights(recorded: Path) -> dict[str, list[tuple[datetime, dict]]]:
    """Recorded responses as (when seen, record)."""
    days = [
        (datetime(2024, 4, 25), json.loads(line))
        for file in sorted((recorded / "flights_by_date").glob("*.jsonl.gz"))
        for line in gzip.decompress(file.read_bytes()).splitlines()
    ]
    live = [
        (datetime.fromisoformat(file.name[:10]) + timedelta(minutes=minute), record)
        for minute, file in enumerate(sorted((recorded / "flights_live").glob("*.json")))
        for record in json.loads(file.read_bytes())["data"]
    ]
    return {"days": days, "live": live}


@pytest.fixture(scope="session")
def make_marts(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Marts]:
    """Make an empty warehouse of that name; all share one target folder, so dbt parses the project once."""
    work = tmp_path_factory.mktemp("dbt")
    return lambda name: Marts(work / f"{name}.duckdb", work).create()
