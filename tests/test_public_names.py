from __future__ import annotations

import inspect
import pickle
import re
import subprocess
import sys
from pathlib import Path

import pytest

import aviastack
from aviastack import errors

REPOSITORY = Path(__file__).parents[1]
HEAVY = {
    *("aiohttp", "pyarrow", "polars", "pandas", "pandera", "duckdb", "gcsfs", "snowflake.connector"),
    *("airflow", "dbt", "redis", "limits", "altair", "pydantic", "rich"),
}


def modules_after(statement: str) -> set[str]:
    code = f"import sys; {statement}; print(*sys.modules)"
    return set(subprocess.check_output([sys.executable, "-c", code], text=True, cwd=REPOSITORY).split())


def test_importing_the_package_imports_nothing_heavy() -> None:
    assert not modules_after("import aviastack") & HEAVY


def test_importing_the_command_line_imports_nothing_heavy() -> None:
    heavy = HEAVY - {"rich"}
    assert not modules_after("import aviastack.cli.app") & heavy


def test_every_public_name_exists_and_the_list_is_sorted() -> None:
    assert aviastack.__all__ == sorted(aviastack.__all__)
    for name in aviastack.__all__:
        assert getattr(aviastack, name).__name__ == name


def test_every_error_has_the_exit_code_that_its_tree_draws() -> None:
    codes = {
        "AccessRefused": 4, "KeyRefused": 4, "PlanRefused": 4, "Exhausted": 5, "QuotaExhausted": 5,
        "BudgetExhausted": 5, "RateLimited": 5, "BadRequest": 2, "MissingExtra": 2, "ApiUnavailable": 7, "ApiDown": 7,
        "IncompleteExtract": 3, "AuditFailed": 3, "MartsFailed": 3,
        "StagingUnavailable": 6, "DamagedFile": 6, "WarehouseUnavailable": 6, "LockRefused": 6, "AviastackError": 1,
    }  # fmt: skip
    declared = {n: e.exit_code for n, e in vars(errors).items() if inspect.isclass(e) and issubclass(e, Exception)}
    assert declared == codes
    drawn = {
        name: (int(code), retry == "yes")
        for name, code, retry in re.findall(r"(\w+) +(\d) +(yes|no) ", errors.__doc__ or "")
    }
    del declared["AviastackError"]
    assert drawn == {name: (code, getattr(errors, name).retryable) for name, code in declared.items()}


@pytest.mark.parametrize("kind", [errors.KeyRefused, errors.QuotaExhausted, errors.AuditFailed])
def test_an_error_crosses_processes_whole(kind: type[errors.AviastackError]) -> None:
    error = kind("value and rule.", remedy="Do this.")
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), again.remedy) == (kind, "value and rule. Do this.", "Do this.")
