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


def test_every_option_in_the_documents_is_one_of_its_command() -> None:
    from typer.main import get_command

    from aviastack.cli.app import app
    from aviastack.cli.filters import option_of
    from aviastack.endpoints import ENDPOINTS

    filters = {option_of(parameter.name) for endpoint in ENDPOINTS.values() for parameter in endpoint.parameters}
    commands = dict(generate._commands(get_command(app)))
    used = 0
    for document in [*DOCUMENTS, *sorted((REPOSITORY / "docs" / "notebooks").glob("*.ipynb"))]:
        for line in re.findall(r"(?:`|\$ |; do )aviastack ([a-z][^`\n]*)", text_of(document)):
            words = line.split("|")[0].split("#")[0].split()
            name = " ".join(words[:2]) if words[0] == "quarantine" else words[0]
            if name not in commands:
                continue  # a group, or the command line as a whole
            known = {option for parameter in commands[name].params for option in parameter.opts}
            known |= {option for parameter in commands[name].params for option in parameter.secondary_opts}
            if commands[name].takes_filters:
                known |= filters
            options = {word.partition("=")[0] for word in words if re.match(r"--[a-z]", word)}
            assert options <= known | {"--help"}, f"{document.name}: aviastack {line}"
            used += len(options)
    assert used > 30


def test_every_variable_in_the_documents_exists() -> None:
    from aviastack.settings import Settings

    known = {f"AVIASTACK_{name.upper()}" for name in Settings.model_fields} | set(generate.ENVIRONMENT)
    tests = {f"AVIASTACK_{name}" for name in ("LIVE", "TEST_DOCS", "TEST_INSTALL")}
    setup = text_of(REPOSITORY / "aviastack" / "warehouse" / "sql" / "snowflake" / "setup.sql")
    in_snowflake = set(re.findall(r"AVIASTACK_[A-Z_]+", setup))  # roles, users and warehouses
    for document in DOCUMENTS:
        for name in re.findall(r"\bAVIASTACK_[A-Z_]*[A-Z]\b", text_of(document)):
            assert name in known | tests | in_snowflake or name.startswith("AVIASTACK_LIVE_"), (
                f"{document.name} names {name}"
            )


def test_every_snippet_of_a_configuration_is_valid() -> None:
    import json
    import tomllib

    import yaml

    parsers = {"json": json.loads, "toml": tomllib.loads, "yaml": yaml.safe_load}
    parsed = 0
    for document in DOCUMENTS:
        for indent, language, text in re.findall(
            r"^( *)```(json|toml|yaml)\n(.*?)^ *```", text_of(document), re.MULTILINE | re.DOTALL
        ):
            assert parsers[language](re.sub(rf"^{indent}", "", text, flags=re.MULTILINE)), document.name
            parsed += 1
    assert parsed >= 3
