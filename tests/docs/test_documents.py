"""Every command and snippet of the guides, as printed, against the simulator and the emulators; ``make test-docs``.

The blocks of a page run in their order, in one shell and one new folder. Commands that install something or need an
account of somebody's are not run; ``tests/test_docs.py`` checks that the targets and extras that they name exist. A
block after ``<!-- not run: REASON -->`` is left out; the number of those is bounded.

``AVIASTACK_TEST_DOCS=/path/to/bin`` takes the commands from there, such as an environment with the wheel alone.
"""

from __future__ import annotations

import os
import re
import secrets
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from aviastack.endpoints import Plan
from aviastack.simulator import SimulatorOptions, running_simulator

REPOSITORY = Path(__file__).parents[2]
PAGES = ["README.md", "docs/tutorial.md", "docs/how-to.md", "docs/install.md", "docs/security.md", "docs/index.md"]
INSTALLERS = ("git", "make", "pip", "pipx", "uv", "docker", "gcloud")
NOT_RUN = 7  # blocks that name their reason
BLOCK = re.compile(
    r"(?:<!-- not run: (?P<reason>[^\n]+) -->\n)?```(?P<language>console|python)\n(?P<text>.*?)```", re.DOTALL
)
SNIPPET = """
import ast, asyncio, inspect, pathlib, sys
source = pathlib.Path(sys.argv[1]).read_text(encoding="utf-8")
running = eval(compile(source, sys.argv[1], "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT), {"__name__": "__main__"})
if inspect.iscoroutine(running):
    asyncio.run(running)
"""
OPTED_IN = os.environ.get("AVIASTACK_TEST_DOCS", "")
PROGRAMS = Path(OPTED_IN) if Path(OPTED_IN).is_absolute() else Path(sys.executable).parent

pytestmark = [
    pytest.mark.skipif(not OPTED_IN, reason="runs every command of the documents; make test-docs does"),
    pytest.mark.timeout(900),
    pytest.mark.emulators,
]


@dataclass(frozen=True)
class Block:
    """A block of a page: its language, its text, and why it is not run."""

    language: str
    text: str
    reason: str | None

    @property
    def commands(self) -> list[str]:
        """The lines after a prompt that are run."""
        lines = [line.removeprefix("$ ") for line in self.text.splitlines() if line.startswith("$ ")]
        return [line for line in lines if line.split()[0] not in INSTALLERS]


def blocks(page: str) -> list[Block]:
    text = (REPOSITORY / page).read_text(encoding="utf-8")
    return [Block(found["language"], found["text"], found["reason"]) for found in BLOCK.finditer(text)]


def script(page: str, folder: Path) -> str:
    """A shell script of the page that stops at the first command that fails, and names it."""
    lines = ["set -u"]
    for number, block in enumerate(blocks(page)):
        if block.reason:
            continue
        if block.language == "python":
            snippet = folder / f"snippet_{number}.py"
            snippet.write_text(block.text, encoding="utf-8")
            commands = [f"python {folder / 'run_snippet.py'} {snippet}"]
        else:
            commands = block.commands
        for command in commands:
            lines += [f"echo {shlex.quote('+ ' + command)}", command, "test $? -eq 0 || { echo FAILED; exit 9; }"]
    return "\n".join(lines)


@pytest.fixture
def account(page: str) -> Iterator[dict[str, str]]:
    """The settings of the account that a page's reader has: the tutorial's and the README's buy what they need."""
    options = {
        "docs/tutorial.md": SimulatorOptions(plan=Plan.FREE, quota=100, flights_per_day=90_000),
        "README.md": SimulatorOptions(plan=Plan.BASIC, quota=10_000, flights_per_day=20_000),
    }.get(page, SimulatorOptions(flights_per_day=5_000))
    with running_simulator(options) as url:
        settings = {"AVIASTACK_BASE_URL": url, "AVIASTACK_ACCESS_KEY": "simulated", "AVIASTACK_PACE": "off"}
        yield settings if options.quota else settings | {"AVIASTACK_PLAN": options.plan}


@pytest.fixture
def accounts(tmp_path: Path) -> Iterator[dict[str, str]]:
    """The variables under which the emulators are ``gs://bucket`` and the connection NAME of connections.toml."""
    import snowflake.connector

    from tests.support.gcs_emulator import GcsEmulator
    from tests.support.snowflake_emulator import SnowflakeEmulator

    with GcsEmulator("bucket") as bucket, SnowflakeEmulator(gcs=bucket.url) as emulator:
        own = f"D{secrets.token_hex(6)}".upper()
        given = {name.removeprefix("SNOWFLAKE_").lower(): value for name, value in emulator.variables.items()}
        given |= {"database": own}
        with snowflake.connector.connect(**given, platform_detection_timeout_seconds=0) as connection:
            cursor = connection.cursor()
            cursor.execute("CREATE SCHEMA AVIATIONSTACK")
            url = "gcs://bucket/prefix/"
            cursor.execute(f"CREATE STAGE AVIATIONSTACK.AVIASTACK_STAGE URL = '{url}' FILE_FORMAT = (TYPE = PARQUET)")
        home = tmp_path / "snowflake"
        home.mkdir()
        lines = [f"{name} = {value if value.isdigit() else repr(value)}" for name, value in given.items()]
        (home / "connections.toml").write_text("\n".join(["[NAME]", *lines]), encoding="utf-8")
        (home / "connections.toml").chmod(0o600)
        yield {"SNOWFLAKE_HOME": str(home), "STORAGE_EMULATOR_HOST": bucket.url}


@pytest.mark.parametrize("page", PAGES)
def test_every_command_of_a_page_works_as_printed(
    page: str, account: dict[str, str], accounts: dict[str, str], tmp_path: Path
) -> None:
    folder, home = tmp_path / "work", tmp_path / "home"
    folder.mkdir()
    home.mkdir()
    (tmp_path / "run_snippet.py").write_text(SNIPPET, encoding="utf-8")
    variables = {
        **{name: value for name, value in os.environ.items() if not name.startswith("AVIASTACK_")},
        **accounts,
        **account,
        "HOME": str(home),
        "NO_COLOR": "1",
        "PATH": f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}",
    }
    if Path(sys.executable).parent != PROGRAMS:
        variables.pop("PYTHONPATH", None)
    ran = subprocess.run(
        ["bash", "-c", script(page, tmp_path)],
        check=False,
        cwd=folder,
        env=variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=800,
    )
    assert ran.returncode == 0, ran.stdout[-4000:]


def test_few_blocks_are_not_run_and_each_names_its_reason() -> None:
    left_out = [block for page in PAGES for block in blocks(page) if block.reason]
    assert 0 < len(left_out) <= NOT_RUN
    assert all(block.reason and len(block.reason) > 5 for block in left_out)


def test_the_pages_have_commands_and_snippets() -> None:
    every = [block for page in PAGES for block in blocks(page)]
    assert sum(len(block.commands) for block in every if block.language == "console") > 20
    assert sum(block.language == "python" for block in every) >= 2
