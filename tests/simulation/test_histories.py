"""Two hundred histories of the whole pipeline, and those that once failed; ``make simulate-faults`` runs thousands."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
PARTS = "client, pace, ledger, journal, staging, warehouse"
FIXED = (
    35,  # a page that was in the journal was requested again by a second, identical backfill
    101,  # a day after a spent month, one call may ask again; the other slices' calls were refused meanwhile
    157,  # a Retry-After of 999,999,999,999 s stopped the pace of every slice
    186,  # a Retry-After of a day, and a command that waited for it
    200,  # on DuckDB: a process killed while it created the tables
    239,  # a changing list with one row in two versions on a page, in the place of another, was called complete
    379,  # a row at a seam counted as the list's own repeat, because the later page came first
    866,  # a replay killed between its file and its manifest; nothing was loaded, and the load ended well
    860,  # after the clock was set back, a load counted as newer than a run that was fetched before it and begun after
    1281,  # a changing list that had shifted under one total was called complete without the row that had moved
    1371,  # an empty answer to a list that had a total was requested again nine times
    2770,  # a replay of an older run hid a newer run that was resumed after it
    3143,  # a final run that ended while another process began to extract the slice was paid for again
    3776,  # a final run whose file and journal are both damaged was loaded each time, without effect
    6259,  # after the clock was set back, a replay removed rows that a newer run has
    20455,  # a replay's manifest was damaged; the run before it was loaded without rows, and the load ended well
    9564,  # the same as 1281, in a list that also gained rows
)  # fmt: skip
FIXED_BUSY = (
    309,  # a changing list whose last page was counted before a row came was called complete without its last row
    1334,  # the same, beside older pages
    6722,  # after the clock was set back, a run loaded again was newer than the runs after it, and removed their rows
    7836,  # the same, and its first load waited until a later run was loaded
    9682,  # the same, loaded twice again
    1966,  # a resumed run counted as older than the replay of an older run, because that began after it
    6290,  # the clock was set back while a run that was resumed was fetched, and an earlier run counted as newer
    4176,  # the clock was set back, and a run removed a row that it has: another slice's load counted as newer
)


def simulation(*words: str) -> subprocess.CompletedProcess[str]:
    """A separate process: what the simulated kills leave behind must not be cleaned up."""
    command = [sys.executable, "-m", "tests.simulation", *words]
    return subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_no_invariant_breaks_in_a_world_of_faults() -> None:
    run = simulation("--seeds", "200", "--workers", "1")
    assert run.stdout.splitlines()[-1] == f"200 seeds, 0 violations; {PARTS}", run.stdout + run.stderr
    assert run.returncode == 0


def test_the_histories_that_once_failed_still_hold() -> None:
    others = [str(seed) for seed in FIXED if seed >= 200]
    run = simulation("--only", *others, "--drop", "busy lists", "--workers", "1")  # they failed before lists were busy
    assert f"{len(others)} seeds" in run.stdout
    assert run.returncode == 0, run.stdout + run.stderr


def test_the_busy_histories_that_once_failed_still_hold() -> None:
    run = simulation("--only", *map(str, FIXED_BUSY), "--workers", "1")
    assert f"{len(FIXED_BUSY)} seeds" in run.stdout
    assert run.returncode == 0, run.stdout + run.stderr


def test_a_planted_bug_is_found_and_printed_with_its_history() -> None:
    run = simulation("--seeds", "50", "--start", "1", "--workers", "1", "--plant", "pace-per-call")
    assert run.returncode == 1
    assert "VIOLATION NOT pace was kept" in run.stdout
    assert "process 0, " in run.stdout


def test_the_same_seed_gives_the_same_history() -> None:
    first, second = (
        simulation("--seeds", "12", "--start", "1", "--workers", "1", "--plant", "keep-nothing") for _ in range(2)
    )
    assert first.stdout == second.stdout
    assert first.returncode == 1


def test_dropping_a_fault_leaves_the_others_as_they_were() -> None:
    from tests.simulation.chance import Chance

    def struck(dropped: frozenset[str] = frozenset()) -> list[str]:
        chance = Chance(7, dropped)
        for number in range(200):
            chance.fault(f"place {number % 5}", 0.2, ("fails", "dies"))
        return chance.struck

    every = struck()
    assert len(every) > 20
    assert struck(frozenset({every[3]})) == [*every[:3], *every[4:]]
