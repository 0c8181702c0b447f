"""The Terraform module is well formed and says what the administrator's script says."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hcl2
import pytest

from aviastack.settings import settings_from
from aviastack.warehouse.snowflake import SESSION
from aviastack.warehouse.snowflake_grants import DBT_SCHEMAS
from aviastack.warehouse.snowflake_setup import setup_sql

MODULE = Path(__file__).parents[2] / "docs" / "terraform"


@pytest.fixture(scope="module")
def module() -> dict[str, Any]:
    """Every block of the module: kind -> its blocks, without the quotes that the parser leaves around names."""
    blocks: dict[str, Any] = {}
    for file in sorted(MODULE.glob("*.tf")):
        with file.open(encoding="utf-8") as text:
            for kind, found in _plain(hcl2.load(text)).items():
                blocks.setdefault(kind, []).extend(found if isinstance(found, list) else [found])
    return blocks


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {_plain(name): _plain(inner) for name, inner in value.items() if not str(name).startswith("__")}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return value.strip('"') if isinstance(value, str) else value


def _resources(module: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for block in module["resource"]:
        for kind, named in block.items():
            yield from ((kind, body) for body in named.values())


def test_the_files_parse_and_every_variable_and_local_exists(module: dict[str, Any]) -> None:
    text = "\n".join(file.read_text() for file in MODULE.glob("*.tf"))
    variables = {name for block in module["variable"] for name in block}
    local = {name for block in module["locals"] for name in block}
    assert set(re.findall(r"\bvar\.(\w+)", text)) == variables
    assert set(re.findall(r"\blocal\.(\w+)", text)) == local
    kinds = {kind for kind, _ in _resources(module)}
    assert set(re.findall(r"\b((?:snowflake|google)_\w+)\.\w+[.\[]", text)) <= kinds


def test_service_users_have_the_sessions_parameters_and_no_secondary_roles(module: dict[str, Any]) -> None:
    [user] = [body for kind, body in _resources(module) if kind == "snowflake_service_user"]
    assert user["default_secondary_roles_option"] == "NONE"
    given = {name: str(user.get(name.lower())).upper() for name in SESSION}
    assert given == {name: str(value).upper() for name, value in SESSION.items()}


def test_it_has_the_scripts_roles_users_warehouses_and_schemas(module: dict[str, Any]) -> None:
    script = setup_sql(settings_from(staging="gs://bucket/aviastack"))
    [named] = [block for block in module["locals"] if "parties" in block]
    parties = named["parties"].values()
    for kind, part in (("ROLE", "role"), ("USER", "user"), ("WAREHOUSE", "warehouse")):
        created = set(re.findall(rf"CREATE {kind} IF NOT EXISTS (\w+)", script))
        assert {party[part] for party in parties} == created
    assert set(named["schemas"]) == {"AVIATIONSTACK", *DBT_SCHEMAS}
    assert set(re.findall(r"CREATE SCHEMA IF NOT EXISTS AVIASTACK\.(\w+)", script)) == set(named["schemas"])


@pytest.mark.skipif(shutil.which("terraform") is None, reason="terraform is not installed")
def test_the_files_are_formatted_as_terraform_formats_them() -> None:
    found = subprocess.run(["terraform", "fmt", "-check", str(MODULE)], capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout
