"""The audit: what must hold of staged rows, and that nothing is changed where it does not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from aviastack.errors import AuditFailed
from tests.warehouse.places import DAY, Place, Run

pytestmark = pytest.mark.usefixtures("narrow")
TWO = [{"flight_key": "a", "airline_iata": "AA"}, {"flight_key": "b", "airline_iata": "AA"}]


def _emptied(table: pa.Table, name: str) -> pa.Table:
    place = table.column_names.index(name)
    return table.set_column(place, table.schema.field(name), pa.nulls(table.num_rows, table.schema.field(name).type))


@pytest.mark.parametrize(
    ("rows", "change", "rule"),
    [
        pytest.param([*TWO, TWO[0]], None, "1 of 3 rows repeat the flight_key of another", id="a repeated key"),
        pytest.param([*TWO, {"flight_key": None}], None, "1 of 3 rows have no flight_key", id="a row without a key"),
        pytest.param(
            [*TWO, {"flight_key": "c", "flight_date": None}], None, "no flight_date", id="a row without a date"
        ),
        pytest.param(
            [*TWO, {"flight_key": "c", "flight_date": date(2026, 11, 20)}],
            None,
            f"flight dates are 2026-11-20 to {DAY}, but {DAY} was requested",
            id="a row of another date",
        ),
        pytest.param(TWO, lambda table: table[:1], "COPY loaded 1 row, but the manifest counts 2", id="a lost row"),
        pytest.param(
            TWO, lambda table: _emptied(table, "_run_id"), "2 of 2 rows have no _run_id", id="rows without a run"
        ),
        pytest.param(
            [*TWO, {"flight_key": "c"}],
            lambda table: table.drop(["airline_iata"]),
            "column airline_iata is empty, but the manifest counts values",
            id="a lost column",
        ),
    ],
)
def test_staged_rows_that_break_a_rule_change_nothing(
    duckdb_place: Place, rows: list[dict[str, Any]], change: Callable[[pa.Table], pa.Table] | None, rule: str
) -> None:
    duckdb_place.load(duckdb_place.stage({"a": "active"}, run_id="r1"))
    run = duckdb_place.stage(rows, run_id="r2", at=1)
    if change is not None:
        _rewritten(run, change)

    with pytest.raises(AuditFailed, match=rule) as failed:
        duckdb_place.load(run)

    assert "r2" in failed.value.message
    assert "replay" in failed.value.remedy
    assert failed.value.exit_code == 3
    assert duckdb_place.present() == {"a": "active"}


@pytest.mark.emulators
def test_a_repeated_key_is_found_on_snowflake_before_its_merge_meets_it(snowflake_place: Place) -> None:
    with pytest.raises(AuditFailed, match="1 of 3 rows repeat the flight_key"):
        snowflake_place.load(snowflake_place.stage([*TWO, TWO[0]], run_id="r1"))
    assert snowflake_place.rows() == {}


def test_all_broken_rules_are_reported_at_once(duckdb_place: Place) -> None:
    run = duckdb_place.stage([*TWO, TWO[0], {"flight_key": None}], run_id="r1")

    with pytest.raises(AuditFailed, match=r"have no flight_key; .* repeat the flight_key"):
        duckdb_place.load(run)


def _rewritten(run: Run, change: Callable[[pa.Table], pa.Table]) -> None:
    path = Path(run.addresses[0])
    pq.write_table(change(pq.ParquetFile(path).read()), path)
