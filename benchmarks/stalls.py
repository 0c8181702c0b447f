"""How long the event loop stands still while pages come in, are journalled, decoded, checked and staged.

    python -m benchmarks.stalls URL FOLDER [--script]

The garbage is collected as in a command, or with ``--script`` as by Python itself, which looks for it more often.
A ticker on the loop wakes every 5 ms from the first request on; a process that does nothing else ticks beside it, and
shows what the machine itself delays at that time.
"""

from __future__ import annotations

import asyncio
import gc
import json
import multiprocessing
import sys
import time
from multiprocessing.connection import Connection
from pathlib import Path

from aviastack.aio import finish
from aviastack.api.session import Api
from aviastack.cli.main import NEW_OBJECTS
from aviastack.pipeline.events import Listener
from aviastack.pipeline.run import Pipeline
from aviastack.settings import settings_from
from aviastack.slices import Slice
from aviastack.staging.open_store import open_store
from benchmarks.server import DAY

TICK = 0.005


class Ticker(Listener):
    """Ticks on the loop from the moment at which the first request is about to leave."""

    def __init__(self) -> None:
        self.late: list[float] = []
        self.stopped = False

    async def tick(self) -> None:
        while not self.stopped:
            began = time.perf_counter()
            await asyncio.sleep(TICK)
            self.late.append(time.perf_counter() - began - TICK)


async def measured(url: str, folder: Path) -> list[float]:
    settings = settings_from(
        base_url=url, access_key="k", plan="basic", pace="off", staging=str(folder / "staging"), state=folder / "state"
    )
    ticker = Ticker()
    async with Api(settings) as api:
        transport, ticking = api._transport, []  # noqa: SLF001  the first request is where the clock begins
        send = transport.get

        async def first(*arguments: object) -> object:
            if not ticking:
                ticking.append(asyncio.create_task(ticker.tick()))
            return await send(*arguments)  # type: ignore[arg-type]

        transport.get = first  # type: ignore[method-assign,assignment]
        pipeline = Pipeline(settings, open_store(settings.staging), api, ticker)
        await pipeline.extract_and_stage(Slice.of("flights", {"flight_date": DAY}))
        ticker.stopped = True
        await asyncio.gather(*ticking)
    return ticker.late


def idle(ended: Connection, sending: Connection) -> None:
    late: list[float] = []
    while not ended.poll():
        began = time.perf_counter()
        time.sleep(TICK)
        late.append(time.perf_counter() - began - TICK)
    sending.send(max(late))


def main() -> None:
    if "--script" not in sys.argv:
        gc.set_threshold(NEW_OBJECTS)
    ours, theirs = multiprocessing.Pipe()
    receiving, sending = multiprocessing.Pipe()
    beside = multiprocessing.get_context("spawn").Process(target=idle, args=(theirs, sending), daemon=True)
    beside.start()
    late = sorted(finish(measured(sys.argv[1], Path(sys.argv[2]))))
    ours.send(None)
    figures = {
        "longest ms": late[-1],
        "99th percentile ms": late[len(late) * 99 // 100],
        "idle process ms": receiving.recv(),
    }
    beside.join()
    print(json.dumps({name: round(value * 1_000, 1) for name, value in figures.items()} | {"ticks": len(late)}))


if __name__ == "__main__":
    main()
