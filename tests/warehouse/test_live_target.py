"""``make test-live``: the tests of real accounts, pointed to the emulators."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.gcs_emulator import GcsEmulator
from tests.support.snowflake_emulator import SnowflakeEmulator

pytestmark = pytest.mark.emulators
REPOSITORY = Path(__file__).parents[2]
FEW = "marts_and_a_page or held_name_is_held or text_of_any_length"


def live(**variables: str) -> subprocess.CompletedProcess[str]:
    """Run a few of the live tests with these variables."""
    command = [sys.executable, "-m", "pytest", "tests/live", "-m", "live", "-k", FEW, "-q", "-p", "no:cacheprovider"]
    others = {name: value for name, value in os.environ.items() if not name.startswith(("AVIASTACK", "SNOWFLAKE"))}
    return subprocess.run(
        [*command, "-n", "0"], cwd=REPOSITORY, env=others | variables, capture_output=True, text=True, check=False
    )


def test_it_runs_from_setup_to_clean_up_and_leaves_nothing(emulator: SnowflakeEmulator, bucket: GcsEmulator) -> None:
    emulator.said.clear()
    done = live(
        **emulator.variables,
        STORAGE_EMULATOR_HOST=bucket.url,
        AVIASTACK_LIVE="1",
        AVIASTACK_LIVE_STAGING="gs://staged/of-others",
        AVIASTACK_LIVE_SNOWFLAKE="snowflake://",
        AVIASTACK_LIVE_INTEGRATION="AVIASTACK_GCS",
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 passed, 1 skipped" in done.stdout
    created, dropped = (
        {said.text.split()[-1] for said in emulator.said if said.text.startswith(f"{word} DATABASE")}
        for word in ("CREATE", "DROP")
    )
    assert created == dropped
    assert len(created) == 1
    assert [name for name in bucket.objects("staged") if "of-others" in name] == []


def test_what_is_not_named_is_asked_for_and_nothing_is_begun() -> None:
    done = live(AVIASTACK_LIVE="1", AVIASTACK_LIVE_STAGING="gs://bucket/prefix")
    assert done.returncode == 2
    assert "AVIASTACK_LIVE_SNOWFLAKE: snowflake://NAME" in done.stdout
    assert "AVIASTACK_LIVE_INTEGRATION: the storage integration" in done.stdout
    assert "AVIASTACK_LIVE_STAGING" not in done.stdout
