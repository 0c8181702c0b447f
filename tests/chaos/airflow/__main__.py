"""Kill and break the parts of a real Airflow, one in each run of a DAG, and count what that cost.

    python -m tests.chaos.airflow [--executor local] [--executor celery] [--only TEXT ...] [--times 1] [--seed 1]

Airflow's components are processes of their own that are started again when they end; Postgres holds the metadata, Redis
the pace and, under Celery, the queue. The API is simulated; the warehouse is DuckDB or an emulated Snowflake. A failed
run is cleared as an on-call engineer would. Lost are pages of the journal, and rows of the API's list that the
warehouse lacks in the end; paid twice are pages that were in the journal when they were requested again.

Prints a line for each break, then the table of docs/airflow.md, then a summary. Exits 1 on a loss, a double, a second
payment or a run that does not succeed. What has not begun after ``--minutes`` is left out, which exits 1 too.
``make chaos-airflow`` makes the environment.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass, field
from random import Random
from signal import SIGTERM, default_int_handler, signal

from tests.chaos.airflow.breaks import BREAKS
from tests.chaos.airflow.cluster import Cluster
from tests.chaos.airflow.rounds import Round, Row, TooLate
from tests.chaos.airflow.running import running
from tests.chaos.airflow.tables import print_table, shown, summary
from tests.chaos.airflow.world import EXECUTORS, Break, World

TRIES = 5  # of a round whose process had ended before it was killed


@dataclass
class Limit:
    """When no further break begins."""

    minutes: float
    began: float = field(default_factory=time.monotonic)

    def spent(self) -> float:
        """Return the minutes since the start."""
        return (time.monotonic() - self.began) / 60

    def reached(self) -> bool:
        """Whether the time is over."""
        return self.spent() >= self.minutes


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--executor", action="append", choices=EXECUTORS)
    parser.add_argument("--only", action="append", help="breaks whose title contains this")
    parser.add_argument("--times", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=90, help="no break begins later")
    wanted = parser.parse_args()
    signal(SIGTERM, default_int_handler)  # every process that was started ends with this one
    random, limit = Random(wanted.seed), Limit(wanted.minutes)
    breaks = [each for each in BREAKS if any(text in each.title for text in wanted.only or [""])]
    tables: dict[str, list[Row]] = {}
    for executor in wanted.executor or EXECUTORS:
        if chosen := [each for each in breaks if executor in each.executors] * wanted.times:
            tables[executor] = _under(executor, chosen, random, limit)
    for executor, rows in tables.items():
        print_table(executor, rows)
    rows = [row for table in tables.values() for row in table]
    print(summary(rows, limit.spent()), flush=True)
    return int(not rows or any(row.bad for row in rows))


def _under(executor: str, breaks: list[Break], random: Random, limit: Limit) -> list[Row]:
    """Strike each break under an executor, and return the rows."""
    rows: list[Row] = []
    with running(executor) as (cluster, world):
        lasts = _undisturbed(cluster, world, random, {break_.dag for break_ in breaks})
        for number, break_ in enumerate(breaks, 1):
            if break_.needs_mount and not world.mounted:
                print(f"{break_.title}: left out, because only root may mount a file system", flush=True)
                continue
            if limit.reached():
                rows.append(Row(break_.title, failures=[f"left out: {limit.minutes:g} minutes are over"]))
                continue
            rows.append(_broken(cluster, world, break_, random, lasts))
            print(f"{executor} {number}/{len(breaks)}, {limit.spent():.1f} min", end=" ")
            print(shown(rows[-1]), rows[-1].tries, *rows[-1].failures, flush=True)
    return rows


def _undisturbed(cluster: Cluster, world: World, random: Random, dags: set[str]) -> dict[str, float]:
    """Run the DAGs without a break, and return how long each task ran."""
    lasts: dict[str, float] = {}
    for dag in sorted(dags):
        round_ = Round(cluster, world.place(dag), dag, random, {})
        round_.begin()
        round_.breaks()
        row = round_.finish(f"nothing ({dag})")
        print(shown(row), flush=True)
        if row.bad or not row.alone:
            raise RuntimeError(f"{dag} fails without a break: {row}")
        lasts |= round_.lasted()
    return lasts


def _broken(cluster: Cluster, world: World, break_: Break, random: Random, lasts: dict[str, float]) -> Row:
    for _ in range(TRIES):
        round_ = Round(cluster, world.place(break_.dag), break_.dag, random, lasts)
        try:
            if not break_.early:
                round_.begin()
            break_.do(round_, world)
            return round_.finish(break_.title)
        except TooLate:
            continue
        except (OSError, AssertionError, RuntimeError) as hang:
            return Row(break_.title, failures=[f"hangs: {hang}"])
        finally:
            cluster.give_back()
    return Row(break_.title, failures=[f"the process had ended each time, {TRIES} times"])


if __name__ == "__main__":
    raise SystemExit(main())
