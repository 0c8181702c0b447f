from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import duckdb
import polars as pl
import pytest

from aviastack.reconcile.bts import BtsFlights
from tests.support.bts_flights import MARTS, bts, ours
from tests.support.simulated_api import Cli


def written(theirs: BtsFlights, file: Path) -> Path:
    """The flights as a form download of the BTS site."""
    departs, arrives = (
        pl.col(name) // 60 * 100 + pl.col(name) % 60 for name in ("scheduled_departure", "scheduled_arrival")
    )
    off, on = (pl.col(name) // 60 * 100 + pl.col(name) % 60 for name in ("wheels_off", "wheels_on"))
    theirs.rows.with_columns(departs, arrives, off, on).select(
        FL_DATE="date", MKT_CARRIER="carrier", MKT_CARRIER_FL_NUM="number", ORIGIN="origin", DEST="destination",
        CRS_DEP_TIME="scheduled_departure", CRS_ARR_TIME="scheduled_arrival", DEP_DELAY="departure_delay",
        ARR_DELAY="arrival_delay", TAXI_OUT="taxi_out", TAXI_IN="taxi_in", CANCELLED=pl.lit("0.00"),
        DIVERTED=pl.lit("0.00"), WHEELS_OFF="wheels_off", WHEELS_ON="wheels_on",
    ).write_csv(file)  # fmt: skip
    return file


def loaded(mine: pl.DataFrame, file: Path) -> str:
    """The address of a warehouse whose marts have these flights."""
    with duckdb.connect(str(file)) as connection:
        connection.register("mine", mine.to_arrow())
        connection.execute(MARTS)
    return f"duckdb:///{file}"


def test_a_planted_bias_of_7_minutes_and_2_percent_lost_flights_are_named(cli: Cli, tmp_path: Path) -> None:
    theirs = bts(4_000)
    file = written(theirs, tmp_path / "month.csv")
    kept = ours(theirs, bias=7).sample(fraction=0.98, seed=3)
    answer = cli("reconcile", "--bts", str(file), "--warehouse", loaded(kept, tmp_path / "f.duckdb"), "--json")
    [partner] = answer.object["partners"]
    assert partner["takeoff"]["mean_difference"] == pytest.approx(7, abs=0.5)
    assert partner["touchdown"]["mean_difference"] == pytest.approx(7, abs=0.5)
    assert 100 * partner["missing_here"] / partner["bts_flights"] == pytest.approx(2, abs=0.5)
    shown = cli("reconcile", "--bts", str(file), "--warehouse", f"duckdb:///{tmp_path / 'f.duckdb'}").out
    assert "2.0% of BTS flights are missing here" in shown
    assert "ours minus BTS +7.0 min on average" in shown


def test_the_command_reports_the_partners_and_writes_both_tables(cli: Cli, tmp_path: Path) -> None:
    theirs = bts(400)
    file = written(theirs, tmp_path / "month.csv")
    warehouse = tmp_path / "flights.duckdb"
    loaded(ours(theirs), warehouse)
    answer = cli("reconcile", "--bts", str(file), "--warehouse", f"duckdb:///{warehouse}", "--json")
    assert answer.code == 0, answer.err
    [partner] = answer.object["partners"]
    assert (partner["airline"], partner["matched"], partner["missing_here"]) == ("DL", 400, 0)
    assert partner["schedule"]["within_a_minute"] == 1.0
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        rows = connection.execute("SELECT airline_iata, matched_flights FROM reference.bts_reconciliation").fetchall()
        taxi = connection.execute("SELECT count(*), min(flights) FROM reference.own_taxi_times").fetchone()
    assert rows == [("DL", 400)]
    assert taxi is not None
    assert taxi[0] == 12
    shown = cli("reconcile", "--bts", str(file), "--warehouse", f"duckdb:///{warehouse}")
    assert "400 of 400 BTS flights matched" in shown.out
    assert "take-off as sent" in shown.out
    json.dumps(answer.object)


def test_a_warehouse_without_these_dates_says_what_to_load(cli: Cli, tmp_path: Path) -> None:
    warehouse = tmp_path / "flights.duckdb"
    with duckdb.connect(str(warehouse)) as connection:
        connection.register("mine", ours(bts(2)).with_columns(date=pl.lit(date(2026, 1, 1))).to_arrow())
        connection.execute(MARTS)
    file = tmp_path / "month.csv"
    file.write_text(
        "FL_DATE,MKT_CARRIER,MKT_CARRIER_FL_NUM,ORIGIN,DEST,CRS_DEP_TIME,CRS_ARR_TIME,DEP_DELAY,ARR_DELAY,TAXI_OUT,"
        "TAXI_IN,WHEELS_OFF,WHEELS_ON,CANCELLED,DIVERTED\n2024-04-16,DL,1,ATL,JFK,0600,0800,0,0,9,3,0609,0757,0,0\n"
    )
    answer = cli("reconcile", "--bts", str(file), "--warehouse", f"duckdb:///{warehouse}")
    assert answer.code == 2
    assert "2024-04-16" in answer.err


def test_a_file_that_is_not_there_ends_with_2(cli) -> None:
    answer = cli("reconcile", "--bts", "none.csv", "--json")
    assert answer.code == 2
    assert "none.csv" in answer.object["error"]["message"]


def test_a_file_is_required(cli) -> None:
    answer = cli("reconcile", "--json")
    assert (answer.code, answer.object["error"]["message"]) == (2, "Missing option '--bts'.")
