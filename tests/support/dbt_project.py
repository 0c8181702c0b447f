"""The dbt project, parsed once for the tests that read its manifest."""

from __future__ import annotations

import json
from typing import Any

import pytest


@pytest.fixture(scope="session")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return dbt's own manifest of the project as it is."""
    from tests.dbt.warehouses import run_dbt

    work = tmp_path_factory.mktemp("parsed")
    run_dbt(
        ["parse"], work=work, target=work / "target", variables={"AVIASTACK_DUCKDB_PATH": str(work / "none.duckdb")}
    )
    parsed: dict[str, Any] = json.loads((work / "target" / "manifest.json").read_bytes())
    return parsed
