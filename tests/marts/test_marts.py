"""Building the marts from the package: in a loaded warehouse, when they are due, and what is said where it fails."""

from __future__ import annotations

import subprocess
import time
from datetime import date, datetime
from importlib import metadata
from pathlib import Path

import pytest

from aviastack.errors import BadRequest, MartsFailed, WarehouseUnavailable
from aviastack.marts import build, summary
from aviastack.marts.dbt_profile import profile_variables
from aviastack.settings import Settings, settings_from
from tests.dbt.rows import flight_row, load_row
from tests.dbt.warehouses import Marts

LOADED = datetime(2026, 11, 20, 6)


def record(status: str, late: int) -> dict:
    """One flight of 16 November 2026, `late` minutes late at both ends."""

    def end(airport: str, hour: int) -> dict:
        return {
            "airport": airport,
            "timezone": "America/New_York",
            "iata": airport,
            "icao": f"K{airport}",
            "scheduled": f"2026-11-16T{hour:02}:00:00+00:00",
            "actual": f"2026-11-16T{hour:02}:{late:02}:00+00:00",
        }

    return {
        "flight_date": "2026-11-16",
        "flight_status": status,
        "departure": end("JFK", 8),
        "arrival": end("BOS", 9),
        "airline": {"name": "Delta Air Lines", "iata": "DL", "icao": "DAL"},
        "flight": {"number": str(late), "iata": f"DL{late}", "icao": f"DAL{late}", "codeshared": None},
        "aircraft": None,
    }


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Three flights loaded, in a file called as its schema is; tables of endpoints never asked are not there."""
    folder = tmp_path_factory.mktemp("loaded")
    warehouse = Marts(folder / "aviationstack.duckdb", folder).create()
    flights = [record("landed", 5), record("landed", 25), record("cancelled", 0)]
    warehouse.insert("flights", [flight_row(flight, seen=LOADED) for flight in flights])
    warehouse.insert("_loads", [load_row("2026-11-16.airline_iata=DL", run_id="r1", at=LOADED)])
    for table in ("taxes", "airports", "timetable"):
        warehouse.execute(f"drop table aviationstack.{table}")
    return settings_from(warehouse=f"duckdb:///{warehouse.path}", state=folder / "state")


@pytest.mark.slow
def test_marts_are_built_from_what_is_loaded_and_are_due_again_after_a_load(loaded: Settings) -> None:
    assert summary.marts_are_stale(loaded)
    build.build_marts(loaded)
    assert not summary.marts_are_stale(loaded)
    assert summary.airline_performance(loaded, date(2026, 11, 1), date(2026, 11, 30)) == [
        summary.AirlinePerformance("Delta Air Lines", 3, 2, 0.5, 0.0, 22.0, 30.0, 1, 0, 0)
    ]
    assert summary.airline_performance(loaded, date(2026, 11, 17), date(2026, 11, 30)) == []
    warehouse = Marts(Path(loaded.warehouse.removeprefix("duckdb:///")), loaded.state)
    warehouse.insert("_loads", [load_row("2026-11-17.airline_iata=DL", run_id="r2", at=LOADED)])
    assert summary.marts_are_stale(loaded)


@pytest.mark.slow
def test_what_fails_in_dbt_is_told_in_its_own_words(loaded: Settings, tmp_path: Path) -> None:
    broken = Marts(tmp_path / "broken.duckdb", tmp_path).create()
    broken.execute("alter table aviationstack.taxes drop column tax_name")
    settings = settings_from(warehouse=f"duckdb:///{broken.path}", state=tmp_path / "state")
    with pytest.raises(MartsFailed, match=r"stg_aviationstack__taxes: .*tax_name") as raised:
        build.build_marts(settings, select=["stg_aviationstack__taxes"])
    assert str(tmp_path / "state") in raised.value.remedy


DBT = """#!/bin/sh
trap 'echo "its statements are cancelled" > "$0.cancelled"; exit 1' INT
touch "$0.started"
while :; do sleep 0.05; done
"""


def test_an_interrupted_build_lets_dbt_cancel_its_statements(
    loaded: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dbt = tmp_path / "dbt"
    dbt.write_text(DBT)
    dbt.chmod(0o755)
    communicate = subprocess.Popen.communicate

    def interrupted(process: subprocess.Popen[str], **given: float) -> tuple[str, str]:
        monkeypatch.setattr(subprocess.Popen, "communicate", communicate)
        while not dbt.with_name("dbt.started").exists():
            time.sleep(0.01)
        raise KeyboardInterrupt

    monkeypatch.setattr(subprocess.Popen, "communicate", interrupted)
    with pytest.raises(KeyboardInterrupt):
        build.build_marts(loaded.model_copy(update={"dbt_executable": str(dbt)}))
    assert dbt.with_name("dbt.cancelled").exists()


def test_a_warehouse_without_loads_says_to_load_first(tmp_path: Path) -> None:
    settings = settings_from(warehouse=f"duckdb:///{tmp_path / 'empty.duckdb'}", state=tmp_path / "state")
    with pytest.raises(BadRequest, match=r"Nothing has been loaded into .* aviastack run flights"):
        build.build_marts(settings)


def test_a_missing_dbt_says_how_to_install_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", missing)
    with pytest.raises(BadRequest, match=r"pip install 'aviastack\[dbt-duckdb\]'"):
        build.build_marts(settings_from(warehouse=f"duckdb:///{tmp_path / 'x.duckdb'}", state=tmp_path))


def test_a_warehouse_that_is_no_database_is_told_before_dbt_is_started(tmp_path: Path) -> None:
    (tmp_path / "no.duckdb").write_text("a text, and long enough for a header of DuckDB's. " * 200)
    settings = settings_from(warehouse=f"duckdb:///{tmp_path / 'no.duckdb'}", state=tmp_path)
    with pytest.raises(WarehouseUnavailable, match=r"no\.duckdb"):
        build.build_marts(settings)


def test_the_project_is_found() -> None:
    assert (build.project_folder() / "dbt_project.yml").is_file()


def test_a_relative_duckdb_file_is_the_same_for_dbt_and_the_loader(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    variables = profile_variables(settings_from(warehouse="duckdb:///data/w.duckdb"))
    assert variables["AVIASTACK_DUCKDB_PATH"] == str(tmp_path / "data" / "w.duckdb")
