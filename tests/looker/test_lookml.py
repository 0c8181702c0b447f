"""The LookML parses, every name in it leads to a field, and every field to a column of dbt's contracts."""

from __future__ import annotations

import importlib.util
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import lkml
import pytest
import yaml

pytestmark = [pytest.mark.slow]
LOOKER = Path(__file__).parents[2] / "looker"
FIELD = re.compile(r"\$\{(\w+(?:\.\w+)?)\}")
KINDS = ("dimensions", "dimension_groups", "measures")


@pytest.fixture(scope="module")
def marts(manifest: dict[str, Any]) -> dict[str, dict[str, Any]]:
    nodes = [node for node in manifest["nodes"].values() if node["fqn"][1] == "marts"]
    return {node["name"]: node for node in nodes if node["resource_type"] == "model"}


@cache
def parsed(path: Path) -> dict[str, Any]:
    return dict(lkml.load(path.read_text()))


def model() -> dict[str, Any]:
    return parsed(LOOKER / "aviastack.model.lkml")


@cache
def views() -> dict[str, dict[str, Any]]:
    """Each view as Looker sees it: the generated one with the refinements in looker/views/."""
    merged: dict[str, dict[str, Any]] = {}
    for path in [*sorted((LOOKER / "views" / "generated").glob("*.lkml")), *sorted((LOOKER / "views").glob("*.lkml"))]:
        for view in parsed(path).get("views", []):
            whole = merged.setdefault(view["name"].removeprefix("+"), {kind: [] for kind in (*KINDS, "sets")})
            for kind in (*KINDS, "sets"):
                whole[kind] = whole[kind] + view.get(kind, [])
            whole.update({name: value for name, value in view.items() if name not in whole})
    return merged


def fields(view: dict[str, Any]) -> set[str]:
    plain = {field["name"] for kind in ("dimensions", "measures") for field in view[kind]}
    return plain | {f"{group['name']}_{frame}" for group in view["dimension_groups"] for frame in group["timeframes"]}


def explores() -> dict[str, dict[str, str]]:
    """Explore -> the names that its views go by -> the views."""
    return {
        explore["name"]: {explore["name"]: explore["name"]}
        | {join["name"]: join.get("from", join["name"]) for join in explore.get("joins", [])}
        for explore in model()["explores"]
    }


def is_field(explore: str, name: str) -> bool:
    alias, _, field = name.partition(".")
    return alias in explores()[explore] and field in fields(views()[explores()[explore][alias]])


def test_generated_views_are_those_of_the_contracts_of_now(manifest: dict[str, Any]) -> None:
    specification = importlib.util.spec_from_file_location("generate", LOOKER / "generate.py")
    assert specification is not None
    assert specification.loader is not None
    generate = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(generate)
    kept = {path.name: path.read_text() for path in (LOOKER / "views" / "generated").glob("*.lkml")}
    assert kept == generate.views(manifest), "run: python looker/generate.py dbt/target/manifest.json"


def test_every_mart_has_a_view_that_an_explore_reaches(marts: dict[str, Any]) -> None:
    reached = {view for views_of in explores().values() for view in views_of.values()}
    assert set(marts) == set(views()) == reached


def test_every_column_that_sql_names_is_in_the_contract(marts: dict[str, Any]) -> None:
    for name, view in views().items():
        named = set(re.findall(r"\$\{TABLE\}\.(\w+)", json.dumps(view)))
        assert named <= set(marts[name]["columns"]), name


def test_every_reference_leads_to_a_field() -> None:
    for name, view in views().items():
        known = fields(view) | {f"{one['name']}*" for one in view["sets"]}
        for field in [*view["dimensions"], *view["measures"]]:
            used = {used for used in FIELD.findall(json.dumps(field)) if used != "TABLE"}
            assert used | set(field.get("drill_fields", [])) <= known, (name, field["name"])
        for one in view["sets"]:
            assert set(one["fields"]) <= known, (name, one["name"])
    for explore in model()["explores"]:
        for text in (*(join["sql_on"] for join in explore.get("joins", [])),):
            assert all(is_field(explore["name"], used) for used in FIELD.findall(text)), text
        for filters in explore.get("always_filter", {}).get("filters__all", []):
            assert all(is_field(explore["name"], name) for one in filters for name in one), filters


def test_every_field_a_user_sees_has_a_label_and_a_description_and_every_number_a_format() -> None:
    for name, view in views().items():
        for field in (field for kind in KINDS for field in view[kind] if field.get("hidden") != "yes"):
            assert field.get("label"), (name, field["name"])
            assert field.get("description"), (name, field["name"])
            if field["type"] in ("number", "sum", "count", "average"):
                assert field.get("value_format_name"), (name, field["name"])
        assert all(measure.get("drill_fields") for measure in view["measures"]), name
    assert all(explore.get("label") and explore.get("description") for explore in model()["explores"])


def test_every_tile_of_the_dashboard_asks_for_fields_that_its_explore_has() -> None:
    [board] = yaml.safe_load((LOOKER / "dashboards" / "partner_performance.dashboard.lookml").read_text())
    filters = {one["name"] for one in board["filters"]}
    assert len(board["elements"]) >= 10
    for tile in board["elements"]:
        listened = tile.get("listen", {})
        sorts = [name.removesuffix(" desc") for name in tile.get("sorts", [])]
        named = [*tile["fields"], *tile.get("filters", {}), *sorts, *tile.get("pivots", [])]
        assert all(is_field(tile["explore"], name) for name in [*named, *listened.values()]), tile["name"]
        assert set(listened) <= filters, tile["name"]
        assert tile["model"] == "aviastack"


def compiled(view: dict[str, Any], text: str) -> str:
    """The SQL of a field with what it refers to in its place, as Looker writes it."""
    named = {field["name"]: field for field in [*view["dimensions"], *view["measures"]]}

    def put(match: re.Match[str]) -> str:
        return "given" if match[1] == "TABLE" else f"({measured(view, named[match[1]])})"

    return FIELD.sub(put, text)


def measured(view: dict[str, Any], field: dict[str, Any]) -> str:
    inner = compiled(view, field.get("sql", "*"))
    functions = {"sum": "sum({})", "average": "avg({})", "count": "count({})"}
    return functions.get(field["type"], "{}").format(inner)


def measures() -> Iterator[tuple[str, str]]:
    for name, view in views().items():
        for measure in view["measures"]:
            yield name, measure["name"]


@pytest.mark.parametrize(("name", "measure"), list(measures()))
def test_every_measure_is_sql_that_the_contract_can_answer(marts: dict, name: str, measure: str) -> None:
    view = views()[name]
    field = next(one for one in view["measures"] if one["name"] == measure)
    declared = ", ".join(f"{column} {one['data_type']}" for column, one in marts[name]["columns"].items())
    with duckdb.connect() as connection:
        connection.execute(f"create table given ({declared})")
        connection.execute(f"insert into given ({next(iter(marts[name]['columns']))}) values (null)")
        assert len(connection.execute(f"select {measured(view, field)} from given").fetchall()) == 1


def test_rates_and_intervals_are_those_of_the_textbook() -> None:
    """900 of 1,000 on time: 90 %, and by Wilson's interval 88.0 % to 91.7 %."""
    view = views()["airline_daily_performance"]
    named = {field["name"]: field for field in view["measures"]}
    with duckdb.connect() as connection:
        connection.execute(
            "create table given as select *, gate_on_time_arrivals as gate_on_time_arrivals_p80"
            " from (values (300, 290), (700, 610)) as t(timed_arrivals, gate_on_time_arrivals)"
        )
        sql = ", ".join(
            measured(view, named[name]) for name in ("on_time_rate", "on_time_rate_low", "on_time_rate_high")
        )
        [row] = connection.execute(f"select {sql} from given").fetchall()
    assert row == pytest.approx((0.9, 0.8799, 0.9171), abs=0.0001)


def test_the_questions_name_explores_fields_and_columns_that_exist(marts: dict[str, Any]) -> None:
    text = (LOOKER.parent / "docs" / "questions.md").read_text()
    assert len(re.findall(r"^### \d+\. .+\?$", text, re.MULTILINE)) == 12
    labels = {explore["label"] for explore in model()["explores"]}
    for view in views().values():
        labels |= {field["label"] for kind in KINDS for field in view[kind] if field.get("label")}
        frames = ((group["label"], frame) for group in view["dimension_groups"] for frame in group["timeframes"])
        labels |= {f"{label} {frame.replace('_', ' ').title()}" for label, frame in frames}
    named = set(re.findall(r"(?<!\*)\*([A-Z][^*]+)\*(?!\*)", text))
    assert named <= labels
    columns = {name for mart in marts.values() for name in mart["columns"]}
    quoted = {part for code in re.findall(r"`([^`]+)`", text) for part in re.findall(r"[a-z0-9_]+", code)}
    words = {"aviastack", "report", "reconcile", "bts", "targets"}
    known = columns | marts.keys() | words | {"snapshots", "flight_status_history", "reference", "bts_reconciliation"}
    assert quoted <= known
