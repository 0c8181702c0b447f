"""The wheel, and new environments to install it in; ``make test-install`` runs these tests."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from aviastack.simulator import SimulatorOptions, running_simulator

REPOSITORY = Path(__file__).parents[2]
UV = Path(sys.executable).with_name("uv")


@dataclass(frozen=True)
class Environment:
    """A virtual environment, and a way to run its command as a user would."""

    folder: Path

    def run(self, *command: str, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
        inherited = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
        inherited["PATH"] = f"{self.folder / 'bin'}{os.pathsep}{inherited['PATH']}"
        return subprocess.run(
            command, check=False, cwd=cwd, env=inherited | variables, capture_output=True, text=True, timeout=600
        )


def installed(folder: Path, *requirements: str, python: Path = Path(sys.executable)) -> Environment:
    """Return a new environment with what the arguments of ``uv pip install`` name."""
    subprocess.run([UV, "venv", "--quiet", "--python", python, folder], check=True)
    subprocess.run([UV, "pip", "install", "--quiet", "--python", folder / "bin" / "python", *requirements], check=True)
    return Environment(folder)


def python_of(version: str) -> Path:
    """An interpreter of that version, from PATH or from pyenv; the test is skipped if there is none."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    on_path = shutil.which(f"python{version}")
    found = [*([Path(on_path)] if on_path else []), *sorted(pyenv.glob(f"{version}.*/bin/python"))]
    for python in found:
        shown = subprocess.run([python, "--version"], check=False, capture_output=True, text=True)
        if shown.stdout.startswith(f"Python {version}."):
            return python
    pytest.skip(f"no Python {version} on this machine")


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("dist")
    subprocess.run([UV, "build", "--quiet", "--wheel", "--out-dir", out, REPOSITORY], check=True)
    return next(out.glob("*.whl"))


@pytest.fixture(scope="session")
def api() -> Iterator[str]:
    with running_simulator(SimulatorOptions(flights_per_day=2_000)) as url:
        yield url
