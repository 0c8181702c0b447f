"""Importing a part of the package loads no heavy library that it does not need."""

from __future__ import annotations

import json
import subprocess
import sys


def imported(statement: str) -> set[str]:
    script = f"{statement}; import sys, json; print(json.dumps(sorted(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", script], check=True, stdout=subprocess.PIPE)
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


def test_a_command_uses_arrow_without_the_pandas_that_it_would_import() -> None:
    hidden = "from aviastack.cli.arrow import import_arrow; import_arrow()"
    values = "import pyarrow as pa; pa.array([1, None]); pa.scalar('x')"
    assert "pandas" in imported(values)
    assert "pandas" not in imported(f"{hidden}; {values}")
    frame = "assert pa.table({'a': pa.array([1, 2])}).to_pandas()['a'].sum() == 3"
    series = "import pandas; assert pa.array(pandas.Series([1.0, float('nan')])).null_count == 1"
    assert "pandas" in imported(f"{hidden}; {values}; {frame}; {series}")


def test_a_process_that_has_arrow_already_keeps_its_pandas() -> None:
    found = imported("import pyarrow as pa; from aviastack.cli.arrow import import_arrow; import_arrow(); pa.scalar(1)")
    assert "pandas" in found
