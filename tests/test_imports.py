"""Importing a part of the package loads no heavy library that it does not need."""

from __future__ import annotations

import json
import subprocess
import sys


def imported(statement: str) -> set[str]:
    script = f"{statement}; import sys, json; print(json.dumps(sorted(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True)
    return set(json.loads(run.stdout))


def test_redaction_alone_loads_no_http_library() -> None:
    assert not imported("from aviastack.redaction import redacted") & {"aiohttp", "stamina", "msgspec", "pydantic"}


def test_the_api_session_and_paging_load_no_redis_and_no_other_part() -> None:
    found = imported("from aviastack.api.session import Api; from aviastack.paging.fetch import begin")
    assert not found & {"redis", "pyarrow", "polars", "pandera", "pandas", "gcsfs", "fsspec", "duckdb"}
    parts = ("records", "staging", "warehouse", "simulator", "pipeline", "client", "cli")
    assert not found & {f"aviastack.{part}" for part in parts}


def test_importing_the_package_loads_nothing_but_the_standard_library() -> None:
    found = {name.partition(".")[0] for name in imported("import aviastack") - imported("pass")}
    assert found - set(sys.stdlib_module_names) == {"aviastack"}
    assert "asyncio" not in found


def test_the_client_loads_no_heavy_library_until_it_fetches() -> None:
    found = imported("from aviastack import AviationStack, fetch_flights")
    assert not found & {"aiohttp", "pyarrow", "polars", "pandas", "duckdb", "rich", "typer", "numpy", "pandera"}
