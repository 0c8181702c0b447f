"""Where a target builds: the shared schemas, or schemas of its own."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.dbt.warehouses import PROJECT, run_dbt

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
