from __future__ import annotations

import ast
import importlib.util
import re
import sys
from functools import cache
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]
DOCUMENTS = [
    *(REPOSITORY / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")),
    *sorted((REPOSITORY / "docs").glob("*.md")),
    *sorted((REPOSITORY / "benchmarks").glob("*.md")),
]
LINK = re.compile(r"\]\((?!https?://|mailto:)([^)#\s]*)(?:#([^)\s]+))?\)")
_spec = importlib.util.spec_from_file_location("docs_generate", REPOSITORY / "docs" / "generate.py")
assert _spec is not None
assert _spec.loader is not None
generate = importlib.util.module_from_spec(_spec)
sys.modules["docs_generate"] = generate
_spec.loader.exec_module(generate)


@cache
def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@cache
def anchors(path: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub and mkdocs make them."""
    prose = re.sub(r"```.*?```", "", text_of(path), flags=re.DOTALL)
    headings = re.findall(r"^#+ (.+)$", prose, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@cache
def project_tests() -> dict[str, set[str]]:
    """The names of the tests by file, relative to the repository."""
    found = {}
    for path in (REPOSITORY / "tests").rglob("test_*.py"):
        names = {
            node.name
            for node in ast.walk(ast.parse(text_of(path)))
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
        }
        found[str(path.relative_to(REPOSITORY))] = names
    return found


@pytest.mark.parametrize("page", generate.PAGES)
def test_a_reference_page_is_what_the_code_says(page: str) -> None:
    assert (REPOSITORY / "docs" / page).read_text(encoding="utf-8") == generate.PAGES[page](), "stale: run make docs"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_leads_to_a_file_and_a_heading(document: Path) -> None:
    for target, anchor in LINK.findall(text_of(document)):
        path = document.parent / target if target else document
        assert path.exists(), f"{document.name} links to {target}"
        if anchor and path.suffix == ".md":
            assert anchor in anchors(path), f"{document.name} links to {target}#{anchor}"
    for target in re.findall(r"github\.com/aviastack/aviastack/(?:blob|tree)/main/([^)#\s]+)", text_of(document)):
        assert (REPOSITORY / target).exists(), f"{document.name} links to {target} in the repository"


@pytest.mark.parametrize("page", ["security.md", "code-review.md"])
def test_every_test_that_a_page_names_exists(page: str) -> None:
    text = text_of(REPOSITORY / "docs" / page)
    files = set(re.findall(r"`(tests/[\w/]+\.py)`", text))
    names = set(re.findall(r"`(test_\w+)`", text))
    assert len(names) > 10
    assert files <= set(project_tests())
    named = set().union(*(project_tests()[file] for file in files))
    assert sorted(names - named) == []


def test_every_variable_that_is_read_is_documented_and_no_other() -> None:
    from aviastack.settings import Settings

    named = set()
    for folder, pattern in (("aviastack", "*.py"), ("dags", "*.py"), ("dbt", "*.yml")):
        for path in (REPOSITORY / folder).rglob(pattern):
            named |= set(re.findall(r"[\"'](AVIASTACK_[A-Z_]+)[\"']", path.read_text(encoding="utf-8")))
    settings = {f"AVIASTACK_{name.upper()}" for name in Settings.model_fields}
    assert sorted(named - settings - set(generate.ENVIRONMENT)) == []
    assert sorted(set(generate.ENVIRONMENT) - named) == []
    assert not settings & set(generate.ENVIRONMENT)


def test_every_command_in_the_documents_exists() -> None:
    from typer.main import get_command

    from aviastack.cli.app import app

    commands = get_command(app).commands  # type: ignore[attr-defined]
    for document in DOCUMENTS:
        prose = text_of(document)
        for command in re.findall(r"(?:`|\$ |; do )aviastack ([a-z]+)\b", prose):
            assert command in commands, f"{document.name} names 'aviastack {command}'"
        for target in re.findall(r"(?:`|\$ )make ([a-z][a-z-]*)", prose):
            assert re.search(rf"^{target}:", text_of(REPOSITORY / "Makefile"), re.MULTILINE), (
                f"{document.name}: {target}"
            )


def test_every_extra_in_the_documents_exists() -> None:
    import tomllib

    extras = tomllib.loads(text_of(REPOSITORY / "pyproject.toml"))["project"]["optional-dependencies"]
    for document in DOCUMENTS:
        for group in re.findall(r"aviastack\[([\w,-]+)\]", text_of(document)):
            assert set(group.split(",")) <= set(extras), f"{document.name} names aviastack[{group}]"


def test_the_site_is_built_without_a_warning(tmp_path: Path) -> None:
    from mkdocs.commands.build import build
    from mkdocs.config import load_config

    config = load_config(str(REPOSITORY / "mkdocs.yml"), site_dir=str(tmp_path), strict=True)
    build(config)
    assert (tmp_path / "how-to" / "index.html").is_file()
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert not re.search(r"<(?:link|script|img)[^>]+(?:href|src)=\"?https?://(?!aviastack\.github\.io)", page)
