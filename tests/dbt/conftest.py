"""Warehouses to build, and recorded responses to build them from."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.dbt import bts
from tests.dbt.rows import load_row
from tests.dbt.warehouses import Marts
from tests.support.simulated_api import cli  # noqa: F401 - a fixture

SETTLED = "2026-11-19 00:00:00"


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
def reference_data(recorded: Path) -> Path:
    """The folder of reference data beside the recorded responses; skip if it is missing."""
    folder = recorded.parent / "data"
    if not folder.is_dir():
        pytest.skip("the reference data are missing beside the recorded responses")
    return folder


@pytest.fixture(scope="session")
def make_marts(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Marts]:
    """Make an empty warehouse of that name; all share one target folder, so that dbt parses the project once."""
    work = tmp_path_factory.mktemp("dbt")

    def made(name: str) -> Marts:
        (work / name).mkdir()
        return Marts(work / name / "warehouse.duckdb", work).create()

    return made


@pytest.fixture(scope="session")
def recorded_marts(make_marts: Callable[[str], Marts], recorded_flights: dict) -> Marts:
    """The recorded days of one airline and the recorded live pages, built and tested by dbt once."""
    marts = make_marts("recorded")
    marts.insert_flights(recorded_flights["days"] + recorded_flights["live"])
    for day in (16, 17, 18, 20):
        row = load_row(f"2024-04-{day}.airline_iata=DL", run_id=f"r{day}", at=datetime(2024, 4, 25), complete=day < 20)
        marts.insert("_loads", [row])
    marts.dbt("build", as_of=SETTLED)
    return marts


@pytest.fixture(scope="session")
def truths(reference_data: Path) -> list[bts.Truth]:
    return bts.truths(reference_data / "bts_sample.csv.gz")


@pytest.fixture(scope="session")
def reference_marts(reference_data: Path, truths: list[bts.Truth], make_marts: Callable[[str], Marts]) -> Marts:
    """The flights of the BTS as the API would send them, and the odd cases, which share no flight with them."""
    files = sorted((reference_data / "cases").glob("*.json"))
    assert files
    cases = [record for file in files for record in json.loads(file.read_bytes())["data"]]
    marts = make_marts("reference")
    marts.insert_flights(
        [(datetime(2024, 5, 25), bts.record(truth)) for truth in truths]
        + [(datetime(2026, 1, 10), record) for record in cases]
    )
    marts.dbt("build", "--select", "+fct_flights", "--exclude-resource-type", "test", "unit_test", as_of=SETTLED)
    return marts
