"""``make airflow``: Airflow on this machine with our DAGs, a simulated API and DuckDB, and nothing to configure.

Everything it writes lies in ``./.airflow``. The UI, its API and the simulator listen on 127.0.0.1 alone; Airflow's two
log servers, which answer only requests that Airflow has signed, listen where Airflow puts them.
"""

from __future__ import annotations

import fcntl
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from signal import SIGHUP, SIGKILL, SIGTERM, signal
from typing import IO, Any

import typer

from aviastack.errors import AviastackError, StagingUnavailable
from aviastack.simulator import running_simulator

POOLS = {
    "aviationstack_api": {
        "slots": 2,
        "description": "Slices fetched at once; a deferred one counts",
        "include_deferred": True,
    },
    "aviastack_warehouse": {
        "slots": 1,
        "description": "DuckDB lets one process in at a time",
        "include_deferred": False,
    },
}
STARTED = ("flight_data", "flight_backfill")  # reference_data waits until somebody unpauses it
PATIENCE = 300  # seconds for Airflow to come up
GRACE = 15  # seconds for Airflow to end
LOOK = 0.5  # seconds between two looks at Airflow
LOG = "standalone.log"
LATENCY = 0.5  # seconds an answer of the simulated API takes, as the real one's do


def main() -> None:
    """Start the simulator and ``airflow standalone``, and say where the UI is."""
    home = Path(".airflow").absolute()
    port = free_port(preferred=8080)
    with running_simulator(flights_per_day=30_000, latency=LATENCY) as api:
        variables = environment(home, api, port, dags=Path("dags").absolute())
        typer.echo("Airflow is starting; this takes a minute.", err=True)
        prepare(home, variables)
        with suppress(KeyboardInterrupt), running_airflow(home, variables) as airflow:
            wait_for(port, airflow)
            _announce(f"http://127.0.0.1:{port}", api, home)
            while airflow.poll() is None:
                time.sleep(LOOK)  # polars' own handler of Ctrl-C leaves a wait for a process asleep
            typer.echo(f"Airflow ended; see {home / LOG}.", err=True)


@contextmanager
def running_airflow(home: Path, variables: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """Run ``airflow standalone`` while the block lasts; all of its processes end with it.

    Raises :class:`StagingUnavailable` where one runs in the folder already.
    """
    with (home / LOG).open("ab") as log:
        _hold(log)
        airflow = subprocess.Popen(
            ["airflow", "standalone"],  # noqa: S607 - the one beside this Python
            env=variables,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            yield airflow
        finally:
            _end(airflow)


def _hold(log: IO[bytes]) -> None:
    """Hold the folder by its log, which every process of that Airflow has open, and empty it."""
    try:
        fcntl.flock(log, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise StagingUnavailable(
            f"An Airflow runs already and writes {log.name}.",
            remedy="Use it or end it: two would share one database.",
        ) from None
    log.truncate(0)


def _end(airflow: subprocess.Popen[bytes]) -> None:
    """End the process and its children; a triggerer without its server is known to hang, so patience has an end."""
    for ending in (SIGTERM, SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(airflow.pid, ending)
        with suppress(subprocess.TimeoutExpired):
            airflow.wait(GRACE)
    airflow.wait()


def environment(home: Path, api: str, port: int, *, dags: Path) -> dict[str, str]:
    """Return the variables that make Airflow and aviastack keep to ``home``, the simulator and this machine."""
    beside_python = str(Path(sys.executable).parent)
    return os.environ | {
        "PATH": f"{beside_python}{os.pathsep}{os.environ['PATH']}",
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(dags),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__PARALLELISM": "4",
        "AIRFLOW__CORE__TEST_CONNECTION": "Enabled",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{port}/execution/",
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__BASE_URL": f"http://127.0.0.1:{port}",
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(free_port()),
        "AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT": str(free_port()),
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        "AVIASTACK_BASE_URL": api,
        "AVIASTACK_ACCESS_KEY": "simulated",
        "AVIASTACK_PLAN": "enterprise",
        "AVIASTACK_PACE": "off",
        "AVIASTACK_STAGING": str(home / "data" / "staging"),
        "AVIASTACK_WAREHOUSE": f"duckdb:///{home / 'data' / 'aviastack.duckdb'}",
        "AVIASTACK_STATE": str(home / "data" / "state"),
        "AVIASTACK_API_POOL": "aviationstack_api",
        "AVIASTACK_WAREHOUSE_POOL": "aviastack_warehouse",
        "AVIASTACK_EXTRACTS_AT_ONCE": "2",
        "AVIASTACK_RETRY_DELAY": "10",
    }


def prepare(home: Path, variables: Mapping[str, str]) -> None:
    """Make Airflow's database and the pools."""
    home.mkdir(parents=True, exist_ok=True)
    pools = home / "pools.json"
    pools.write_text(json.dumps(POOLS))
    for command in (["db", "migrate"], ["pools", "import", str(pools)]):
        subprocess.run(["airflow", *command], env=variables, check=True, capture_output=True)  # noqa: S603, S607


def wait_for(port: int, airflow: subprocess.Popen[bytes], dags: Sequence[str] = STARTED) -> None:
    """Wait until every part of Airflow is alive and knows the DAGs, then let these run.

    Not before: a task that starts while the server does not answer yet fails, and waits for its retry.
    """
    until = time.monotonic() + PATIENCE
    while not _is_healthy(port):
        if airflow.poll() is not None or time.monotonic() > until:
            raise typer.Exit(code=1)
        time.sleep(1)
    for dag in dags:
        while time.monotonic() < until and _asked(port, f"dags/{dag}", {"is_paused": False}) is None:
            time.sleep(1)


def free_port(preferred: int = 0) -> int:
    """Return ``preferred`` where nobody listens there, else a port that is free."""
    for port in (preferred, 0):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise AssertionError("port 0 always binds")


def _is_healthy(port: int) -> bool:
    health = _asked(port, "monitor/health") or {}
    parts = ("scheduler", "triggerer", "dag_processor")
    return all((health.get(part) or {}).get("status") == "healthy" for part in parts)


def _asked(port: int, path: str, patch: dict[str, Any] | None = None) -> dict[str, Any] | None:
    """Ask Airflow's API, or change something through it; None where it does not answer or knows no such thing."""
    root = f"http://127.0.0.1:{port}"
    try:
        with urllib.request.urlopen(f"{root}/auth/token", timeout=5) as answer:  # noqa: S310 - http
            headers = {
                "Authorization": f"Bearer {json.load(answer)['access_token']}",
                "Content-Type": "application/json",
            }
        body, method = (None, "GET") if patch is None else (json.dumps(patch).encode(), "PATCH")
        request = urllib.request.Request(f"{root}/api/v2/{path}", body, headers, method=method)  # noqa: S310 - http
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - http
            told: dict[str, Any] = json.load(answer)
            return told
    except (urllib.error.URLError, OSError):
        return None


def _announce(ui: str, api: str, home: Path) -> None:
    typer.echo(
        f"\nAirflow is ready: {ui}\n"
        "  login      none is asked: whoever is on this machine is its admin\n"
        f"  API        {api}, simulated\n"
        f"  warehouse  {home / 'data' / 'aviastack.duckdb'}\n"
        f"  log        {home / LOG}\n"
        "  DAGs       flight_data starts with its last day; trigger flight_backfill, unpause reference_data\n"
        "Ctrl-C ends it.",
        err=True,
    )


def _interrupted(number: int, _frame: object) -> None:
    raise KeyboardInterrupt(number)


if __name__ == "__main__":
    for ending in (SIGTERM, SIGHUP):  # a terminal that is closed ends Airflow too, whose processes have their own group
        signal(ending, _interrupted)
    try:
        main()
    except AviastackError as error:
        typer.echo(str(error), err=True)
        sys.exit(error.exit_code)
