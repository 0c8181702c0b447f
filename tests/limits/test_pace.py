from __future__ import annotations

import asyncio
import time
from itertools import pairwise

import pytest
from aiohttp import web

from aviastack.api.session import Api
from aviastack.errors import BadRequest, RateLimited
from aviastack.limits.pace import Adaptation, LocalPace, Rate, Unpaced
from aviastack.slices import Slice
from tests.support.api_servers import LIVE, QUICK, Window, answer, ask_many, error, serving


@pytest.mark.parametrize(
    ("text", "calls", "period"),
    [("5/s", 5, 1), ("20/s", 20, 1), ("1/10s", 1, 10), ("0.5/s", 0.5, 1), ("1/0.5s", 1, 0.5)],
)
def test_a_pace_is_calls_a_period_and_its_gap_is_longer_than_allowed(text, calls, period):
    rate = Rate.of(text)
    assert (rate.calls, rate.period) == (calls, period)
    assert period / calls < rate.gap < period / calls * 1.02
    assert Rate.of(str(rate)) == rate


@pytest.mark.parametrize("text", ["fast", "0/s", "5/0s", "-1/s", "5", ""])
def test_what_is_no_pace_is_a_bad_request(text):
    with pytest.raises(BadRequest, match="is no pace"):
        Rate.of(text)


async def slots(pace, count: int) -> list[float]:
    times = []

    async def one() -> None:
        async with pace.queue:
            await pace.slot()
            times.append(time.monotonic())

    await asyncio.gather(*(one() for _ in range(count)))
    return times


async def test_calls_are_spaced_evenly_from_the_first_on():
    times = await slots(LocalPace(Rate.of("50/s")), 26)
    gaps = [after - before for before, after in pairwise(times)]
    assert min(gaps) > 0.008  # half a gap, where a timer woke late
    assert times[-1] - times[0] > 0.5 * 0.99


async def test_a_pause_is_never_caught_up():
    pace = LocalPace(Rate.of("20/s"))
    await slots(pace, 3)
    await asyncio.sleep(0.5)
    times = await slots(pace, 5)
    assert times[-1] - times[0] > 4 * 0.05 * 0.98


async def test_calls_leave_in_the_order_in_which_they_came():
    pace, left = LocalPace(Rate.of("200/s")), []

    async def one(number: int) -> None:
        async with pace.queue:
            await pace.slot()
            left.append(number)

    await asyncio.gather(*(one(number) for number in range(10)))
    assert left == list(range(10))


async def test_a_cancelled_wait_holds_nobody_up():
    pace = LocalPace(Rate.of("5/s"))
    await slots(pace, 1)
    cancelled = asyncio.create_task(slots(pace, 1))
    await asyncio.sleep(0.05)
    cancelled.cancel()
    before = time.monotonic()
    await slots(pace, 1)
    assert time.monotonic() - before < 0.25


async def test_off_waits_for_nothing():
    started = time.monotonic()
    await slots(Unpaced(), 1000)
    assert time.monotonic() - started < 0.5


@pytest.mark.parametrize(("pace", "calls"), [("20/s", 50), ("5/s", 16)])
async def test_a_sliding_window_without_slack_refuses_nothing(pace, calls, settings_for):
    rate = Rate.of(pace)
    window = Window(int(rate.calls), rate.period)
    async with serving(window.handle) as url, Api(settings_for(url, pace=pace)) as api:
        await ask_many(api, calls)
    assert window.refused == 0
    assert window.share > 0.5  # a busy machine wakes late; benchmarks/pace.py measures the rate


async def test_endpoints_have_paces_of_their_own(settings_for):
    times = {}

    async def handler(request: web.BaseRequest) -> web.StreamResponse:
        times.setdefault(request.path.rsplit("/", 1)[1], []).append(time.monotonic())
        return await answer(request)

    board = Slice.of("timetable", {"iataCode": "SFO", "type": "arrival"})
    async with serving(handler) as url, Api(settings_for(url, pace=None, plan="basic"), retry_policy=QUICK) as api:
        asking = asyncio.gather(ask_many(api, 2, slice_=board), ask_many(api, 3), return_exceptions=True)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asking, 1.0)
    assert len(times["timetable"]) == 1  # 1/10s
    assert len(times["flights"]) == 3  # 5/s


async def test_a_refusal_halves_the_pace_once_for_all_that_were_on_their_way_and_answers_restore_it():
    pace = LocalPace(Rate.of("100/s"))
    tickets = [await pace.slot() for _ in range(4)]
    for ticket in tickets:
        await pace.refused(ticket, None)
    assert pace._adaptation.share == 0.5
    assert pace.ahead() > 0.015
    for _ in range(200):
        await pace.accepted()
    assert pace._adaptation.share == 1


async def test_retry_after_stops_every_call_for_as_long_as_it_says():
    pace = LocalPace(Rate.of("100/s"))
    ticket = await pace.slot()
    waiting = asyncio.create_task(slots(pace, 1))
    await pace.refused(ticket, 0.3)
    refused = time.monotonic()
    assert (await waiting)[0] - refused > 0.29


def test_adaptation_settles_near_a_limit_below_the_set_pace_with_few_refusals():
    limit, adaptation, refused, used = 0.6, Adaptation(), 0, 0.0
    calls = 3000
    for _ in range(calls):
        used += adaptation.share
        if adaptation.share > limit:
            refused += 1
            adaptation.refuse()
        else:
            adaptation.accept()
    assert refused / calls < 0.015
    assert used / calls > 0.75 * limit


def test_adaptation_finds_its_way_back_to_the_whole_pace_once_the_limit_is_gone():
    adaptation = Adaptation()
    adaptation.refuse()
    adaptation.refuse()
    assert adaptation.share == 0.25
    for _ in range(400):
        adaptation.accept()
    assert adaptation.share == 1


async def test_a_server_slower_than_the_set_pace_is_learnt(settings_for):
    window = Window(10, 1.0)

    async with serving(window.handle) as url, Api(settings_for(url, pace="40/s"), retry_policy=QUICK) as api:
        await ask_many(api, 25)
    assert len(window.admitted) == 25
    assert window.refused < 20


async def test_a_slow_pace_is_kept_from_one_process_to_the_next(server, settings_for):
    settings = settings_for(server.url, pace="1/1.5s")
    for _ in range(2):
        async with Api(settings) as api:
            await api.fetch_page(LIVE, offset=0, limit=100)
    assert server.times[1] - server.times[0] > 1.5


async def test_a_refusal_without_patience_left_is_rate_limited(server, settings_for):
    server.answers(lambda: error(429, "rate_limit_reached"))
    async with Api(settings_for(server.url, pace="1000/s"), retry_policy=QUICK) as api:
        with pytest.raises(RateLimited, match="Lower AVIASTACK_PACE"):
            await api.fetch_page(LIVE, offset=0, limit=100)
    assert len(server.asked) == QUICK.attempts
