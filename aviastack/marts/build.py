"""Building the marts: dbt, in its own process, against the warehouse that ``AVIASTACK_WAREHOUSE`` names.

The project ships with the package; what dbt writes (target, logs) goes to the state folder, so that an installed
package stays as it is. dbt runs apart because it keeps global state and takes over logging.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from importlib import metadata
from pathlib import Path
from shutil import which

from aviastack.errors import AviastackError, BadRequest, MartsFailed, WarehouseUnavailable
from aviastack.marts.dbt_profile import dbt_environment
from aviastack.settings import Settings

_LONGEST_BUILD = 24 * 60 * 60  # seconds
_CANCEL_SECONDS = 30  # for an interrupted dbt to cancel what it runs in the warehouse
_RESULTS = "run_results.json"
_LONGEST = 2_000
"""Characters of dbt's own words that an error carries."""


def build_marts(settings: Settings, *, select: Sequence[str] = (), full_refresh: bool = False) -> None:
    """Build the marts and test their data; ``select`` takes dbt's selectors, such as ``+fct_flights``.

    Incremental: only the flight dates that loads have touched are computed again, unless ``full_refresh``. Raises
    :class:`BadRequest` if dbt is missing, cannot sign in that way, or nothing was loaded yet,
    :class:`WarehouseUnavailable` if the warehouse can't be opened, and :class:`MartsFailed` with dbt's own message
    when a model or a test fails.
    """
    dbt = _command(settings)
    environment = dbt_environment(settings)
    complete_sources(settings)
    arguments = ["build", "--exclude-resource-type", "unit_test"]
    arguments += ["--select", *select] if select else []
    arguments += ["--full-refresh"] if full_refresh else []
    _run([*dbt, "--quiet", *arguments], settings, environment)


def _command(settings: Settings) -> list[str]:
    """Return the command that starts dbt: of the executable that is set, else of this environment."""
    if settings.dbt_executable is None:
        dbt_version()
        return [sys.executable, "-m", "dbt.cli.main"]
    if (found := which(settings.dbt_executable)) is None:
        raise BadRequest(
            f"AVIASTACK_DBT_EXECUTABLE is '{settings.dbt_executable}', which is not an executable file.",
            remedy="Set it to the dbt of an environment with dbt-core and the adapter, for example "
            "/opt/dbt/bin/dbt, or unset it.",
        )
    return [found]


def dbt_in_use(settings: Settings) -> str:
    """Return the dbt that builds the marts, for a person to read. Raises :class:`BadRequest` if it is missing."""
    return f"dbt {dbt_version()}" if settings.dbt_executable is None else _command(settings)[0]


def dbt_version() -> str:
    """Return dbt's version. Raises :class:`BadRequest` with the remedy if dbt is not installed."""
    try:
        return metadata.version("dbt-core")
    except metadata.PackageNotFoundError:
        raise BadRequest(
            "The marts are built by dbt, which is not installed.",
            remedy="Install it: pip install 'aviastack[dbt-duckdb]', or 'aviastack[dbt]' for Snowflake too.",
        ) from None


def project_folder() -> Path:
    """Return the dbt project: in the installed package, or beside the package in a clone."""
    package = Path(__file__).parents[1]
    shipped = package / "dbt_project"
    return shipped if shipped.is_dir() else package.parent / "dbt"


def complete_sources(settings: Settings) -> None:
    """Create the tables that dbt's sources name and the warehouse lacks, as every load does.

    A warehouse that an older version of aviastack loaded may lack some. They belong to the loader, so they are created
    with its sign-in, and only if dbt's finds one missing. Raises :class:`BadRequest` if nothing was loaded yet.
    """
    from aviastack.warehouse.evolution import create_missing, exists, missing_tables
    from aviastack.warehouse.open_warehouse import open_warehouse
    from aviastack.warehouse.tables import LOADS

    with open_warehouse(settings, as_dbt=True) as warehouse:
        if not exists(warehouse, LOADS):
            raise BadRequest(
                f"Nothing has been loaded into {settings.warehouse} yet, or dbt's role may not read it.",
                remedy="Load flights first, for instance: aviastack run flights --date 2026-11-21 --airline-iata AA",
            )
        missing = missing_tables(warehouse)
    if missing:
        with open_warehouse(settings) as warehouse:
            create_missing(warehouse)


def _run(command: Sequence[str], settings: Settings, environment: Mapping[str, str]) -> None:
    work = (settings.state / "dbt").absolute()
    target = work / "target"
    settings.state.mkdir(mode=0o700, parents=True, exist_ok=True)
    target.mkdir(parents=True, exist_ok=True)
    (target / _RESULTS).unlink(missing_ok=True)
    project = str(project_folder())
    folders = ["--project-dir", project, "--profiles-dir", project, "--target-path", str(target)]
    code, output = _ended([*command, *folders, "--log-path", str(work / "logs")], environment)
    if code:
        raise _failure(settings, work, output)


def _ended(command: Sequence[str], environment: Mapping[str, str]) -> tuple[int, str]:
    """Run dbt and return its exit code and output. If this process is interrupted, dbt cancels its statements."""
    with subprocess.Popen(  # noqa: S603 - arguments that no shell reads
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        process_group=0,  # Ctrl-C would reach dbt twice, and the second one ends it before it has cancelled
    ) as dbt:
        try:
            output, _ = dbt.communicate(timeout=_LONGEST_BUILD)  # without a limit it reads blindly and misses Ctrl-C
        except BaseException:
            _interrupt(dbt)
            raise
    return dbt.returncode, output


def _interrupt(dbt: subprocess.Popen[str]) -> None:
    dbt.send_signal(signal.SIGINT)
    try:
        dbt.communicate(timeout=_CANCEL_SECONDS)
    except subprocess.TimeoutExpired:
        dbt.kill()


def _failure(settings: Settings, work: Path, output: str) -> AviastackError:
    failed = list(_failed(work / "target" / _RESULTS))
    if failed:
        causes = "; ".join(failed)[:_LONGEST]
        return MartsFailed(
            f"dbt could not build the marts: {causes}.", remedy=f"Its log is {work / 'logs' / 'dbt.log'}."
        )
    return WarehouseUnavailable(
        f"dbt could not open {settings.warehouse} or read its project: {output.strip()[-_LONGEST:]}",
        remedy="Close what holds the warehouse, or fix its address, and build again.",
    )


def _failed(results: Path) -> Iterator[str]:
    """Yield each failed node and the warehouse's message about it."""
    if results.is_file():
        for result in json.loads(results.read_bytes())["results"]:
            if result["status"] in ("error", "fail"):
                yield f"{result['unique_id'].split('.')[2]}: {' '.join((result['message'] or '').split())}"
