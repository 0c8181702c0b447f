"""One run of a DAG in which one thing is killed or broken, and what that cost."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import count
from random import Random
from typing import Any

from aviastack.slices import Slice
from tests.chaos.airflow.cluster import Cluster, log_lines
from tests.chaos.airflow.places import Place
from tests.chaos.commands import Place as Page
from tests.chaos.commands import Round as Command
from tests.chaos.commands import total

LONGEST = 600.0  # seconds after which a run counts as hanging
DATES = 1  # of a run
OPEN = ("queued", "running")
OVER = ("success", "failed", "up_for_retry")
IGNORED = "Skipping masking for a secret"  # Airflow's warning about the emulated Snowflake's protocol
LOOK = 0.25  # seconds between two looks
_days = count()


class TooLate(Exception):
    """What was to be killed had ended."""


@dataclass
class Row:
    """What a break cost: rows, pages, calls made again that were under way, and the time until the run's success."""

    title: str
    lost: int = 0
    doubled: int = 0
    paid_twice: int = 0
    under_way: int = 0
    alone: bool = True
    seconds: float = 0.0
    first_line: str = ""
    tries: dict[str, int] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)

    @property
    def bad(self) -> bool:
        """Whether something was lost, doubled or paid twice, or the run did not succeed."""
        return bool(self.lost or self.doubled or self.paid_twice or self.failures)


class Round:
    """A run of a DAG over dates of a partner that no other round has."""

    def __init__(self, cluster: Cluster, place: Place, dag: str, random: Random, lasts: dict[str, float]) -> None:
        self.cluster, self.random = cluster, random
        self._place = place
        self._beside: list[Round] = []
        self._dag, self._days, self._lasts = dag, _fresh_dates(), lasts
        self._slices = [Slice.of("flights", {"flight_date": day, "airline_iata": "UA"}) for day in self._days]
        self._api = Command([], self._slices, cluster.api, {"AVIASTACK_STAGING": place.staging}, place.rows)
        self._run = ""
        self._broken_at = time.time()
        self._before: set[Page] = set()
        self._asked: dict[Page, int] = {}

    def begin(self) -> None:
        """Trigger the run."""
        self._run = self.cluster.trigger(self._dag, dates=self._days, airlines=["UA"])

    def beside(self) -> None:
        """Trigger a second run of the DAG, whose end and cost count with this one's."""
        other = Round(self.cluster, self._place, self._dag, self.random, self._lasts)
        other.begin()
        self._beside.append(other)

    def fetching(self) -> None:
        """Wait until a random number of pages is in the journal."""
        wanted = self.random.randint(1, 8)
        self.until(lambda: len(self._api.journalled()) >= wanted)

    def working(self, task: str) -> int:
        """Wait until an instance of the task runs, and for a random part of its usual time; return its process."""
        process = self.process(task)
        time.sleep(self.random.uniform(0, self._lasts.get(task, 1.0)))
        return process

    def process(self, task: str) -> int:
        """Wait until an instance of the task runs on a worker, and return its process."""
        found: list[dict[str, Any]] = []

        def runs() -> bool:
            found[:] = [
                instance
                for instance in self.cluster.instances(self._run)
                if instance["task_id"] == task and instance["state"] == "running" and instance["pid"]
            ]
            return bool(found)

        self.until(runs)
        return int(found[0]["pid"])

    def struck(self, *states: str) -> None:
        """Wait until an instance of a task has one of the states: the outage was noticed."""
        wanted = states or ("up_for_retry", "failed")
        self.until(lambda: any(i["state"] in wanted for i in self.cluster.instances(self._run)))

    def over(self, task: str) -> None:
        """Wait until no instance of the task runs or is to run."""
        self.until(lambda: all(i["state"] in OVER for i in self.cluster.instances(self._run) if i["task_id"] == task))

    def breaks(self) -> None:
        """Remember what is kept and paid for: the next statement breaks something."""
        for round_ in (self, *self._beside):
            round_._before, round_._asked = round_._api.journalled(), round_._api.requested()
            round_._broken_at = time.time()

    def finish(self, title: str) -> Row:
        """Wait for the run's end, clear failed tasks as the on-call would, and count."""
        row = Row(title)
        rounds = (self, *self._beside)
        for round_ in rounds:
            round_._end(row)
        row.seconds = time.time() - self._broken_at
        row.first_line = next(filter(None, (round_._first_line() for round_ in rounds)), "")
        for round_ in rounds:
            round_._count(row)
        return row

    def lasted(self) -> dict[str, float]:
        """Return how long each task ran."""
        return {i["task_id"]: float(i["duration"] or 0) for i in self.cluster.instances(self._run)}

    def _end(self, row: Row) -> None:
        """Wait for success."""
        state = self.cluster.ended(self._run, LONGEST)
        if state != "success":
            row.alone = False
            self._clear()
            if (state := self.cluster.ended(self._run, LONGEST)) != "success":
                row.failures.append(f"{state} after its failed tasks were cleared: {self.cluster.states(self._run)}")

    def _count(self, row: Row) -> None:
        requested, journalled = self._api.requested(), self._api.journalled()
        again = [place for place in self._before if requested.get(place, 0) > self._asked.get(place, 0)]
        row.paid_twice += len(again)
        row.under_way += sum(requested.values()) - len(requested) - len(again)
        row.lost += len(self._before - journalled)
        for slice_ in self._slices:
            rows, keys = self._place.rows(slice_)
            row.lost += max(0, total(self.cluster.api, slice_) - keys)
            row.doubled += rows - keys
        for instance in self.cluster.instances(self._run):
            if instance["try_number"] > 1:
                task = instance["task_id"]
                row.tries[task] = max(row.tries.get(task, 0), instance["try_number"])

    def _clear(self) -> None:
        _, dag, _, run_id = self._run.split("/")
        failed = sorted({i["task_id"] for i in self.cluster.instances(self._run) if i["state"] == "failed"})
        body = {"dag_run_id": run_id, "task_ids": failed, "include_downstream": True, "only_failed": True}
        self.cluster.ask(f"dags/{dag}/clearTaskInstances", body | {"dry_run": False})

    def _first_line(self) -> str:
        """Return the first error, else the first warning, that the logs of the run's tasks had after the break."""
        lines = [
            (task, line)
            for task, line in log_lines(self.cluster.home, self._run)
            if str(line.get("timestamp")) >= time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(self._broken_at))
        ]
        for levels in (("error", "critical"), ("warning",)):
            for task, line in lines:
                if line.get("level") in levels and task != "summarize_run" and IGNORED not in line["event"]:
                    return f"{task}: {line['event']}"
        return ""

    def until(self, true: Callable[[], bool]) -> None:
        """Wait until it is true. Raises :class:`TooLate` if the run ends before."""
        until = time.monotonic() + LONGEST
        for look in count(1):
            if true():
                return
            if look % 20 == 0 and self.cluster.ask(self._run)["state"] not in OPEN:
                raise TooLate
            if time.monotonic() > until:
                raise TimeoutError(f"{self.cluster.states(self._run)}\n{self.cluster.home}")
            time.sleep(LOOK)


def _fresh_dates() -> list[str]:
    """Return flight dates that no other round has."""
    return [f"{date(2026, 3, 1) + timedelta(days=next(_days))}" for _ in range(DATES)]
