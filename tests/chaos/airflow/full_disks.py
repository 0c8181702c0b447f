"""A staging folder without space, and one that is read-only: it is a separate file system."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.chaos.airflow.rounds import Round
from tests.chaos.airflow.world import World


def full(round_: Round, world: World) -> None:
    """Leave no space until a task has failed."""
    round_.fetching()
    round_.breaks()
    with _no_space(Path(world.folder.staging)):
        round_.struck()


def read_only(round_: Round, world: World) -> None:
    """Allow no writes from before the run until a task has failed."""
    round_.breaks()
    _remount(world.folder.staging, "ro")
    try:
        round_.begin()
        round_.struck()
    finally:
        _remount(world.folder.staging, "rw")


@contextmanager
def _no_space(folder: Path) -> Iterator[None]:
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4_096))
    try:
        yield
    finally:
        filler.unlink()


def _remount(folder: str, how: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{how}", folder], check=True)
