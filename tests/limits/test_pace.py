"""Pace on virtual time: what is asserted is when calls would be sent, never how long this machine took."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from itertools import pairwise
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aviastack.api.session import Api
from aviastack.endpoints import OFF, Rate
from aviastack.errors import RateLimited
from aviastack.limits import pace as pace_module
from aviastack.limits.ledger import fingerprint
from aviastack.limits.pace import Adaptation, LocalPace, Pace, Schedule, Slot, Unpaced, schedule_of
from aviastack.slices import Slice
from tests.support.api_servers import LIVE, QUICK, ask_many, error
from tests.support.paged_lists import instantly


def local(rate: str) -> LocalPace:
    """A pace by the running loop's virtual clock."""
    return LocalPace(Schedule(Rate.of(rate), clock=asyncio.get_running_loop().time))


async def slots(pace: Pace, count: int) -> list[float]:
    """When each of ``count`` calls would be sent, at once when its slot comes."""
    times = []

    async def one() -> None:
        async with pace.queue:
            (await pace.slot()).sent()
            times.append(asyncio.get_running_loop().time())

    await asyncio.gather(*(one() for _ in range(count)))
    return times


class StrictWindow:
    """A server with a sliding window without slack: it refuses a call if the last ``period`` seconds had ``calls``."""

    def __init__(self, rate: Rate) -> None:
        self.rate = rate
        self.admitted: list[float] = []
        self.refused = 0

    def arrive(self) -> None:
        now = asyncio.get_running_loop().time()
        if sum(now - before < self.rate.period for before in self.admitted[-self.rate.burst :]) >= self.rate.burst:
            self.refused += 1
        else:
            self.admitted.append(now)

    @property
    def share(self) -> float:
        """The part of the allowed rate that was used."""
        return (len(self.admitted) - 1) / (self.admitted[-1] - self.admitted[0]) * self.rate.period / self.rate.calls


async def send_all(pace: Pace, window: StrictWindow, calls: int, delay: Callable[[], float]) -> None:
    """Send calls as a session does: ``delay`` seconds pass between a call's slot and the moment it is sent."""

    async def one() -> None:
        async with pace.queue:
            slot = await pace.slot()
        await asyncio.sleep(delay())
        slot.sent()
        window.arrive()

    await asyncio.gather(*(one() for _ in range(calls)))


@pytest.mark.parametrize(
    ("text", "calls", "period"),
    [("5/s", 5, 1), ("20/s", 20, 1), ("1/10s", 1, 10), ("0.5/s", 0.5, 1), ("1/0.5s", 1, 0.5)],
)
def test_a_rate_is_calls_per_period_and_its_gap_is_longer_than_allowed(text, calls, period):
    rate = Rate.of(text)
    assert (rate.calls, rate.period) == (calls, period)
    assert period / calls < rate.gap < period / calls * 1.02
    assert Rate.of(str(rate)) == rate


def test_off_is_a_rate_without_gaps():
    assert Rate.of("off") is OFF
    assert (OFF.is_off, OFF.gap, str(OFF)) == (True, 0, "off")


@pytest.mark.parametrize("text", ["fast", "0/s", "5/0s", "-1/s", "5", "", "1/s\n", "٣/s", "9" * 400 + "/s"])
def test_an_invalid_rate_names_the_rule(text):
    with pytest.raises(ValueError, match="use CALLS/SECONDS"):
        Rate.of(text)


def test_calls_are_spaced_evenly_from_the_first_on():
    async def work() -> list[float]:
        return await slots(local("50/s"), 26)

    times, _ = instantly(work())
    assert {round(after - before, 4) for before, after in pairwise(times)} == {round(Rate(50).gap, 4)}


def test_a_pause_is_never_caught_up():
    async def work() -> list[float]:
        pace = local("20/s")
        await slots(pace, 3)
        await asyncio.sleep(0.5)
        return await slots(pace, 5)

    times, _ = instantly(work())
    assert times[-1] - times[0] >= 4 * Rate(20).gap - 1e-9


def test_calls_are_sent_in_the_order_in_which_they_came():
    async def work() -> list[int]:
        pace, order = local("200/s"), []

        async def one(number: int) -> None:
            async with pace.queue:
                await pace.slot()
                order.append(number)

        await asyncio.gather(*(one(number) for number in range(10)))
        return order

    assert instantly(work())[0] == list(range(10))


def test_a_cancelled_wait_delays_nobody():
    async def work() -> float:
        pace = local("5/s")
        await slots(pace, 1)
        cancelled = asyncio.create_task(slots(pace, 1))
        await asyncio.sleep(0.05)
        cancelled.cancel()
        return (await slots(pace, 1))[0]

    assert instantly(work())[0] == pytest.approx(Rate(5).gap)


def test_a_call_that_is_never_sent_gives_its_place_back():
    async def work() -> list[float]:
        pace = local("1/s")
        (await pace.slot()).done()
        return await slots(pace, 2)

    times, _ = instantly(work())
    assert times[0] == pytest.approx(Rate(1).gap)


def test_off_never_waits():
    async def work() -> list[float]:
        return await slots(Unpaced(), 1000)

    assert set(instantly(work())[0]) == {0.0}


@pytest.mark.parametrize("rate", ["20/s", "5/s", "2/s", "1/10s"])
def test_on_a_quiet_machine_nothing_is_refused_and_98_percent_are_used(rate):
    window = StrictWindow(Rate.of(rate))

    async def work() -> None:
        await send_all(local(rate), window, 300, lambda: 0.001)

    instantly(work())
    assert window.refused == 0
    assert window.share >= 0.98


@pytest.mark.parametrize("seed", range(5))
def test_with_delays_of_up_to_200_ms_a_strict_window_refuses_nothing(seed):
    window, chance = StrictWindow(Rate.of("20/s")), Random(seed)

    async def work() -> None:
        await send_all(local("20/s"), window, 300, lambda: chance.uniform(0, 0.2))

    instantly(work())
    assert window.refused == 0
    assert len(window.admitted) == 300


@given(seed=st.integers(0, 10**6), calls=st.integers(1, 30), longest=st.floats(0, 3))
@settings(max_examples=40, deadline=None)
def test_whatever_the_delays_no_window_ever_has_more_calls_than_allowed(seed, calls, longest):
    window, chance = StrictWindow(Rate(calls)), Random(seed)

    async def work() -> None:
        await send_all(local(f"{calls}/s"), window, 4 * calls, lambda: chance.choice((0, longest)))

    instantly(work())
    assert window.refused == 0


def test_sessions_in_several_threads_share_one_schedule():
    now = [0.0]
    schedule = Schedule(Rate.of("2/s"), clock=lambda: now[0])
    granted: list[float] = []

    def session() -> None:
        slot = schedule.take()
        if isinstance(slot, Slot):
            slot.sent()
            granted.append(slot.at)

    for step in range(100):
        now[0] = step / 10
        threads = [threading.Thread(target=session) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(granted) == 17  # of 10 seconds, one every 0.6: the first step after each gap of 0.5 with its slack
    assert min(after - before for before, after in pairwise(granted)) > Rate(2).gap


def test_one_account_and_endpoint_has_one_schedule_per_process(monkeypatch):
    monkeypatch.setattr(pace_module, "_schedules", {})
    first = schedule_of("account", "flights", Rate(2))
    assert schedule_of("account", "flights", Rate(2)) is first
    assert schedule_of("account", "routes", Rate(2)) is not first
    assert schedule_of("another", "flights", Rate(2)) is not first


async def test_two_sessions_of_one_key_use_one_schedule(server, settings_for, monkeypatch):
    schedules: dict[Any, Schedule] = {}
    monkeypatch.setattr(pace_module, "_schedules", schedules)
    made = settings_for(server.url, pace="1000/s")
    async with Api(made) as one, Api(made) as other:
        await asyncio.gather(ask_many(one, 2), ask_many(other, 2))
    assert list(schedules) == [(fingerprint(made), "flights", Rate(1000))]


async def test_endpoints_have_separate_paces(server, settings_for, monkeypatch):
    schedules: dict[Any, Schedule] = {}
    monkeypatch.setattr(pace_module, "_schedules", schedules)
    board = Slice.of("timetable", {"iataCode": "SFO", "type": "arrival"})
    async with Api(settings_for(server.url, pace=None, plan="basic")) as api:
        await asyncio.gather(ask_many(api, 1, slice_=board), ask_many(api, 1))
    assert {name: str(rate) for _, name, rate in schedules} == {"timetable": "1/10s", "flights": "5/s"}


def test_a_refusal_halves_the_pace_once_for_all_calls_under_way_and_answers_restore_it():
    async def work() -> None:
        schedule = Schedule(Rate(100), clock=asyncio.get_running_loop().time)
        pace = LocalPace(schedule)
        under_way = [await pace.slot() for _ in range(4)]
        for slot in under_way:
            await pace.refused(slot, None)
        assert schedule.adaptation.share == 0.5
        assert pace.ahead() == pytest.approx(2 * Rate(100).gap)
        for _ in range(200):
            await pace.accepted()
        assert schedule.adaptation.share == 1

    instantly(work())


def test_retry_after_stops_every_call_for_as_long_as_it_says():
    async def work() -> float:
        pace = local("100/s")
        slot = await pace.slot()
        waiting = asyncio.create_task(slots(pace, 1))
        await pace.refused(slot, 0.3)
        return (await waiting)[0]

    assert instantly(work())[0] >= 0.3


def test_adaptation_settles_near_a_limit_below_the_pace_with_few_refusals():
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


def test_adaptation_returns_to_the_whole_pace_once_the_limit_is_gone():
    adaptation = Adaptation()
    adaptation.refuse()
    adaptation.refuse()
    assert adaptation.share == 0.25
    for _ in range(400):
        adaptation.accept()
    assert adaptation.share == 1


def test_a_server_slower_than_the_pace_is_learnt():
    window = StrictWindow(Rate(10))

    async def work() -> None:
        pace = local("40/s")

        async def one() -> None:
            while True:
                async with pace.queue:
                    slot = await pace.slot()
                slot.sent()
                before = window.refused
                window.arrive()
                if window.refused == before:
                    return await pace.accepted()
                await pace.refused(slot, None)

        await asyncio.gather(*(one() for _ in range(200)))

    instantly(work())
    assert len(window.admitted) == 200
    assert window.refused < 20


async def test_a_slow_pace_is_kept_from_one_process_to_the_next(server, settings_for, monkeypatch):
    waits: list[float] = []

    class Another(Schedule):
        """Another process's schedule: it has not seen this one's calls, and its first wait is over at once."""

        def __init__(self, rate: Rate, *, wait: float = 0.0) -> None:
            waits.append(wait)
            super().__init__(rate)

    monkeypatch.setattr(pace_module, "Schedule", Another)
    for _ in range(2):
        monkeypatch.setattr(pace_module, "_schedules", {})
        async with Api(settings_for(server.url, pace="1/600s")) as api:
            await api.fetch_page(LIVE, offset=0, limit=100)
    assert waits[0] == 0
    assert waits[1] > 500


async def test_a_refusal_without_retries_left_is_rate_limited(server, settings_for):
    server.answers(lambda: error(429, "rate_limit_reached"))
    async with Api(settings_for(server.url, pace="1000/s"), retry_policy=QUICK) as api:
        with pytest.raises(RateLimited, match="Lower AVIASTACK_PACE"):
            await api.fetch_page(LIVE, offset=0, limit=100)
    assert len(server.asked) == QUICK.attempts
