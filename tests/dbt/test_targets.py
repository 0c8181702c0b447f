"""The project as dbt reads it: targets, layers, keys and descriptions, and as a package of another project."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.dbt.test_incremental import MONDAY, record
from tests.dbt.warehouses import PROJECT, Marts, run_dbt

pytestmark = [pytest.mark.slow]


def test_only_the_named_targets_build_the_shared_schemas(tmp_path: Path, manifest: dict[str, Any]) -> None:
    profiles = (PROJECT / "profiles.yml").read_text().replace("    duckdb:\n", "    dev:\n", 1)
    (tmp_path / "profiles.yml").write_text(profiles)
    variables = {"AVIASTACK_DBT_TARGET": "dev", "AVIASTACK_DUCKDB_PATH": os.fspath(tmp_path / "none.duckdb")}
    run_dbt(["parse"], work=tmp_path, target=tmp_path / "target", variables=variables, profiles=tmp_path)
    own = json.loads((tmp_path / "target" / "manifest.json").read_bytes())
    schemas = [each["nodes"]["model.aviastack.fct_flights"]["schema"] for each in (manifest, own)]
    assert schemas == ["marts", "dev_marts"]


def test_no_intermediate_model_reads_a_mart(manifest: dict[str, Any]) -> None:
    nodes = manifest["nodes"]
    read = {
        (node["name"], nodes[parent]["name"])
        for node in nodes.values()
        if node["resource_type"] == "model" and node["fqn"][1] == "intermediate"
        for parent in node["depends_on"]["nodes"]
        if parent in nodes and nodes[parent]["fqn"][1] == "marts"
    }
    assert read == set()


def test_every_model_has_a_test_of_its_key(manifest: dict[str, Any]) -> None:
    nodes = manifest["nodes"].values()
    keys = {"unique", "unique_together"}
    tests = [node for node in nodes if node["resource_type"] == "test"]
    tested = {node.get("attached_node") for node in tests if node.get("test_metadata", {}).get("name") in keys}
    models = {node["unique_id"] for node in nodes if node["resource_type"] == "model"}
    assert models - tested <= {"model.aviastack.int_taxi__own"}, "it is the user's own table, or empty"


def test_what_no_model_reads_says_so(manifest: dict[str, Any]) -> None:
    models = [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]
    staging = [node for node in models if node["name"].startswith("stg_")]
    read = {parent for node in models for parent in node["depends_on"]["nodes"]}
    alone = {node["name"] for node in staging if node["unique_id"] not in read}
    assert alone == {node["name"] for node in staging if "No mart reads it" in node["description"]}
    assert alone


def test_everything_is_described_and_the_history_can_be_restored(manifest: dict[str, Any]) -> None:
    built = [n for n in manifest["nodes"].values() if n["resource_type"] in ("model", "snapshot", "seed")]
    assert [node["name"] for node in built if not node["description"]] == []
    marts = [node for node in built if node["schema"] in ("marts", "snapshots")]
    assert all(node["config"]["persist_docs"] == {"relation": True, "columns": True} for node in marts)
    [history] = [node for node in built if node["resource_type"] == "snapshot"]
    assert history["config"]["transient"] is False


ONLY_BUILDABLE = ("--indirect-selection", "buildable", "--exclude-resource-type", "unit_test")


def test_another_project_builds_on_this_one_as_a_package(tmp_path: Path) -> None:
    project = tmp_path / "theirs"
    (project / "models").mkdir(parents=True)
    (project / "packages.yml").write_text(f"packages:\n  - local: {PROJECT}\n")
    (project / "dbt_project.yml").write_text(
        "name: theirs\nversion: '1.0'\nprofile: aviastack\nflags: {send_anonymous_usage_stats: false}\n"
    )
    (project / "models" / "late.sql").write_text("select * from {{ ref('aviastack', 'fct_flights') }}")
    theirs = Marts(tmp_path / "theirs.duckdb", tmp_path).create()
    theirs.insert_flights([(MONDAY, record("1", status="landed", late=20))])
    variables = {"AVIASTACK_DBT_TARGET": "duckdb", "AVIASTACK_DUCKDB_PATH": os.fspath(theirs.path)}
    for command in (["deps"], ["build", "--quiet", "--select", "+late", *ONLY_BUILDABLE]):
        run_dbt(command, work=tmp_path, target=tmp_path / "target", variables=variables, project=project)
    nodes = json.loads((tmp_path / "target" / "manifest.json").read_bytes())["nodes"]
    assert nodes["model.theirs.late"]["depends_on"]["nodes"] == ["model.aviastack.fct_flights"]
    assert nodes["snapshot.aviastack.flight_status_history"]["config"]["transient"] is False
    assert theirs.rows("select count(*) from marts.late") == [(1,)]
