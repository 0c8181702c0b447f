"""Kill real commands at random moments, and count what was lost, doubled and paid twice.

    python -m tests.chaos [--kills 200] [--seed 1] [--only folder,redis,bucket,snowflake,full disk,largest file]

``run`` and ``backfill`` are killed (SIGKILL, SIGTERM, SIGINT) against the simulator: on a folder and DuckDB; with a
Redis that is stopped and started; in a bucket and into a Snowflake whose emulators are stopped and started; and they
are run on a disk that is full, and where no file may be above a size. After some kills the command is run to its end,
and its warehouse must equal the API's lists. Lost are pages of a journal and rows of a list; paid twice are pages that
were in the journal when they were requested again. A round that fails does not end the others. Exits 1 if anything was
lost, doubled or paid twice, or failed. Redis and the emulators are needed; ``make chaos`` has them.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
import traceback
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from random import Random

from aviastack.endpoints import Plan
from aviastack.simulator import running_simulator
from tests.chaos.commands import Found, Length, Round, finished, killed, starved
from tests.chaos.rounds import Rounds, resize
from tests.chaos.servers import Servers

KILLS = {"folder": 0.4, "redis": 0.2, "bucket": 0.2, "snowflake": 0.2}  # share of the kills
STARVED = {"full disk": 0.1, "largest file": 0.1}  # runs without room, per kill
PER_ROUND = 5  # kills, or runs without room, before the command is run to its end
LARGEST = (20_000, 60_000, 200_000)  # bytes of a file
ROOM = 600_000  # bytes that a full disk has left, at most
BROKEN = 3  # rounds that may break before a kind is given up


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default=",".join(KILLS | STARVED), help="kinds of rounds, separated by commas")
    wanted = parser.parse_args()
    shares = {name: share for name, share in (KILLS | STARVED).items() if name in wanted.only.split(",")}
    found: dict[str, Found] = {}
    began = time.monotonic()
    with ExitStack() as stack:
        api = stack.enter_context(running_simulator(plan=Plan.BASIC, flights_per_day=20_000, latency=0.05, jitter=0.05))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="aviastack-chaos-")))
        servers, random = Servers(stack), Random(wanted.seed)
        chaos = Chaos(Rounds(api, folder, servers, random), servers, random)
        for name, share in shares.items():
            found[name] = Found()
            chaos.run(name, round(share * wanted.kills), found[name])
        outages = servers.outages
    print(_table(found))
    print(f"{outages} outages, {(time.monotonic() - began) / 60:.0f} minutes", flush=True)
    return 0 if all(each.good for each in found.values()) else 1


class Chaos:
    """Rounds of a kind, until it has had its kills."""

    def __init__(self, rounds: Rounds, servers: Servers, random: Random) -> None:
        self._rounds, self._servers, self._random = rounds, servers, random

    def run(self, name: str, wanted: int, total: Found) -> None:
        """Add what the rounds of a kind find to ``total``."""
        length: Length | None = None
        broken = 0
        while _done(name, total) < wanted and broken < BROKEN:
            found = Found()
            try:
                length = length or self._undisturbed(name, found)
                self._round(name, length, found)
            except Exception:  # noqa: BLE001 - a fault of one round must not end the others
                found.failures.append(traceback.format_exc())
                broken += 1
            total += found
            print(f"{name}: {_done(name, total)} of {wanted}; {_counts(total)}", flush=True)
            for failure in found.failures:
                print(f"    {failure}", flush=True)

    def _undisturbed(self, name: str, found: Found) -> Length:
        with self._rounds.of(name) as round_:
            here, length = finished(round_)
            found += here
            return length

    def _round(self, name: str, length: Length, found: Found) -> None:
        with self._rounds.of(name) as round_:
            with self._servers.outages_of(name, self._random):
                for _ in range(PER_ROUND):
                    found += self._disturbed(name, round_, length)
            if name == "full disk":
                resize(_folder(round_), 1 << 30)
            here, _ = finished(round_)
            found += here

    def _disturbed(self, name: str, round_: Round, length: Length) -> Found:
        if name == "largest file":
            return starved(round_, self._random.choice(LARGEST))
        if name == "full disk":
            place = _folder(round_)
            resize(place, shutil.disk_usage(place).used + self._random.randrange(ROOM))
            return starved(round_)
        found = killed(round_, self._random, length)
        if name == "snowflake":
            self._servers.snowflake.end_sessions()
        return found


def _folder(round_: Round) -> Path:
    return Path(round_.staging).parent


def _done(name: str, found: Found) -> int:
    return found.runs if name in STARVED else found.kills


def _counts(found: Found) -> str:
    failures = len(found.failures)
    return f"{found.lost} lost, {found.doubled} doubled, {found.paid_twice} paid twice, {failures} failures"


def _table(found: dict[str, Found]) -> str:
    """Return a table in Markdown, with a last line for all."""
    total = sum(found.values(), Found())
    return "\n".join(
        (
            "| | kills | commands | lost | doubled | paid twice | failures |",
            "|---|--:|--:|--:|--:|--:|--:|",
            *(_line(name, each) for name, each in (*found.items(), ("together", total))),
        )
    )


def _line(name: str, found: Found) -> str:
    cells: Iterable[object] = (
        name, found.kills, found.runs, found.lost, found.doubled, found.paid_twice, len(found.failures)
    )  # fmt: skip
    return f"| {' | '.join(map(str, cells))} |"


if __name__ == "__main__":
    raise SystemExit(main())
