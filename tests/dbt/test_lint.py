"""The SQL of the dbt project is written as sqlfluff's configuration beside it says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2] / "dbt"


@pytest.mark.slow
def test_models_and_tests_are_clean_in_snowflakes_dialect() -> None:
    """DuckDB runs every model in the other tests; the linter proves that Snowflake's parser takes them too."""
    command = [
        sys.executable,
        "-m",
        "sqlfluff",
        "lint",
        "--disable-progress-bar",
        PROJECT / "models",
        PROJECT / "tests",
    ]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
