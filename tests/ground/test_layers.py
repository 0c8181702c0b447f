"""The house has floors: imports run downwards only, and the four parts of the middle know nothing of one another."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "aviastack"
GROUND = {"endpoints", "slices", "pages", "manifests", "settings", "errors", "together"}
PARTS = {"api", "records", "staging", "warehouse"}
JOINING = {
    *(
        "pipeline",
        "planning",
        "allowance",
        "resuming",
        "feed",
        "keeping",
        "stager",
        "backfill",
        "trailing",
        "telemetry",
        "watching",
    )
}
FACES = {"tuning", "library", "cli", "airflow", "report", "marts", "loops", "__main__", "__init__"}
ALONE = {"simulator"}

ALLOWED: dict[str, set[str]] = {
    **dict.fromkeys(GROUND, GROUND),
    **{part: GROUND | {part} for part in PARTS},
    **dict.fromkeys(JOINING, GROUND | PARTS | JOINING),
    **dict.fromkeys(FACES, GROUND | PARTS | JOINING | FACES | ALONE),
    "simulator": {"endpoints", "simulator"},
}


def imported(file: Path) -> set[str]:
    """The rooms of aviastack that a file imports, wherever in the file."""
    rooms: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names = [
                f"{node.module}.{alias.name}" if node.module == "aviastack" else node.module for alias in node.names
            ]
        rooms |= {name.split(".")[1] for name in names if name.startswith("aviastack.")}
    return rooms


FILES = sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")


@pytest.mark.parametrize("file", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_run_downwards_only(file: Path) -> None:
    room = file.relative_to(PACKAGE).parts[0].removesuffix(".py")
    assert room in ALLOWED, f"{room} stands on no floor: say in this test where it belongs"
    assert imported(file) <= ALLOWED[room] | {room}


def test_the_readme_of_the_house_names_every_room() -> None:
    text = (PACKAGE.parent / "docs" / "architecture.md").read_text(encoding="utf-8")
    rooms = {path.name.removesuffix(".py") for path in PACKAGE.iterdir() if not path.name.startswith(("_", "py."))}
    missing = {room for room in rooms if f"`{room}`" not in text and f"`{room}/`" not in text}
    assert not missing
