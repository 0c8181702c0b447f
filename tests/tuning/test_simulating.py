"""The simulation is our own paging in time that leaps: what it foretells is what a run takes."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aviastack.api.session import Api
from aviastack.endpoints import FLIGHTS, Rate
from aviastack.paging.cost import calls_for
from aviastack.paging.fetch import begin
from aviastack.settings import settings_from
from aviastack.simulator import running_simulator
from aviastack.slices import Slice
from aviastack.tuning.simulating import simulate
from aviastack.tuning.virtual_clock import run_on_virtual_clock

SETTLED = (datetime.now(UTC) - timedelta(days=4)).date()


def taken(sizes, *, rows_per_page=100, pace="5/s", concurrency=8, latency=1.0, settled=True):
    return simulate(
        sizes,
        rows_per_page=rows_per_page,
        pace=Rate.of(pace),
        concurrency=concurrency,
        latency=latency,
        settled=settled,
    )


def test_hours_of_waiting_pass_at_once_and_in_order():
    async def waits() -> list[tuple[int, float]]:
        ended = []

        async def wait(hours: int) -> None:
            await asyncio.sleep(hours * 3600)
            ended.append((hours, asyncio.get_running_loop().time()))

        await asyncio.gather(wait(50), wait(1), wait(30))
        return ended

    assert run_on_virtual_clock(waits()) == [(1, 3600.0), (30, 108000.0), (50, 180000.0)]


def test_a_wait_that_nothing_will_end_is_an_error_and_not_a_hang():
    async def forever() -> None:
        await asyncio.Event().wait()

    with pytest.raises(RuntimeError, match="no timer is set"):
        run_on_virtual_clock(forever())


def test_what_is_handed_to_a_thread_takes_no_time_and_keeps_its_error():
    async def handed() -> float:
        assert await asyncio.to_thread(sum, [1, 2]) == 3
        with pytest.raises(ZeroDivisionError):
            await asyncio.to_thread(lambda: 1 / 0)
        return asyncio.get_running_loop().time()

    assert run_on_virtual_clock(handed()) == 0.0


@given(st.lists(st.integers(1, 3_000), min_size=1, max_size=6), st.sampled_from([100, 1_000]), st.integers(1, 16))
def test_settled_lists_cost_each_offset_once_whatever_is_under_way(sizes, rows_per_page, concurrency):
    found = taken(sizes, rows_per_page=rows_per_page, concurrency=concurrency)
    assert found.calls == tuple(calls_for(size, rows_per_page, settled=True) for size in sizes)
    assert found.complete


def test_lists_that_move_cost_their_overlaps_and_mending_and_more_time():
    still, moving = taken([20_000]), taken([20_000], settled=False)
    assert moving.complete
    assert calls_for(20_000, 100, settled=False) <= moving.calls[0] <= 1.15 * still.calls[0]
    assert moving.seconds > still.seconds


def test_a_list_without_rows_costs_a_call_and_lacks_no_proof():
    for settled in (True, False):
        empty = taken([0], settled=settled)
        assert (empty.calls, empty.complete) == ((1,), True)


def test_calls_leave_at_the_pace_or_as_answers_come_back_whichever_is_slower():
    gap = Rate.of("5/s").gap
    assert taken([9_000]).seconds == pytest.approx(1 + 89 * gap + 1, abs=0.5)
    assert taken([9_000], concurrency=2).seconds == pytest.approx(1 + 89 / 2, abs=1.5)
    assert taken([9_000], pace="off", concurrency=10).seconds == pytest.approx(1 + 89 / 10, abs=1.5)


def test_page_0_of_many_small_slices_is_waited_for():
    alone = taken([100] * 40, pace="off", concurrency=16)
    assert alone.seconds == pytest.approx(10), "four slices at once, a second each"


@pytest.mark.parametrize(("rows_per_page", "concurrency"), [(100, 4), (1_000, 2)])
def test_a_run_makes_the_calls_that_were_foretold(tmp_path, rows_per_page, concurrency):
    plan = "basic" if rows_per_page == 100 else "business"
    with running_simulator(flights_per_day=4_000, plan=plan) as url:
        settings = settings_from(base_url=url, access_key="k", plan=plan, pace="off", state=tmp_path)

        async def real(airline: str):
            async def keep(_page: object) -> None:
                pass

            async with Api(settings) as api:
                slice_ = Slice.of(FLIGHTS, {"flight_date": SETTLED, "airline_iata": airline})
                about = {"rows_per_page": rows_per_page, "settled": True, "concurrency": concurrency}
                return await (await begin(api, slice_, keep=keep, edge_keys=None, **about)).finish()

        runs = [asyncio.run(real(airline)) for airline in ("AA", "DL")]
    foretold = taken([run.total for run in runs], rows_per_page=rows_per_page, concurrency=concurrency)
    assert foretold.calls == tuple(run.calls for run in runs)
