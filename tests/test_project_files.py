"""The files around the package: lock files, containers, workflows, hooks. No container engine or GitHub is needed."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

REPOSITORY = Path(__file__).parents[1]
LOCKS = sorted((REPOSITORY / "requirements").glob("*.txt"))
YAML = [
    *(REPOSITORY / ".github").rglob("*.yml"),
    REPOSITORY / "compose.yaml",
    REPOSITORY / ".pre-commit-config.yaml",
    REPOSITORY / "mkdocs.yml",
]
PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
TARGETS = set(re.findall(r"^([a-z][a-z-]*):", (REPOSITORY / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def parsed(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.stem)
def test_every_locked_package_has_a_hash_and_no_index_address(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    packages = re.split(r"\n(?=[A-Za-z0-9])", text)
    assert len(packages) > 5
    assert [p.splitlines()[0] for p in packages if "==" not in p or "--hash=sha256:" not in p] == []
    assert not re.search(r"https?://|--index-url|--extra-index-url|--find-links", text)


@pytest.mark.parametrize("path", YAML, ids=lambda path: path.name)
def test_a_configuration_file_is_valid_yaml(path: Path) -> None:
    assert parsed(path)


@pytest.mark.parametrize("name", ["ci.yml", "release.yml"])
def test_a_workflow_runs_targets_that_exist_with_the_least_permissions(name: str) -> None:
    path = REPOSITORY / ".github" / "workflows" / name
    workflow = parsed(path)
    assert workflow["permissions"] == {"contents": "read"}
    used = {
        target for line in re.findall(r"make ([a-z -]+)", path.read_text(encoding="utf-8")) for target in line.split()
    }
    assert used <= TARGETS
    assert "not been run where it was written" in path.read_text(encoding="utf-8").splitlines()[0]


def test_ci_runs_what_a_developer_runs_and_does_not_retry() -> None:
    lines = (REPOSITORY / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert lines[-2:] == ["make lint", "make test"]
    assert not any("last-failed" in line or ("||" in line and "make" in line) for line in lines)


def test_the_image_copies_files_that_exist_and_extras_that_exist() -> None:
    text = (REPOSITORY / "Dockerfile").read_text(encoding="utf-8")
    kept = {
        line[1:] for line in (REPOSITORY / ".dockerignore").read_text(encoding="utf-8").splitlines() if line[:1] == "!"
    }
    copied = [name for line in re.findall(r"^COPY (?!--from)(.+)", text, re.MULTILINE) for name in line.split()[:-1]]
    assert len(copied) > 4
    for name in copied:
        assert (REPOSITORY / name).exists(), name
        assert name in kept, f".dockerignore leaves {name} out"
    extras = re.findall(r"EXTRAS[=:] ?(\S+)", text + (REPOSITORY / "compose.yaml").read_text(encoding="utf-8"))
    assert {extra for part in extras for extra in part.split(",")} <= set(PROJECT["optional-dependencies"])
    assert re.search(r"^USER 1000$", text, re.MULTILINE), "the image must not run as root"


def test_compose_runs_commands_that_exist() -> None:
    from typer.main import get_command

    from aviastack.cli.app import app

    commands = get_command(app).commands  # type: ignore[attr-defined]
    services = parsed(REPOSITORY / "compose.yaml")["services"]
    run = {name: service["command"] for name, service in services.items() if service["command"]}
    assert set(run) == {"demo", "simulator"}
    for command, *options in run.values():
        known = {option for parameter in commands[command].params for option in parameter.opts}
        assert {option for option in options if option.startswith("--")} <= known


def test_hooks_call_programs_that_setup_installs() -> None:
    hooks = [hook for repo in parsed(REPOSITORY / ".pre-commit-config.yaml")["repos"] for hook in repo["hooks"]]
    assert {hook["entry"].split()[0] for hook in hooks} <= {".venv/bin/ruff", ".venv/bin/mypy", ".venv/bin/python"}


def test_a_bug_report_asks_for_the_doctor() -> None:
    template = (REPOSITORY / ".github" / "ISSUE_TEMPLATE" / "bug.yml").read_text(encoding="utf-8")
    assert "aviastack doctor --json" in template
    assert "aviastack doctor --json" in (REPOSITORY / ".github" / "pull_request_template.md").read_text(
        encoding="utf-8"
    )


def test_the_package_names_where_it_is_documented() -> None:
    assert set(PROJECT["urls"]) >= {"Homepage", "Documentation", "Changelog", "Issues", "Source"}


def test_airflow_is_installed_without_googles_provider() -> None:
    assert not any("providers-google" in name for name in PROJECT["optional-dependencies"]["airflow"])
