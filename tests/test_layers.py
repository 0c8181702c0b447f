"""Imports run downwards only, no module is part of a circle, and the architecture document names every part."""

from __future__ import annotations

import ast
from collections import Counter
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "aviastack"
GROUND = {"endpoints", "columns", "slices", "page", "manifest", "settings", "errors", "extras", "redaction", "aio"}
PARTS = {"api", "paging", "limits", "records", "staging", "warehouse"}
FACES = {"tuning", "reconcile", "client", "cli", "airflow", "report", "marts", "__main__", "__init__"}

ALLOWED: dict[str, set[str]] = {
    **dict.fromkeys(GROUND, GROUND),
    **{part: GROUND | {part} for part in PARTS},
    "api": GROUND | {"api", "limits"},
    "pipeline": GROUND | PARTS | {"pipeline"},
    **dict.fromkeys(FACES, GROUND | PARTS | FACES | {"pipeline", "simulator"}),
    "simulator": {"endpoints", "simulator"},
}
"""What each part of the package may import."""

MOST_TOP_MODULES = 13

FILES = {
    ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(PACKAGE.rglob("*.py"))
}


def imported(module: str) -> set[str]:
    """The modules of aviastack that a module imports, anywhere in the file, not for type checking alone."""
    found: set[str] = set()
    tree = ast.parse(FILES[module].read_text(encoding="utf-8"))
    typing_only = {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        names: list[str] = []
        if node in typing_only:
            continue
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            submodules = [f"{node.module}.{alias.name}" for alias in node.names]
            names = [name if name.removeprefix("aviastack.") in FILES else node.module for name in submodules]
        found |= {name.removeprefix("aviastack.") for name in names if name.startswith("aviastack.")}
    return {name for name in found if name in FILES and name != module}


@cache
def imports() -> dict[str, set[str]]:
    return {module: imported(module) for module in FILES}


@pytest.mark.parametrize("module", [module for module in FILES if module != "__init__"])
def test_imports_run_downwards_only(module: str) -> None:
    part = module.partition(".")[0]
    assert part in ALLOWED, f"{part} has no layer: add it to ALLOWED"
    assert {name.partition(".")[0] for name in imports()[module]} <= ALLOWED[part] | {part}


def test_no_module_is_part_of_a_circle() -> None:
    try:
        TopologicalSorter(imports()).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def test_the_top_of_the_package_stays_small() -> None:
    top = {path.stem for path in PACKAGE.glob("*.py")}
    assert len(top) <= MOST_TOP_MODULES, sorted(top)


def test_the_story_of_a_run_fits_on_a_screen() -> None:
    lines = (PACKAGE / "pipeline" / "run.py").read_text(encoding="utf-8").splitlines()
    assert len(lines) < 120


def test_the_architecture_document_names_every_part() -> None:
    text = (PACKAGE.parent / "docs" / "architecture.md").read_text(encoding="utf-8")
    parts = {path.name.removesuffix(".py") for path in PACKAGE.iterdir() if not path.name.startswith(("_", "py."))}
    missing = {part for part in parts if f"`{part}`" not in text and f"`{part}/`" not in text}
    assert not missing


def test_no_two_modules_can_be_taken_for_one_another() -> None:
    """Commands and the provider are named for what they stand for; every other basename occurs once."""
    names = Counter(
        module.rpartition(".")[2]
        for module, path in FILES.items()
        if path.name != "__init__.py" and module.partition(".")[0] not in ("cli", "airflow")
    )
    assert [name for name, count in names.items() if count > 1] == []
