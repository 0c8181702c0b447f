"""A table follows its declaration by policy, and is refused where it can't hold what a load brings."""

from __future__ import annotations

from dataclasses import replace

import pytest

from aviastack.endpoints import ENDPOINTS, Field, Kind
from aviastack.errors import WarehouseUnavailable
from aviastack.warehouse.evolution import exists
from aviastack.warehouse.loading import Loaded, load
from aviastack.warehouse.loads import loads
from aviastack.warehouse.statements import Statement
from aviastack.warehouse.tables import LOADS_COLUMNS, target_columns
from tests.support.snowflake_emulator import SnowflakeEmulator
from tests.warehouse.places import NARROW, Place

pytestmark = pytest.mark.usefixtures("narrow")


def _grown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a later version of aviastack know one more field."""
    field = Field("flight.callsign", "callsign", Kind.TEXT)
    monkeypatch.setitem(ENDPOINTS, "flights", replace(NARROW, fields=(*NARROW.fields, field)))


def test_a_new_column_is_added_and_older_rows_have_it_null(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.load(place.stage({"a": None, "b": None}, run_id="r1"))
    _grown(monkeypatch)

    [loaded] = place.load(
        place.stage([{"flight_key": "a", "callsign": "SPEEDBIRD"}], run_id="r2", at=1, complete=False), policy="evolve"
    )

    assert loaded == Loaded(0, 1, 0)
    assert {key: row["callsign"] for key, row in place.rows().items()} == {"a": "SPEEDBIRD", "b": None}


def test_frozen_a_table_is_loaded_without_the_new_column(duckdb_place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    duckdb_place.load(duckdb_place.stage({"a": None}, run_id="r1"))
    _grown(monkeypatch)
    run = duckdb_place.stage([{"flight_key": "b", "callsign": "SPEEDBIRD"}], run_id="r2", at=1, complete=False)

    assert duckdb_place.load(run, policy="freeze") == [Loaded(1, 0, 0)]
    monkeypatch.setitem(ENDPOINTS, "flights", NARROW)
    assert sorted(duckdb_place.rows()) == ["a", "b"]


def test_by_policy_a_new_column_ends_the_load(duckdb_place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    duckdb_place.load(duckdb_place.stage({"a": None}, run_id="r1"))
    _grown(monkeypatch)
    run = duckdb_place.stage([{"flight_key": "b", "callsign": "SPEEDBIRD"}], run_id="r2", at=1)

    with pytest.raises(WarehouseUnavailable, match=r"flights lacks the column.* callsign.*SCHEMA_POLICY=evolve"):
        duckdb_place.load(run, policy="fail")


def test_a_manifest_of_an_older_version_loads_with_the_new_column_null(
    duckdb_place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = duckdb_place.stage({"a": "landed"}, run_id="r1")
    _grown(monkeypatch)

    assert duckdb_place.load(run) == [Loaded(1, 0, 0)]
    assert duckdb_place.rows()["a"]["callsign"] is None


@pytest.mark.parametrize(
    ("column", "declared", "needed"),
    [
        ("flight_status", "INTEGER", "INTEGER.*VARCHAR"),
        ("flight_date", "VARCHAR", "VARCHAR.*DATE"),
        ("_extracted_at", "TIMESTAMP WITH TIME ZONE", "TIMESTAMP WITH TIME ZONE.*TIMESTAMP"),
    ],
)
def test_a_column_of_another_type_is_refused_and_named(
    duckdb_place: Place, column: str, declared: str, needed: str
) -> None:
    run = duckdb_place.stage({"a": "landed"}, run_id="r1")
    duckdb_place.load(run)
    duckdb_place.ask(f"ALTER TABLE aviationstack.flights ALTER {column} TYPE {declared} USING NULL")

    with pytest.raises(WarehouseUnavailable, match=rf"Column {column} of table flights is {needed}.*Alter the column"):
        duckdb_place.load(run)


@pytest.mark.emulators
@pytest.mark.parametrize(
    ("column", "declared", "shown"),
    [("FLIGHT_STATUS", "VARCHAR(4)", r"VARCHAR\(4\)"), ("CALLS", "NUMBER(5, 0)", r"NUMBER\(5, 0\)")],
)
def test_a_column_of_snowflake_that_is_too_narrow_is_refused(
    snowflake_place: Place, column: str, declared: str, shown: str
) -> None:
    table = "aviationstack.flights" if column == "FLIGHT_STATUS" else "aviationstack._loads"
    snowflake_place.ask(f'CREATE TABLE {table} ("{column}" {declared})')

    with pytest.raises(WarehouseUnavailable, match=rf"(?i)column {column} .* is {shown}"):
        snowflake_place.load(snowflake_place.stage({"a": "landed"}, run_id="r1"))


@pytest.mark.usefixtures("every_table")
def test_the_first_load_makes_every_table_that_dbt_reads_and_later_ones_make_none(place: Place) -> None:
    place.load(place.stage({"a": None}, run_id="r1"))
    with place.open() as warehouse:
        for endpoint in ENDPOINTS.values():
            listed = warehouse.dialect.listed(column.name for column in target_columns(endpoint))
            rows = warehouse.run(Statement("all", f"SELECT {listed} FROM {warehouse.table(endpoint.table)}"))
            assert len(rows) == (endpoint.table == "flights"), endpoint.table

    seen: list[Statement] = []
    run = place.stage({"b": None}, run_id="r2", at=1, complete=False)
    with place.open(seen.append) as warehouse:
        load(warehouse, run.manifest, run.addresses)
    assert "create_table" not in {statement.name for statement in seen}


@pytest.mark.parametrize("policy", ["evolve", "freeze", "fail"])
def test_loads_of_an_earlier_version_are_read_and_get_the_new_column(duckdb_place: Place, policy: str) -> None:
    duckdb_place.load(duckdb_place.stage({"a": None}, run_id="r1"))
    duckdb_place.ask("ALTER TABLE aviationstack._loads DROP COLUMN source")
    with duckdb_place.open() as warehouse:
        assert [(row.run_id, row.source) for row in loads(warehouse)] == [("r1", None)]

    duckdb_place.load(duckdb_place.stage({"a": None}, run_id="r2", at=1), policy=policy)

    assert duckdb_place.ask("SELECT run_id, source FROM aviationstack._loads ORDER BY 1") == [
        ("r1", None),
        ("r2", None),
    ]


@pytest.mark.emulators
def test_loads_of_an_earlier_version_get_the_new_column_in_snowflake(snowflake_place: Place) -> None:
    snowflake_place.load(snowflake_place.stage({"a": None}, run_id="r1"))
    snowflake_place.ask('ALTER TABLE aviationstack._loads DROP COLUMN "SOURCE"')

    snowflake_place.load(snowflake_place.stage({"a": None}, run_id="r2", at=1))

    with snowflake_place.open() as warehouse:
        assert {row.run_id: row.source for row in loads(warehouse)} == {"r1": None, "r2": None}


def test_a_loads_table_that_is_not_ours_is_left_alone(duckdb_place: Place) -> None:
    duckdb_place.ask("CREATE TABLE aviationstack._loads (run_id VARCHAR)")

    with pytest.raises(WarehouseUnavailable, match=r"_loads lacks .*as_of"):
        duckdb_place.load(duckdb_place.stage({"a": "landed"}, run_id="r1"))
    assert duckdb_place.ask("SELECT count(*) FROM aviationstack._loads") == [(0,)]


@pytest.mark.usefixtures("every_table")
def test_a_loader_that_dies_among_the_tables_leaves_the_rest_to_the_next(duckdb_place: Place) -> None:
    run = duckdb_place.stage({"a": None}, run_id="r1")
    made: list[str] = []

    def dies(statement: Statement) -> None:
        made.append(statement.name)
        if made.count("create_table") == len(ENDPOINTS):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), duckdb_place.open(dies) as warehouse:
        load(warehouse, run.manifest, run.addresses)
    with duckdb_place.open() as warehouse:
        assert not exists(warehouse, "_loads"), "it is the last: where it is, the others are"

    assert duckdb_place.load(run) == [Loaded(1, 0, 0)]


def test_a_table_that_is_not_ours_is_left_alone(duckdb_place: Place) -> None:
    duckdb_place.ask("CREATE TABLE aviationstack.flights (id BIGINT, flight_status VARCHAR)")

    with pytest.raises(WarehouseUnavailable, match=r"flights lacks .*flight_key"):
        duckdb_place.load(duckdb_place.stage({"a": "landed"}, run_id="r1"))
    assert duckdb_place.ask("SELECT count(*) FROM aviationstack.flights") == [(0,)]


def test_a_column_of_the_users_own_stays_and_is_null_in_new_rows(duckdb_place: Place) -> None:
    duckdb_place.load(duckdb_place.stage({"a": None}, run_id="r1"))
    duckdb_place.ask("ALTER TABLE aviationstack.flights ADD COLUMN note VARCHAR DEFAULT 'mine'")

    assert duckdb_place.load(duckdb_place.stage({"a": None, "b": None}, run_id="r2", at=1)) == [Loaded(1, 0, 0)]
    notes = duckdb_place.ask("SELECT flight_key, note FROM aviationstack.flights ORDER BY 1")
    assert notes == [("a", "mine"), ("b", "mine")]


def test_tables_and_columns_are_described_in_duckdb(duckdb_place: Place) -> None:
    duckdb_place.load(duckdb_place.stage({"a": None}, run_id="r1"))

    columns = "SELECT column_name, comment FROM duckdb_columns() WHERE schema_name = 'aviationstack' "
    described = duckdb_place.ask(f"{columns} AND table_name = '_loads'")
    assert [name for name, comment in described if not comment] == []
    tables = duckdb_place.ask("SELECT table_name, comment FROM duckdb_tables() WHERE schema_name = 'aviationstack'")
    assert [name for name, comment in tables if not comment] == []


@pytest.mark.emulators
def test_tables_and_columns_are_described_in_snowflake_and_keys_may_be_relied_on(
    snowflake_place: Place, emulator: SnowflakeEmulator
) -> None:
    emulator.said.clear()
    snowflake_place.load(snowflake_place.stage({"a": None}, run_id="r1"))

    created = [said.text for said in emulator.said if said.text.startswith("CREATE TABLE")]
    assert all("NOT ENFORCED RELY" in text and "\nCOMMENT = '" in text for text in created)
    [loads] = [text for text in created if '"_LOADS"' in text]
    assert loads.count(" COMMENT '") == len(LOADS_COLUMNS)
    assert "COMMENT ''" not in loads
