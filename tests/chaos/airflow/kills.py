"""Signals to the process of a task, and to the processes of Airflow's components."""

from __future__ import annotations

import os
import signal

import psutil

from tests.chaos.airflow.rounds import Round, TooLate
from tests.chaos.airflow.world import EXTRACT, Strike, World


def process(task: str, number: signal.Signals) -> Strike:
    """Send the signal to the process of a task."""

    def do(round_: Round, _world: World) -> None:
        pid = _at_work(round_, task)
        round_.breaks()
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            raise TooLate from None

    return do


def component(name: str, number: signal.Signals, task: str, *, alone: bool = False) -> Strike:
    """Send the signal to a component while the task runs. A component is started again when it has ended."""

    def do(round_: Round, _world: World) -> None:
        pid = None
        if task == EXTRACT:
            round_.fetching()  # in the triggerer, or on a worker
        else:
            pid = round_.working(task)
        round_.breaks()
        if pid is not None and not psutil.pid_exists(pid):
            raise TooLate
        round_.cluster.strike(name, number, alone=alone)

    return do


def worker(task: str, number: signal.Signals) -> Strike:
    """Send the signal to the main process of the Celery worker that runs the task."""

    def do(round_: Round, _world: World) -> None:
        name = _worker_of(round_, task)
        round_.breaks()
        round_.cluster.strike(name, number, alone=True)

    return do


def machine(task: str) -> Strike:
    """Kill the Celery worker that runs the task with all its processes, and do not start it again."""

    def do(round_: Round, _world: World) -> None:
        name = _worker_of(round_, task)
        round_.breaks()
        round_.cluster.withdraw(name)

    return do


def _worker_of(round_: Round, task: str) -> str:
    try:
        return round_.cluster.worker_of(_at_work(round_, task))
    except LookupError:
        raise TooLate from None


def _at_work(round_: Round, task: str) -> int:
    """Return the process of a task on a worker at a random moment of its work."""
    if task == EXTRACT:
        round_.fetching()
        return round_.process(task)
    return round_.working(task)
