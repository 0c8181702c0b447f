"""The built wheel in new environments, as a user installs it; ``make test-install`` runs these tests.

They need the package index. Without extras each command either works or names the extra that it needs.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.install.conftest import REPOSITORY, UV, Environment, installed, python_of

OPTED_IN = bool(os.environ.get("AVIASTACK_TEST_INSTALL"))

pytestmark = [
    pytest.mark.skipif(not OPTED_IN, reason="installs packages; make test-install runs it"),
    pytest.mark.timeout(900),
]


@pytest.fixture(scope="session")
def bare(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    return installed(tmp_path_factory.mktemp("bare") / "venv", str(wheel))


def test_a_wheel_has_the_native_reader_where_there_is_a_compiler(tmp_path: Path) -> None:
    def built(compiler: str) -> tuple[bool, bool]:
        """Whether the wheel is for any platform, and whether it has the reader."""
        out = tmp_path / compiler
        variables = os.environ | {"CC": compiler}
        subprocess.run([UV, "build", "--quiet", "--wheel", "--out-dir", out, REPOSITORY], check=True, env=variables)
        (wheel,) = out.glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            return wheel.name.endswith("-py3-none-any.whl"), "aviastack/records/read_pages.so" in archive.namelist()

    for compiler in ("none-of-this-name", "false"):
        assert built(compiler) == (True, False)
    if shutil.which("cc") is None:
        pytest.skip("there is no C compiler")
    assert built("cc") == (False, True)


def test_an_installed_wheel_reads_pages_with_what_it_has(bare: Environment, wheel: Path, tmp_path: Path) -> None:
    script = "from aviastack.records.parse_native import reader_in_use; print(reader_in_use())"
    assert bare.run("python", "-c", script, cwd=tmp_path).stdout.startswith(
        "pyarrow, because" if wheel.name.endswith("-any.whl") else "native"
    )
    switched_off = bare.run("python", "-c", script, cwd=tmp_path, AVIASTACK_NATIVE_READER="off")
    assert switched_off.stdout == "pyarrow, because AVIASTACK_NATIVE_READER is off\n"


def test_the_readme_on_pypi_has_absolute_links(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        metadata = next(archive.read(name).decode() for name in archive.namelist() if name.endswith("/METADATA"))
    links = re.findall(r"\]\(([^)]+)\)", metadata)
    assert len(links) > 10
    assert [link for link in links if not link.startswith("https://")] == []
    assert "Project-URL: Documentation" in metadata


def test_the_wheel_holds_the_package_its_sql_and_its_dbt_project_alone(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert {name.split("/")[0] for name in names if ".dist-info" not in name} == {"aviastack"}
    assert any(name.startswith("aviastack/dbt_project/models/") for name in names)
    assert any(name.endswith(".sql") and name.startswith("aviastack/warehouse/sql/") for name in names)
    assert "aviastack/py.typed" in names
    assert not any("/target/" in name or name.endswith((".pyc", ".duckdb")) for name in names)


def test_a_wheel_with_the_native_reader_names_a_platform_that_pypi_accepts(wheel: Path) -> None:
    platform = wheel.stem.rpartition("-")[2]
    assert platform == "any" or not platform.startswith("linux_")


def test_the_image_copies_all_that_its_wheel_is_built_from(tmp_path: Path) -> None:
    dockerfile = (REPOSITORY / "Dockerfile").read_text(encoding="utf-8")
    lines = re.findall(r"^COPY (?!--from)(.+)", dockerfile, re.MULTILINE)
    for name in [name for line in lines for name in line.split()[:-1]]:
        copy = shutil.copytree if (REPOSITORY / name).is_dir() else shutil.copy
        copy(REPOSITORY / name, tmp_path / Path(name).name)
    subprocess.run([UV, "build", "--quiet", "--wheel", "--out-dir", tmp_path / "dist", tmp_path], check=True)
    with zipfile.ZipFile(next((tmp_path / "dist").glob("*.whl"))) as archive:
        assert "aviastack/dbt_project/dbt_project.yml" in archive.namelist()


def test_without_extras_the_package_is_imported_and_its_commands_explain_themselves(
    bare: Environment, tmp_path: Path
) -> None:
    assert bare.run("python", "-c", "from aviastack import AviationStack, fetch_flights", cwd=tmp_path).returncode == 0
    shown = bare.run("aviastack", "--help", cwd=tmp_path)
    assert shown.returncode == 0
    for command in re.findall(r"^│ ([a-z]+) +\S", shown.stdout, re.MULTILINE):
        assert bare.run("aviastack", command, "--help", cwd=tmp_path).returncode == 0, command
    assert bare.run("aviastack", "--version", cwd=tmp_path).stdout.strip()


def test_without_extras_a_slice_goes_from_the_api_into_duckdb(bare: Environment, api: str, tmp_path: Path) -> None:
    mine = {"AVIASTACK_BASE_URL": api, "AVIASTACK_ACCESS_KEY": "simulated"}
    ran = bare.run("aviastack", "run", "flights", "--dep-iata", "JFK", "--json", cwd=tmp_path, **mine)
    assert ran.returncode == 0, ran.stderr
    (slice_,) = json.loads(ran.stdout)["slices"]
    assert slice_["complete"]
    assert slice_["inserted"] == slice_["rows"] > 0


@pytest.mark.parametrize(
    ("command", "variables", "extra"),
    [
        (("run", "flights", "--dep-iata", "JFK"), {"AVIASTACK_STAGING": "gs://bucket/prefix"}, "gcs"),
        (("run", "flights", "--dep-iata", "JFK"), {"AVIASTACK_WAREHOUSE": "snowflake://NAME"}, "snowflake"),
        (("run", "flights", "--dep-iata", "JFK"), {"AVIASTACK_PACE_STORE": "redis://127.0.0.1:1/0"}, "redis"),
        (("demo",), {}, "dbt-duckdb"),
    ],
    ids=["gcs", "snowflake", "redis", "dbt"],
)
def test_a_missing_extra_is_named_before_any_call(
    bare: Environment, api: str, tmp_path: Path, command: tuple[str, ...], variables: dict[str, str], extra: str
) -> None:
    mine = {"AVIASTACK_BASE_URL": api, "AVIASTACK_ACCESS_KEY": "simulated"}
    ran = bare.run("aviastack", *command, cwd=tmp_path, **mine, **variables)
    said = " ".join(ran.stderr.split())
    assert ran.returncode == 2, said
    assert f"pip install 'aviastack[{extra}" in said
    assert "Traceback" not in said
    assert "bug" not in said
    assert not list(tmp_path.rglob("journal/**/*.*")), "pages were fetched"


def test_the_doctor_survives_missing_extras(bare: Environment, tmp_path: Path) -> None:
    mine = {"AVIASTACK_STAGING": "gs://bucket/prefix", "AVIASTACK_WAREHOUSE": "snowflake://NAME"}
    ran = bare.run("aviastack", "doctor", "--json", cwd=tmp_path, **mine)
    assert json.loads(ran.stdout)
    assert "Traceback" not in ran.stderr


def with_the_oldest_versions(folder: Path, wheel: Path, *extras: str) -> Environment:
    """The wheel with the lowest version that pyproject.toml allows of everything that it names itself."""
    named = [word for extra in extras for word in ("--extra", extra)]
    floors = ("--resolution", "lowest-direct", "--requirements", str(REPOSITORY / "pyproject.toml"), *named)
    environment = Environment(folder)
    subprocess.run([UV, "venv", "--quiet", "--python", sys.executable, folder], check=True)
    for what in (floors, ("--no-deps", str(wheel))):
        subprocess.run([UV, "pip", "install", "--quiet", "--python", folder / "bin" / "python", *what], check=True)
    return environment


def test_the_demo_and_the_help_work_with_the_oldest_versions_allowed(wheel: Path, tmp_path: Path) -> None:
    environment = with_the_oldest_versions(tmp_path / "venv", wheel, "dbt-duckdb", "report")
    floor = re.search(r'"typer>=([\d.]+)"', (REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
    version = environment.run("python", "-c", "import typer; print(typer.__version__)", cwd=tmp_path)
    assert floor is not None
    assert version.stdout.strip() == floor[1], "the versions are not the oldest"
    ran = environment.run("aviastack", "demo", "--days", "2", cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr[-3000:]
    assert (tmp_path / "data" / "demo" / "report.html").stat().st_size > 10_000
    shown = environment.run("aviastack", "run", "--help", cwd=tmp_path)
    assert "[default: AVIASTACK_PLAN, or free]" in " ".join(shown.stdout.split())
    missing = environment.run("aviastack", "run", cwd=tmp_path)
    assert (missing.returncode, missing.stderr) == (
        2,
        "error: Missing argument 'ENDPOINT'. See: aviastack run --help\n",
    )


@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13"])
def test_a_session_with_the_wheel_works_on_every_supported_python(
    wheel: Path, api: str, tmp_path: Path, version: str
) -> None:
    requirement = f"aviastack[dbt-duckdb,report] @ {wheel.as_uri()}"
    environment = installed(tmp_path / "venv", requirement, python=python_of(version))
    work = tmp_path / "work"
    work.mkdir()
    mine = {"AVIASTACK_BASE_URL": api, "AVIASTACK_ACCESS_KEY": "simulated", "AVIASTACK_PLAN": "enterprise"}
    for command in (
        ("demo", "--days", "2"),
        ("init", "--plan", "basic", "--partners", "AA,DL", "--budget", "8000"),
        ("doctor", "--call"),
        ("plan", "flights", "--dep-iata", "SFO"),
        ("run", "flights", "--dep-iata", "SFO"),
        ("status",),
        ("query", "SELECT count(*) FROM aviationstack.flights"),
        ("schema", "flights"),
        ("quarantine", "list"),
        ("tune", "--airlines", "AA,DL"),
        ("prune",),
        ("report", "--out", "report.html"),
    ):
        ran = environment.run("aviastack", *command, cwd=work, **mine)
        assert ran.returncode == 0, (command, ran.stderr[-3000:])
    assert (work / "data" / "demo" / "report.html").stat().st_size > 10_000
