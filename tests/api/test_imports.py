from __future__ import annotations

import json
import subprocess
import sys

import aviastack.api


def imported(statement: str) -> set[str]:
    script = f"{statement}; import sys, json; print(json.dumps(sorted(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True)
    return set(json.loads(run.stdout))


def test_the_package_imports_nothing_until_a_name_is_used():
    assert not imported("import aviastack.api") & {"aiohttp", "stamina", "msgspec", "pydantic", "redis"}


def test_redaction_alone_costs_no_http_library():
    assert not imported("from aviastack.api import redacted") & {"aiohttp", "stamina", "msgspec", "pydantic"}


def test_the_client_imports_no_redis_and_nothing_of_the_other_floors():
    found = imported("from aviastack.api import Api, fetch")
    assert not found & {"redis", "limits", "pyarrow", "polars", "pandera", "pandas", "gcsfs", "fsspec", "duckdb"}
    floors = ("records", "staging", "warehouse", "simulator", "pipeline", "planning", "library", "cli")
    assert not found & {f"aviastack.{floor}" for floor in floors}


def test_every_public_name_is_there_and_they_are_sorted():
    assert aviastack.api.__all__ == sorted(aviastack.api.__all__)
    assert all(hasattr(aviastack.api, name) for name in aviastack.api.__all__)
