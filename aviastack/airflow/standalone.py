"""``make airflow``: Airflow on this machine with our DAGs, a simulated API and DuckDB, and nothing to configure.

Everything it writes lies in ``./.airflow``; every server listens on 127.0.0.1 alone. Ctrl-C ends all of it.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path

import typer

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
PATIENCE = 180  # seconds for Airflow to come up


def main() -> None:
    """Start the simulator and ``airflow standalone``, and say where the UI is."""
    home = Path(".airflow").absolute()
    port = _free_port(preferred=8080)
    with running_simulator(flights_a_day=30_000) as api:
        variables = environment(home, api, port, dags=Path("dags").absolute())
        prepare(home, variables)
        with subprocess.Popen(["airflow", "standalone"], env=variables) as airflow:  # noqa: S607 - of our environment
            try:
                _announce(f"http://127.0.0.1:{port}", api, home, ready=_is_up(port, airflow))
                airflow.wait()
            except KeyboardInterrupt:
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
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "AIRFLOW__CORE__TEST_CONNECTION": "Enabled",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{port}/execution/",
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__BASE_URL": f"http://127.0.0.1:{port}",
        "AIRFLOW__API__WORKERS": "1",
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
    }


def prepare(home: Path, variables: Mapping[str, str]) -> None:
    """Make Airflow's database and the pools."""
    home.mkdir(parents=True, exist_ok=True)
    pools = home / "pools.json"
    pools.write_text(json.dumps(POOLS))
    for command in (["db", "migrate"], ["pools", "import", str(pools)]):
        subprocess.run(["airflow", *command], env=variables, check=True, stdout=subprocess.DEVNULL)  # noqa: S603, S607


def is_healthy(port: int) -> bool:
    """Whether the server answers and scheduler, triggerer and DAG processor are alive."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v2/monitor/health", timeout=5) as answer:
            health = json.load(answer)
    except (urllib.error.URLError, OSError):
        return False
    return all(
        (health.get(part) or {}).get("status") == "healthy" for part in ("scheduler", "triggerer", "dag_processor")
    )


def _is_up(port: int, airflow: subprocess.Popen[bytes]) -> bool:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and airflow.poll() is None:
        if is_healthy(port):
            return True
        time.sleep(1)
    return False


def _announce(ui: str, api: str, home: Path, *, ready: bool) -> None:
    typer.echo(
        f"\nAirflow {'is ready' if ready else 'is still starting'}: {ui}\n"
        "  login      none is asked: whoever is on this machine is its admin\n"
        f"  API        {api}, simulated\n"
        f"  warehouse  {home / 'data' / 'aviastack.duckdb'}\n"
        "  DAGs       flight_data has started with the last day; reference_data and flight_backfill wait for you\n"
        "  Ctrl-C ends it.\n",
        err=True,
    )


def _free_port(preferred: int) -> int:
    for port in (preferred, 0):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise AssertionError("port 0 always binds")


if __name__ == "__main__":
    main()
