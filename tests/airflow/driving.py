"""A running Airflow, driven and looked at through its REST API."""

from __future__ import annotations

import json
import sys
import time
import urllib.request
from collections import Counter
from pathlib import Path

import psutil

from aviastack.airflow import standalone

AIRFLOW = str(Path(sys.executable).with_name("airflow"))
PATIENCE = 1_200  # seconds: it ends a hang, however busy the machine is


class Airflow:
    """A running Airflow and the simulated API that it asks."""

    def __init__(self, home, port, api, variables, process):
        self.home, self.port, self.api, self.variables, self.process = home, port, api, variables, process

    def asked(self):
        return int(self.stats()["requests"])

    def stats(self):
        """Return what the simulated API counted."""
        with urllib.request.urlopen(self.api.removesuffix("/v1") + "/_sim/stats") as answer:
            return json.load(answer)

    def ask(self, path, body=None, method=None):
        root = f"http://127.0.0.1:{self.port}"
        with urllib.request.urlopen(f"{root}/auth/token") as answer:
            headers = {
                "Authorization": f"Bearer {json.load(answer)['access_token']}",
                "Content-Type": "application/json",
            }
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(
            urllib.request.Request(f"{root}/api/v2/{path}", data, headers, method=method), timeout=PATIENCE
        ) as answer:
            return json.load(answer)

    def trigger(self, dag="flight_data", logical_date=None, **conf):
        """Trigger a DAG as a person would: without a logical date it has no interval and no deadline."""
        run = self.ask(f"dags/{dag}/dagRuns", {"logical_date": logical_date, "conf": conf})
        return f"dags/{dag}/dagRuns/{run['dag_run_id']}"

    def ended(self, run, patience=PATIENCE):
        """Wait for the run to end and return its state."""
        until = time.monotonic() + patience
        while (state := self.ask(run)["state"]) in ("queued", "running"):
            assert time.monotonic() < until, (self.states(run), self.log())
            time.sleep(1)
        return state

    def clear(self, run, *tasks):
        """Clear tasks of a run and all tasks downstream of them, as the button of the UI does."""
        _, dag, _, run_id = run.split("/")
        body = {"dag_run_id": run_id, "task_ids": tasks, "include_downstream": True, "dry_run": False}
        self.ask(f"dags/{dag}/clearTaskInstances", body | {"only_failed": False})

    def states(self, run):
        """Return how many instances of each task are in which state."""
        instances = self.instances(run)
        return {
            task: Counter(i["state"] for i in instances if i["task_id"] == task)
            for task in {i["task_id"] for i in instances}
        }

    def instances(self, run):
        return self.ask(f"{run}/taskInstances?limit=100")["task_instances"]

    def log(self):
        return (self.home / standalone.LOG).read_text(errors="replace")[-5000:]

    def triggerer(self):
        """Return the triggerer's process and those below it."""
        below = psutil.Process(self.process.pid).children(recursive=True)
        supervisor = next(process for process in below if _is_triggerer(process))
        return [supervisor, *supervisor.children(recursive=True)]


def _is_triggerer(process: psutil.Process) -> bool:
    try:
        return process.cmdline()[-2:] == [AIRFLOW, "triggerer"]
    except (psutil.NoSuchProcess, psutil.ZombieProcess):  # a process that ended since it was listed
        return False
