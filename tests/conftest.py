"""What every test shares: its own folder, no settings from outside, and the recorded responses if they exist."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

# Timing is noisy where tests run beside each other: a slow draw says nothing about the code.
settings.register_profile("shared machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared machine")

pytest_plugins = [
    "tests.support.api_fixtures",
    "tests.support.dbt_project",
    "tests.support.simulated_api",
    "tests.support.tuning_costs",
]

REPOSITORY = Path(__file__).parents[1]

SHARED = {
    "tests/airflow/test_scaled_out.py": "running Airflow",
    "tests/airflow/test_standalone.py": "running Airflow",
    "tests/cli/test_demo.py": "demo",
    "tests/cli/test_report.py": "demo",
    "tests/cli/test_tune.py": "tuning",
    "tests/dbt/": "marts",
    "tests/looker/": "marts",
    "tests/marts/": "marts",
    "tests/report/": "report",
    "tests/tuning/test_tuning.py": "tuning",
}
"""What tests share that takes long to make, by where they are: one worker runs them all."""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give each file to one worker, and files that share something to the same one, in the order of their names.

    By path, because pytest-xdist 3.8 ignores its own marks under pytest 9.2: it would start Airflow twice.
    """
    from xdist.scheduler import LoadScopeScheduling

    class ByWhatIsShared(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            path = nodeid.partition("::")[0]
            return next((shared for start, shared in SHARED.items() if path.startswith(start)), path)

    config.option.loadscopereorder = False
    return ByWhatIsShared(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave what needs a running Airflow to ``make test-airflow``."""
    if os.environ.get("AVIASTACK_TEST_AIRFLOW"):
        return
    elsewhere = pytest.mark.skip(reason="needs a running Airflow; make test-airflow runs it")
    for item in items:
        if "running_airflow" in item.keywords:
            item.add_marker(elsewhere)


@pytest.fixture(autouse=True)
def nothing_from_outside(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Take away every AVIASTACK_* variable and work in an empty folder."""
    for name in [name for name in os.environ if name.startswith("AVIASTACK_") and name != "AVIASTACK_RECORDED"]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path_factory.mktemp("here"))


@pytest.fixture(scope="session")
def recorded() -> Path:
    """Return the folder of recorded responses; skip where it is not."""
    folder = Path(os.environ.get("AVIASTACK_RECORDED", REPOSITORY.parent / "shared" / "recorded"))
    if not folder.is_dir():
        pytest.skip("the recorded responses are not here; name their folder in AVIASTACK_RECORDED")
    return folder
