"""An Airflow whose components are processes of their own, each started again when it ends, as systemd or Kubernetes do.

The timeouts after which Airflow takes a silent component for dead are shorter than its defaults, which only delay it.
"""

from __future__ import annotations

import json
import secrets
import shutil
import signal
import subprocess
import threading
import time
import urllib.error
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil

from aviastack.airflow import standalone
from tests.airflow.driving import AIRFLOW, Airflow
from tests.chaos.airflow.places import ACCOUNTS

DAGS = Path(__file__).parents[3] / "dags"
ON_WORKERS = "flight_data_on_workers"
IN_ACCOUNTS = f"flight_data_{ACCOUNTS}"
RESTART = 1.0  # seconds after which a component is started again
TIMEOUTS = {
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "40",  # 300
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "5",  # 10
    "AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT": "60",  # 600
    "AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT_CHECK_INTERVAL": "10",  # 120
    "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "10",  # 300
    "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_THRESHOLD": "30",
    "AIRFLOW__TRIGGERER__TRIGGERER_HEALTH_CHECK_THRESHOLD": "30",
}


class Cluster(Airflow):
    """Airflow's components with the executor; ``variables`` are added to their environment."""

    def __init__(self, home: Path, api: str, database: str, broker: str | None, variables: dict[str, str]) -> None:
        port = standalone.free_port()
        given = standalone.environment(home, api, port, dags=home / "dags")
        given |= TIMEOUTS | {
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": database,
            "AIRFLOW__API_AUTH__JWT_SECRET": secrets.token_hex(32),
            "AIRFLOW__API__SECRET_KEY": secrets.token_hex(32),
            "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
            "AIRFLOW__SCHEDULER__USE_JOB_SCHEDULE": "False",  # a DAG runs only when a round triggers it
            "AVIASTACK_PLAN": "basic",
            "AVIASTACK_CONCURRENCY": "2",
            "AVIASTACK_RETRY_DELAY": "2",
            "AVIASTACK_DBT_EXECUTABLE": shutil.which("true") or "true",  # the marts are not in question here
        }
        components = {"api-server": ["api-server"], "scheduler": ["scheduler"], "triggerer": ["triggerer"]}
        components |= {"dag-processor": ["dag-processor"]}
        if broker is not None:
            given |= {
                "AIRFLOW__CORE__EXECUTOR": "CeleryExecutor",
                "AIRFLOW__CELERY__BROKER_URL": broker,
                "AIRFLOW__CELERY__RESULT_BACKEND": database.replace("postgresql", "db+postgresql"),
            }
            for name in ("worker-1", "worker-2"):
                pid = str(home / f"{name}.pid")
                components[name] = ["celery", "worker", "-H", name, "-c", "2", "--pid", pid]
        super().__init__(home, port, api, given | variables, None)
        self._commands = components
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._lock, self._ended = threading.Lock(), threading.Event()
        self._stopped: set[str] = set()
        self._below: set[psutil.Process] = set()  # of components that were struck alone: some outlive them
        self._watch = threading.Thread(target=self._start_again, daemon=True)

    def start(self) -> None:
        """Start every component and wait until all of them are healthy and know the DAGs."""
        (self.home / "dags").mkdir(parents=True)
        shutil.copy(DAGS / "flight_data.py", self.home / "dags")
        text = (DAGS / "flight_data.py").read_text()
        for given, other in (("deferrable=True", "deferrable=False"), ('named("flight_data"', f'named("{ON_WORKERS}"')):
            assert text.count(given) == 1, given
            text = text.replace(given, other)
        (self.home / "dags" / f"{ON_WORKERS}.py").write_text(text)
        standalone.prepare(self.home, self.variables)
        for name in self._commands:
            self._start(name)
        self._watch.start()
        standalone.PATIENCE = 1_200  # however busy the machine is
        standalone.wait_for(self.port, self._running["api-server"], ("flight_data", ON_WORKERS, IN_ACCOUNTS))

    def stop(self) -> None:
        """End every process of every component."""
        self._ended.set()
        self._watch.join()
        for name in self._running:
            self.strike(name)
        for process in self._below:
            with suppress(psutil.NoSuchProcess):
                process.kill()

    def strike(self, name: str, number: signal.Signals = signal.SIGKILL, *, alone: bool = False) -> None:
        """Send the signal to every process of a component, as when its machine is lost, or to its first one alone."""
        process = self._running[name]
        targets = [psutil.Process(process.pid)] if process.poll() is None else []
        below = [each for target in targets for each in target.children(recursive=True)]
        if alone:
            self._below.update(below)
        else:
            targets += below
        for target in targets:
            with suppress(psutil.NoSuchProcess):
                target.send_signal(number)

    @contextmanager
    def frozen(self, *names: str) -> Iterator[None]:
        """Stop the main processes of components during the ``with`` block: a worker then takes no new task."""
        for name in names:
            self.strike(name, signal.SIGSTOP, alone=True)
        try:
            yield
        finally:
            for name in names:
                self.strike(name, signal.SIGCONT, alone=True)

    def withdraw(self, name: str) -> None:
        """Kill a component with its children, and do not start it again: its machine is lost."""
        with self._lock:
            self._stopped.add(name)
            self.strike(name)

    def give_back(self) -> None:
        """Start the components again that were withdrawn."""
        with self._lock:
            self._stopped.clear()

    def ask(self, path: str, body: Any = None, method: str | None = None) -> Any:
        """Ask Airflow's API; wait while it is down."""
        until = time.monotonic() + 300
        while True:
            try:
                return super().ask(path, body, method)
            except urllib.error.HTTPError as error:
                if error.code < 500 or time.monotonic() > until:
                    raise RuntimeError(f"{path}: {error.code} {error.read()[:500]!r}") from error
            except OSError:
                if time.monotonic() > until:
                    raise
            time.sleep(0.5)

    def worker_of(self, pid: int) -> str:
        """Return the component below which a process runs."""
        for name, process in self._running.items():
            with suppress(psutil.NoSuchProcess):
                if pid in {each.pid for each in psutil.Process(process.pid).children(recursive=True)}:
                    return name
        raise LookupError(f"process {pid} has ended")

    def _start(self, name: str) -> None:
        (self.home / f"{name}.pid").unlink(missing_ok=True)
        variables = dict(self.variables)
        if name.startswith("worker"):
            variables["AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT"] = str(standalone.free_port())
        with (self.home / f"{name}.log").open("ab") as log:
            self._running[name] = subprocess.Popen(
                [AIRFLOW, *self._commands[name]], env=variables, stdout=log, stderr=log, start_new_session=True
            )

    def _start_again(self) -> None:
        while not self._ended.wait(0.2):
            with self._lock:
                down = [name for name, process in self._running.items() if process.poll() is not None]
                down = [name for name in down if name not in self._stopped]
            if down and not self._ended.wait(RESTART):
                with self._lock:
                    for name in down:
                        self._start(name)


def log_lines(home: Path, run: str) -> list[tuple[str, dict[str, Any]]]:
    """Return the lines of a run's task logs, each with its task, in order of time."""
    _, dag, _, run_id = run.split("/")
    folder = home / "logs" / f"dag_id={dag}" / f"run_id={run_id}"
    found = []
    for path in folder.rglob("*.log"):
        task = path.relative_to(folder).parts[0].removeprefix("task_id=")
        for line in path.read_text(errors="replace").splitlines():
            with suppress(json.JSONDecodeError):
                found.append((task, json.loads(line)))
    return sorted(found, key=lambda line: str(line[1].get("timestamp")))
