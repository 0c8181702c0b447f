from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import duckdb
import polars as pl

from tests.support.bts_flights import MARTS, bts, ours
from tests.support.simulated_api import Cli


def test_the_command_reports_the_partners_and_writes_both_tables(cli: Cli, tmp_path: Path) -> None:
    theirs = bts(400)
    file = tmp_path / "month.csv"
    clock = (pl.col(name) // 60 * 100 + pl.col(name) % 60 for name in ("scheduled_departure", "scheduled_arrival"))
    departs, arrives = clock
    theirs.rows.with_columns(departs, arrives).select(
        FL_DATE="date", MKT_CARRIER="carrier", MKT_CARRIER_FL_NUM="number", ORIGIN="origin", DEST="destination",
        CRS_DEP_TIME="scheduled_departure", CRS_ARR_TIME="scheduled_arrival", DEP_DELAY="departure_delay",
        ARR_DELAY="arrival_delay", TAXI_OUT="taxi_out", TAXI_IN="taxi_in", CANCELLED=pl.lit("0.00"),
        DIVERTED=pl.lit("0.00"), WHEELS_OFF=pl.lit(""), WHEELS_ON=pl.lit(""),
    ).write_csv(file)  # fmt: skip
    warehouse = tmp_path / "flights.duckdb"
    with duckdb.connect(str(warehouse)) as connection:
        connection.register("mine", ours(theirs).to_arrow())
        connection.execute(MARTS)
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
