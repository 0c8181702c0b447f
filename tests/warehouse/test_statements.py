"""The SQL: names quoted and checked, values bound, as many statements for a large day as for a small one."""

from __future__ import annotations

import io
import re
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
import yaml
from sqlfluff.core import Linter

from aviastack.columns import staged_columns
from aviastack.endpoints import ENDPOINTS, FLIGHTS, TAXES, Endpoint
from aviastack.errors import BadRequest
from aviastack.marts.build import project_folder
from aviastack.records.schema import arrow_schema
from aviastack.settings import settings_from
from aviastack.warehouse.duckdb import DIALECT, DuckDB
from aviastack.warehouse.loading import load
from aviastack.warehouse.loads import loaded_runs, loads
from aviastack.warehouse.presence import presence
from aviastack.warehouse.script import Script
from aviastack.warehouse.snowflake import DIALECT as SNOWFLAKE
from aviastack.warehouse.snowflake_setup import setup_sql
from aviastack.warehouse.statements import Statement
from aviastack.warehouse.tables import target_columns
from tests.warehouse.places import DAY, NOON, Place, Run


@pytest.mark.parametrize("endpoint", ENDPOINTS.values(), ids=str)
def test_a_table_has_the_columns_that_are_staged_in_their_order(endpoint: Endpoint) -> None:
    assert [column.name for column in staged_columns(endpoint)] == arrow_schema(endpoint).names


@pytest.mark.parametrize("name", ['a"b', "a;b", "a b", "1a", "", "a.b.c d", "é"])
def test_an_invalid_name_never_reaches_a_statement(name: str) -> None:
    with pytest.raises(BadRequest, match="not a valid identifier"):
        DIALECT.quoted(name)


def _seen(place: Place, run: Run) -> list[Statement]:
    seen: list[Statement] = []
    with place.open(seen.append) as warehouse:
        load(warehouse, run.manifest, run.addresses)
    return seen


@pytest.mark.usefixtures("narrow")
def test_values_are_bound_and_never_part_of_the_text(place: Place) -> None:
    hostile = "'); DROP TABLE flights; --"
    run = place.stage([{"flight_key": hostile}], run_id=hostile)

    seen = _seen(place, run)

    assert not [statement.text for statement in seen if "DROP TABLE flights" in statement.text]
    assert list(place.rows()) == [hostile]


@pytest.mark.usefixtures("narrow")
def test_every_statement_has_a_value_for_each_of_its_places(place: Place) -> None:
    for statement in _seen(place, place.stage({"a": None}, run_id="r1")):
        assert statement.text.count("?") == len(statement.values), statement.name
        assert re.search(r"[{}]|(?<!:):[a-z]", statement.text) is None, statement.text


@pytest.mark.usefixtures("narrow")
def test_a_day_of_250_000_rows_takes_the_statements_of_a_day_of_100(place: Place) -> None:
    place.load(place.stage({"a": None}, run_id="r"))
    taken = []
    for number, rows in enumerate((100, 250_000)):
        seen = _seen(place, _day_of(rows, place, f"r{number}", number))
        taken.append([statement.name for statement in seen])

    assert taken[0] == taken[1]
    assert len(taken[0]) == 16
    assert place.ask("SELECT count(*) FROM aviationstack.flights WHERE _removed_at IS NULL") == [(250_000,)]


def _day_of(rows: int, place: Place, run_id: str, at: int) -> Run:
    """Stage a day of so many rows; a larger one has the keys of a smaller one."""
    template = place.stage([{"flight_key": "0"}], run_id=run_id, at=at, path=f"flights/{run_id}.parquet")
    schema = arrow_schema(ENDPOINTS["flights"])
    common = {"flight_date": DAY, "_extracted_at": template.manifest.as_of, "_run_id": run_id, "_slice": str(DAY)}
    columns = {name: pa.repeat(pa.scalar(value, schema.field(name).type), rows) for name, value in common.items()}
    table = pa.table({"flight_key": pc.cast(pa.array(range(rows)), pa.string()), **columns})
    sink = io.BytesIO()
    pq.write_table(table, sink)
    place.write(template.manifest.staged[0].path, sink.getvalue())
    return Run(msgspec.structs.replace(template.manifest, rows=rows, nulls={}), template.addresses)


@pytest.fixture(scope="module")
def snowflake_linter() -> Linter:
    return Linter(dialect="snowflake", rules=())


def _unparsable(linter: Linter, sql: str) -> list[str]:
    parsed = linter.parse_string(sql.replace("?", "0"))  # sqlfluff knows no places for values
    tree = parsed.tree
    bad = [str(violation) for violation in parsed.violations]
    return bad + [segment.raw for segment in (tree.recursive_crawl("unparsable") if tree else ())]


@pytest.mark.emulators
@pytest.mark.usefixtures("narrow")
def test_every_statement_that_snowflake_is_sent_is_snowflakes_sql(
    snowflake_place: Place, snowflake_linter: Linter, declared_tables: set[str]
) -> None:
    declared_tables.add(TAXES.table)
    run = snowflake_place.stage({"a": None}, run_id="r1")
    taxes = snowflake_place.stage([{"tax_id": 1}], run_id="r2", endpoint=TAXES, slice_="all", covers=None)
    set_back = snowflake_place.stage({"a": None}, run_id="r3", at=-1, path="flights/3.parquet")
    ran = [run, taxes, set_back, run]  # the clock was set back after r1, which is then loaded again
    seen = [statement for each in ran for statement in _seen(snowflake_place, each)]
    seen.append(SNOWFLAKE.statement("rollback"))
    seen.append(SNOWFLAKE.statement("add_column", table='"A"."FLIGHTS"', declared='"CALLSIGN" VARCHAR'))
    with snowflake_place.open(seen.append) as warehouse:
        loads(warehouse, endpoint="flights", slice_name=str(DAY))
        loaded_runs(warehouse, "flights")
        presence(warehouse, run.manifest)

    seen += Script(SNOWFLAKE, FLIGHTS, '"T"', '"L"', '"S"', target_columns(FLIGHTS)).legs(
        {"first_date": 0, "last_date": 0}
    )
    seen.append(SNOWFLAKE.statement("tables", schema='"A"'))
    seen.append(SNOWFLAKE.statement("credits", {"since": NOON}))

    shipped = {path.name.removesuffix(".sql") for path in _sql_files()}
    assert shipped - {statement.name for statement in seen} == {"setup"}
    for statement in seen:
        assert _unparsable(snowflake_linter, statement.text) == [], statement.name
        assert re.search(r"LIMIT\s+\?|NOT\s+IN\s*\(\s*SELECT", statement.text) is None, (
            f"{statement.name}: Snowflake refuses a bound LIMIT, and NOT IN finds nothing beside a null"
        )
    assert _unparsable(snowflake_linter, "SELECT * FRMO t") != []


def _sql_files() -> list[Traversable]:
    folder = files("aviastack.warehouse") / "sql"
    return [path for place in (folder, folder / "snowflake") for path in place.iterdir() if path.name.endswith(".sql")]


def test_the_setup_for_an_administrator_is_snowflakes_sql(snowflake_linter: Linter) -> None:
    script = setup_sql(settings_from(staging="gs://our-bucket/raw/aviation"))

    assert _unparsable(snowflake_linter, script) == []
    assert script.count("'gcs://our-bucket/raw/aviation/'") == 4
    assert "AVIASTACK.AVIATIONSTACK.AVIASTACK_STAGE" in script
    for role, warehouse in (("LOADER", "LOAD"), ("TRANSFORMER", "TRANSFORM"), ("READER", "READ")):
        assert f"GRANT USAGE ON WAREHOUSE AVIASTACK_{warehouse} TO ROLE AVIASTACK_{role};" in script
    project = yaml.safe_load((project_folder() / "dbt_project.yml").read_text())
    built = set(
        re.findall(r"'\+schema': '(\w+)'", str({key: project[key] for key in ("models", "seeds", "snapshots")}))
    )
    for schema in sorted(built):
        assert f"CREATE TABLE, CREATE VIEW ON SCHEMA AVIASTACK.{schema.upper()} TO ROLE AVIASTACK_TRANSFORMER" in script
    assert len(built) == 5


def test_a_statement_is_shown_before_it_runs(tmp_path: Path) -> None:
    seen: list[Statement] = []
    with DuckDB(tmp_path / "shown.duckdb", tracer=seen.append) as warehouse:
        warehouse.run(Statement("select", "SELECT ?", (1,)))

    assert seen == [Statement("select", "SELECT ?", (1,))]
