"""``make airflow``: Airflow on this machine with our DAGs, a simulated API and DuckDB, without configuration.

It runs a week of simulated history. The simulator answers once with an empty list, so one slice fails its quality
check and waits for its task to be cleared, as it would for an on-call engineer. All files are in ``./.airflow``. The
UI, its API and the simulator listen on 127.0.0.1 only; Airflow's two log servers, which answer only requests signed
by Airflow, listen where Airflow puts them.
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
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from signal import SIGHUP, SIGKILL, SIGTERM, signal
from types import MappingProxyType
from typing import IO, Any

import typer

from aviastack.errors import AviastackError, StagingUnavailable
from aviastack.simulator import running_simulator

STARTED = ("flight_data", "flight_backfill")  # reference_data stays paused
PATIENCE = 300  # seconds for Airflow to start
ANSWER = 300  # seconds for one answer of Airflow, which ends a hang
GRACE = 15  # seconds for Airflow to end
LOOK = 0.5  # seconds between two polls of Airflow
LOG = "standalone.log"
HISTORY = timedelta(days=7)
KEY = "simulated"
SIMULATOR = MappingProxyType({"flights_per_day": 30_000, "latency": 0.5, "faults": "empty@0=1", "key": KEY})
"""Responses take as long as the real API's. The first list is empty, so one slice fails its quality check. Any other
key is rejected, so that a failed extraction can be tried out."""


def main() -> None:
    """Start everything, run a week of simulated history, and wait for Ctrl-C."""
    serve(Path(".airflow").absolute(), Path("dags").absolute(), free_port(preferred=8080), ready=run_history)


def serve(
    home: Path,
    dags: Path,
    port: int,
    *,
    simulator: Mapping[str, Any] = SIMULATOR,
    variables: Mapping[str, str] = MappingProxyType({}),
    ready: Callable[[int], None] = lambda _: None,
) -> None:
    """Run the simulator and Airflow until Ctrl-C, and print where the UI is.

    ``variables`` are added to Airflow's environment. ``ready`` is called with the port while the DAGs are still paused.
    """
    with running_simulator(**simulator) as api:
        given = {**environment(home, api, port, dags=dags), **variables}
        typer.echo("Airflow is starting; this takes about a minute.", err=True)
        prepare(home, given)
        with suppress(KeyboardInterrupt), running_airflow(home, given) as airflow:
            try:
                wait_for(port, airflow)
                ready(port)
                unpause(port)
            except AviastackError as error:
                error.remedy = f"Its log is {home / LOG}."
                raise
            _announce(f"http://127.0.0.1:{port}", api, home)
            while airflow.poll() is None:
                time.sleep(LOOK)  # waiting for the process would block Ctrl-C: polars installs its own handler
            typer.echo(f"Airflow ended; see {home / LOG}.", err=True)


def run_history(port: int) -> None:
    """Have Airflow run ``flight_data`` for the last week, one run after another; a history under way goes on.

    For paused DAGs only: on SQLite, a scheduler that runs them while a backfill is created may end with an error.
    Raises :class:`AviastackError` if Airflow refuses the backfill.
    """
    earlier = _request(port, "backfills?dag_id=flight_data")["backfills"]
    if any(backfill["completed_at"] is None for backfill in earlier):
        return
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    week = {"from_date": today - HISTORY, "to_date": today - timedelta(days=1)}
    _request(
        port,
        "backfills",
        {
            "dag_id": "flight_data",
            "max_active_runs": 1,
            "dag_run_conf": {"airlines": ["AA"]},
            **{name: f"{day:%Y-%m-%dT%H:%M:%SZ}" for name, day in week.items()},
        },
    )


@contextmanager
def running_airflow(home: Path, variables: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """Run ``airflow standalone`` during the ``with`` block; all of its processes end with it.

    Raises :class:`StagingUnavailable` if one already runs in the folder.
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
    """Lock the folder by its log, which every process of that Airflow keeps open, and truncate the log."""
    try:
        fcntl.flock(log, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise StagingUnavailable(
            f"An Airflow is already running and writes {log.name}.",
            remedy="Use it or end it: two would share one database.",
        ) from None
    log.truncate(0)


def _end(airflow: subprocess.Popen[bytes]) -> None:
    """End the process and its children. A triggerer without its server is known to hang, so it is killed in the end."""
    for ending in (SIGTERM, SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(airflow.pid, ending)
        with suppress(subprocess.TimeoutExpired):
            airflow.wait(GRACE)
    airflow.wait()


def environment(home: Path, api: str, port: int, *, dags: Path) -> dict[str, str]:
    """Return the variables that confine Airflow and aviastack to ``home``, the simulator and this machine."""
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
        "AVIASTACK_ACCESS_KEY": KEY,
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
    """Create Airflow's database and the pools. Raises :class:`AviastackError` with what Airflow wrote last."""
    home.mkdir(parents=True, exist_ok=True)
    pools = Path(__file__).with_name("pools.json")
    for command in (["db", "migrate"], ["pools", "import", str(pools)]):
        ran = subprocess.run(["airflow", *command], env=variables, check=False, capture_output=True, text=True)  # noqa: S603, S607
        if ran.returncode:
            raise AviastackError(
                f"'airflow {' '.join(command)}' failed with exit code {ran.returncode}:\n{ran.stderr[-2000:].strip()}",
                remedy=f"\nIf {home} is from another version of Airflow, remove it.",
            )


def wait_for(port: int, airflow: subprocess.Popen[bytes], dags: Sequence[str] = STARTED) -> None:
    """Wait until every component of Airflow is healthy and knows the DAGs. Raises :class:`AviastackError` otherwise."""
    until = time.monotonic() + PATIENCE
    missing = _missing(port, dags)
    while missing:
        if airflow.poll() is not None:
            raise AviastackError(f"Airflow ended with exit code {airflow.returncode} while it was starting.")
        if time.monotonic() > until:
            raise AviastackError(f"Airflow has not started within {PATIENCE} s. Missing: {', '.join(missing)}.")
        time.sleep(1)
        missing = _missing(port, dags)


def unpause(port: int, dags: Sequence[str] = STARTED) -> None:
    """Let the DAGs run. A task that starts before the server answers would fail and wait for its retry.

    Raises :class:`AviastackError` if Airflow refuses.
    """
    for dag in dags:
        _request(port, f"dags/{dag}", {"is_paused": False}, "PATCH")


def free_port(preferred: int = 0) -> int:
    """Return ``preferred`` if it is free, else another free port."""
    for port in (preferred, 0):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise AssertionError("port 0 always binds")


def _missing(port: int, dags: Sequence[str]) -> list[str]:
    """Return the components that are not healthy and the DAGs that are not known; all of them if nothing answers."""
    parts = ("scheduler", "triggerer", "dag_processor")
    try:
        health = _request(port, "monitor/health")
    except AviastackError:
        return [*parts, *dags]
    return [*(part for part in parts if (health.get(part) or {}).get("status") != "healthy"), *_unknown(port, dags)]


def _unknown(port: int, dags: Sequence[str]) -> Iterator[str]:
    for dag in dags:
        try:
            _request(port, f"dags/{dag}")
        except AviastackError:
            yield dag


def _request(port: int, path: str, sent: dict[str, Any] | None = None, method: str = "POST") -> dict[str, Any]:
    """Return the response of Airflow's API to a GET or, with a body to send, to ``method``.

    Raises :class:`AviastackError` if it refuses the request or does not answer. What it refuses only because SQLite is
    locked, with HTTP 503, is sent again.
    """
    root = f"http://127.0.0.1:{port}"
    body, method = (None, "GET") if sent is None else (json.dumps(sent).encode(), method)
    until = time.monotonic() + ANSWER
    while True:
        try:
            return _answer(root, path, body, method)
        except urllib.error.HTTPError as error:
            if error.code == HTTPStatus.SERVICE_UNAVAILABLE and time.monotonic() < until:
                time.sleep(LOOK)
                continue
            said = error.read(1000).decode(errors="replace")
            raise AviastackError(f"Airflow answered {method} {path} with HTTP {error.code}: {said}") from error
        except OSError as error:
            raise AviastackError(f"Airflow did not answer {method} {path}: {error}.") from error


def _answer(root: str, path: str, body: bytes | None, method: str) -> dict[str, Any]:
    with urllib.request.urlopen(f"{root}/auth/token", timeout=ANSWER) as answer:  # noqa: S310 - http
        headers = {"Authorization": f"Bearer {json.load(answer)['access_token']}", "Content-Type": "application/json"}
    request = urllib.request.Request(f"{root}/api/v2/{path}", body, headers, method=method)  # noqa: S310 - http
    with urllib.request.urlopen(request, timeout=ANSWER) as answer:  # noqa: S310 - http
        received: dict[str, Any] = json.load(answer)
        return received


def _announce(ui: str, api: str, home: Path) -> None:
    typer.echo(
        f"\nAirflow is ready: {ui}\n"
        "  login      not needed: every user of this machine is admin\n"
        f"  API        {api}, simulated\n"
        f"  warehouse  {home / 'data' / 'aviastack.duckdb'}\n"
        f"  log        {home / LOG}\n"
        "  DAGs       flight_data runs its last day and a week of history; flight_backfill can be triggered\n"
        "  failure    one slice fails its quality check, because the simulator answers once with an empty list: read\n"
        "             the log of check_data_quality, clear that slice's extract_flight_data with all downstream\n"
        "             tasks, and the run turns green; a connection with a wrong key makes an extraction fail\n"
        "Ctrl-C ends it.",
        err=True,
    )


def _interrupted(number: int, _frame: object) -> None:
    raise KeyboardInterrupt(number)


if __name__ == "__main__":
    for ending in (SIGTERM, SIGHUP):  # closing the terminal ends Airflow too, whose processes have their own group
        signal(ending, _interrupted)
    try:
        main()
    except AviastackError as error:
        typer.echo(str(error), err=True)
        sys.exit(error.exit_code)
