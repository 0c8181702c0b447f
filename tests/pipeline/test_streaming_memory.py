"""How much work a row and a page cost, counted and not timed: what would make the hot path slow makes these fail."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from aviastack.api.session import Api
from aviastack.endpoints import Plan
from aviastack.limits.sqlite_ledger import AccountFile
from aviastack.page import Page, Pagination
from aviastack.pipeline.run import Pipeline
from aviastack.pipeline.stage import Stager
from aviastack.records.checks import prepare
from aviastack.settings import settings_from
from aviastack.simulator import running_simulator
from aviastack.simulator.simulated import SimulatedLists
from aviastack.slices import Slice
from aviastack.staging.open_store import open_store

DAY = "2026-11-18"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
WORLD = Slice.of("flights", {"flight_date": DAY})
CALLS_PER_PAGE = 600  # of Python functions in the loop's thread: 460 when this was written, aiohttp's and asyncio's too


def pages(rows: int, *, a_page: int = 100) -> list[Page]:
    flights = SimulatedLists(1, 90_000, 1 << 26).rows("flights", {"flight_date": DAY}, NOW)
    made = []
    for number, offset in enumerate(range(0, rows, a_page)):
        head = b'{"pagination":{"limit":%d,"offset":%d,"count":%d,"total":%d},"data":[' % (a_page, offset, a_page, rows)
        body = head + flights.text(range(offset, offset + a_page)) + b"]}"
        made.append(Page(offset, a_page, body, Pagination(a_page, offset, a_page, rows), NOW, number))
    return made


def counted(work: Callable[[], Any]) -> int:
    """The calls of Python and C functions that ``work`` makes in this thread."""
    calls = 0

    def count(_: FrameType, event: str, __: Any) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(None)
    return calls


@pytest.fixture
def stager(tmp_path: Path) -> Iterator[Stager]:
    prepare()
    made = Stager(open_store(str(tmp_path)), WORLD, "run")
    yield made
    made.discard()


def test_from_bytes_to_parquet_python_does_nothing_for_each_flight(stager: Stager) -> None:
    # One page each, because pages have a cost of their own, and large enough to have nearly every airport.
    few, many = pages(20_000, a_page=20_000), pages(60_000, a_page=60_000)

    def stage(block: Sequence[Page]) -> None:
        stager.write(block, stager.read(block))

    stage(few)  # what is cached is so from now on
    stage(many)
    calls = [counted(partial(stage, block)) for block in (few, many)]
    assert (calls[1] - calls[0]) / 40_000 < 0.6, calls  # distinct airports still grow; a call per flight would be 1


def test_reading_pages_leaves_no_python_object_for_each_flight(stager: Stager) -> None:
    block = pages(8_000)
    stager.read(block)
    before = sys.getallocatedblocks()
    readings = stager.read(block)
    assert (sys.getallocatedblocks() - before) / 8_000 < 0.1
    assert sum(reading.sent.rows for reading in readings if reading.sent is not None) == 8_000


async def test_a_page_costs_few_calls_and_at_most_one_transaction_of_the_ledger(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    transactions, calls = Counter[str](), 0
    transact = AccountFile._transact
    monkeypatch.setattr(
        AccountFile, "_transact", lambda self, steps: (transactions.update(["ledger"]), transact(self, steps))[1]
    )

    def count(_: FrameType, event: str, __: Any) -> None:
        nonlocal calls
        calls += event == "call"

    with running_simulator(flights_per_day=12_000, today=date(2026, 11, 22)) as url:
        settings = settings_from(
            base_url=url,
            access_key="00112233445566778899aabbccddeeff",
            plan=Plan.BASIC,
            pace="off",
            staging=str(tmp_path / "staging"),
            state=tmp_path / "state",
        )
        prepare()
        async with Api(settings) as api:
            sys.setprofile(count)
            try:
                outcome = await Pipeline(settings, open_store(settings.staging), api).extract_and_stage(WORLD)
            finally:
                sys.setprofile(None)
    asked = outcome.manifest.pages
    assert asked > 100
    assert transactions["ledger"] <= asked + 5
    assert calls / asked < CALLS_PER_PAGE, calls / asked
