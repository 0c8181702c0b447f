"""A dozen histories of the whole pipeline; ``make simulate-faults`` runs thousands."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
PARTS = "client, pace, ledger, journal, staging, warehouse"


def simulation(*words: str) -> subprocess.CompletedProcess[str]:
    """A process of its own: what the simulated kills leave behind must not be cleaned up."""
    command = [sys.executable, "-m", "tests.simulation", "--workers", "1", *words]
    return subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_no_invariant_breaks_in_a_world_of_faults() -> None:
    run = simulation("--seeds", "12", "--start", "1")
    assert run.stdout.splitlines()[-1] == f"12 seeds, 0 violations; {PARTS}", run.stdout + run.stderr
    assert run.returncode == 0


@pytest.mark.slow
def test_a_planted_bug_is_found() -> None:
    run = simulation("--seeds", "10", "--start", "1", "--plant", "pace-per-call")
    assert run.returncode == 1
    assert "VIOLATION pace was kept not" in run.stdout
