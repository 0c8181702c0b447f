"""Workers that share a key through a real Redis, some of them in processes of their own."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from functools import partial
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import pytest
from redis import Redis

from aviastack.api.session import Api
from aviastack.endpoints import Rate
from aviastack.errors import BadRequest, BudgetExhausted, QuotaExhausted, RateLimited
from aviastack.limits import redis_store
from aviastack.limits.ledger import fingerprint, known_quota
from aviastack.limits.redis_pace import PATIENCE, SharedPace
from aviastack.limits.redis_store import SharedStore
from tests.limits.test_pace import StrictWindow, send_all
from tests.support.api_servers import KEY, LIVE, QUICK, RedisServer, ask_many, error, page
from tests.support.paged_lists import instantly

pytestmark = pytest.mark.redis

ASK = """
import asyncio, sys
from aviastack.api.session import Api
from aviastack.limits import redis_store
from aviastack.settings import settings_from
from aviastack.slices import Slice

redis_store.TIMEOUT = 600.0  # a busy machine is not a store that is gone

async def main(url, store, key, pace, state, calls):
    settings = settings_from(base_url=url, pace_store=store, access_key=key, pace=pace, state=state)
    async with Api(settings) as api:
        await asyncio.gather(*(api.fetch_page(Slice.of("flights"), offset=n, limit=1) for n in range(int(calls))))

asyncio.run(main(*sys.argv[1:]))
"""


def worker(url: str, store: str, state: Path, *, pace: str, calls: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", ASK, url, store, KEY, pace, str(state), str(calls)])


@pytest.fixture(autouse=True)
def patient(monkeypatch) -> None:
    """Let Redis answer as late as it likes: a test that stops it sees the connection refused at once."""
    monkeypatch.setattr(redis_store, "TIMEOUT", 300.0)


async def ended(*workers: subprocess.Popen[bytes]) -> list[int]:
    return [await asyncio.to_thread(process.wait) for process in workers]


@pytest.fixture
async def store_of(settings_for, redis_server):
    stores = []

    def made(**given) -> SharedStore:
        settings = settings_for("http://127.0.0.1:1/v1", pace_store=redis_server.url, **given)
        stores.append(SharedStore(settings, fingerprint(settings)))
        return stores[-1]

    yield made
    for store in stores:
        await store.close()


async def slots(pace: SharedPace, count: int, into: list[float]) -> None:
    """When the slots were given, in seconds by the store's clock: it decides, however late this process wakes."""
    for _ in range(count):
        async with pace.queue:
            into.append((await pace.slot()).at / 1e6)


async def test_processes_share_one_pace_and_one_account(server, settings_for, redis_server, tmp_path):
    pace = "100000/1000s"  # the store remembers the calls of this window
    running = [worker(server.url, redis_server.url, tmp_path / str(n), pace=pace, calls=25) for n in range(2)]
    assert await ended(*running) == [0, 0]
    quota = await asyncio.to_thread(known_quota, settings_for(server.url, pace_store=redis_server.url))
    assert len(server.asked) == quota.used == 50
    assert redis_server.paced_calls() == 50
    assert not list(tmp_path.glob("*/*"))


async def test_workers_in_one_loop_are_spaced_evenly_without_a_reservation(store_of):
    times: list[float] = []
    paces = [SharedPace(Rate.of("50/s"), store_of(), name="flights") for _ in range(4)]
    await asyncio.gather(*(slots(pace, 6, times) for pace in paces))
    rate, times = Rate.of("50/s"), sorted(times)
    assert times[-1] - times[0] >= 23 * rate.gap - 1e-3
    assert min(after - before for before, after in pairwise(times)) >= rate.gap - rate.leeway - 1e-3


async def test_a_worker_that_dies_holds_nothing_back(server, settings_for, redis_server, tmp_path):
    dying = worker(server.url, redis_server.url, tmp_path, pace="1/2s", calls=1_000)
    while not server.asked:
        assert dying.poll() is None
        await asyncio.sleep(0.05)
    dying.send_signal(signal.SIGKILL)
    await ended(dying)
    settings = settings_for(server.url, pace_store=redis_server.url, pace="1/2s")
    async with Api(settings) as api, asyncio.timeout(600):  # its 1,000 calls would take 2,000 s
        await api.fetch_page(LIVE, offset=0, limit=1)


async def test_a_pause_is_not_caught_up_by_all_workers_together(store_of):
    pace, times = SharedPace(Rate.of("20/s"), store_of(), name="flights"), []
    await slots(pace, 2, [])
    await asyncio.sleep(0.5)
    await slots(pace, 5, times)
    assert times[-1] - times[0] >= 4 * pace.rate.gap - 1e-3


async def test_a_refusal_of_one_worker_slows_all_and_retry_after_stops_all(store_of):
    one, other = (SharedPace(Rate.of("100/s"), store_of(), name="flights") for _ in range(2))
    ticket = await one.slot()
    await one.refused(ticket, 0.4)
    await one.refused(ticket, 0.4)
    waiting: list[float] = []
    await slots(other, 1, waiting)
    assert waiting[0] - ticket.at / 1e6 >= 0.4
    times: list[float] = []
    await slots(other, 6, times)
    assert times[-1] - times[0] >= 5 * 2 * one.rate.gap - one.rate.leeway - 1e-3  # the first may be late
    for _ in range(130):
        await other.accepted()
    assert other._share == 1


async def test_headers_that_one_worker_saw_stop_another(server, settings_for, redis_server):
    server.answers(lambda: page(**{"x-quota-limit": "100", "x-quota-remaining": "0"}))
    settings = settings_for(server.url, pace_store=redis_server.url)
    async with Api(settings) as one:
        await one.fetch_page(LIVE, offset=0, limit=1)
    async with Api(settings) as other:
        with pytest.raises(QuotaExhausted):
            await other.fetch_page(LIVE, offset=0, limit=1)


async def test_a_budget_is_shared(server, settings_for, redis_server):
    settings = settings_for(server.url, pace_store=redis_server.url, budget=10)
    async with Api(settings) as one, Api(settings) as other:
        await asyncio.gather(ask_many(one, 5), ask_many(other, 5))
        with pytest.raises(BudgetExhausted):
            await one.fetch_page(LIVE, offset=0, limit=1)
    assert len(server.asked) == 10


async def test_without_the_store_a_run_stops_if_that_is_the_setting(server, settings_for, redis_server):
    settings = settings_for(server.url, pace_store=redis_server.url, pace="50/s")
    async with Api(settings) as api:
        await api.fetch_page(LIVE, offset=0, limit=1)
        redis_server.stop()
        with pytest.raises(RateLimited, match=r"store on 127.0.0.1 does not answer .* no call may be sent") as caught:
            await api.fetch_page(LIVE, offset=1, limit=1)
    assert "AVIASTACK_PACE_STORE_DOWN=local" in str(caught.value)
    assert len(server.asked) == 1


async def test_a_store_that_was_never_reached_stops_the_run_whatever_the_setting(server, settings_for, redis_server):
    redis_server.stop()
    settings = settings_for(server.url, pace_store=redis_server.url, pace_store_down="local")
    async with Api(settings) as api:
        with pytest.raises(RateLimited, match="was never reached"):
            await api.fetch_page(LIVE, offset=0, limit=1)
    assert server.asked == []


async def test_without_the_store_each_worker_goes_on_with_its_part_of_pace_and_budget(
    server, settings_for, redis_server, caplog, monkeypatch
):
    monkeypatch.setattr(redis_store, "RECHECK", 600)
    monkeypatch.setattr(redis_store, "BEAT", 0)
    settings = settings_for(
        server.url, pace_store=redis_server.url, pace_store_down="local", pace="20/s", budget=34, max_calls=100
    )
    async with Api(settings) as one, Api(settings) as other:
        await asyncio.gather(ask_many(one, 2), ask_many(other, 2))
        await asyncio.gather(one.quota(), other.quota())  # each knows of the other
        redis_server.stop()
        await asyncio.gather(ask_many(one, 6), ask_many(other, 6))
        own = [api._paces["flights"]._own._schedule.rate for api in (one, other)]
        assert own == [Rate.of("10/s")] * 2
        assert "1/2 of pace and budget" in caplog.text
        with pytest.raises(BudgetExhausted):
            await ask_many(one, 12)
        redis_server.start()
        for api in (one, other):
            api._shared._again_at = 0  # the time until the next attempt is over
        assert (await one.quota()).used == one.calls + 2
        await other.quota()
        assert (await one.quota()).used == one.calls + other.calls == len(server.asked) <= 34
        assert one._shared.careful
        assert "back" in caplog.text


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("mysql://user:s3cret-password@host", "Invalid pace_store"),
        ("redis://user:s3cret-password@host:port", "Invalid AVIASTACK_PACE_STORE"),
    ],
)
async def test_an_address_that_is_no_redis_is_a_bad_request_without_its_password(
    server, settings_for, address: str, message: str
) -> None:
    with pytest.raises(BadRequest, match=message) as caught:
        async with Api(settings_for(server.url, pace_store=address)) as api:
            await api.fetch_page(LIVE, offset=0, limit=1)
    assert "s3cret-password" not in str(caught.value)


async def test_the_key_is_not_in_the_store(server, settings_for, redis_server):
    settings = settings_for(server.url, pace_store=redis_server.url, pace="100/s")
    async with Api(settings) as api:
        await ask_many(api, 3)
        with Redis.from_url(redis_server.url) as store:
            names = sorted(store.keys())
            dumped = b"".join([*names, *(store.dump(name) for name in names)])
    prefix = f"aviastack:{fingerprint(settings)}:".encode()
    expected = [prefix + name for name in (b"account", b"pace:flights", b"pace:flights:sent", b"workers")]
    assert [name for name in names if not name.endswith(b":unsent")] == expected
    assert KEY.encode() not in dumped


async def test_a_shared_pace_survives_a_store_that_forgets_everything(server, settings_for, redis_server):
    settings = settings_for(server.url, pace_store=redis_server.url, pace="50/s", pace_store_down="stop")
    server.answers(error(429, "rate_limit_reached"), page)
    async with Api(settings, retry_policy=QUICK) as api:
        await api.fetch_page(LIVE, offset=0, limit=1)
        redis_server.stop()
        redis_server.start()
        await api.fetch_page(LIVE, offset=0, limit=1)
    assert len(server.asked) == 3


def test_the_fixture_is_a_real_redis(redis_server: RedisServer):
    with Redis.from_url(redis_server.url) as store:
        assert store.info()["redis_version"]


class StoreOnVirtualTime:
    """The real store and the real scripts, by the running loop's clock instead of Redis' own; it answers at once."""

    prefix, careful = "virtual", False

    def __init__(self, redis: Any) -> None:
        self._redis = redis

    def register_script(self, text: str) -> Callable[..., Awaitable[Any]]:
        on_virtual_time = text.replace("redis.call('TIME')", "redis.call('LRANGE', 'clock', 0, 1)")

        async def call(keys: list[str], args: list[Any]) -> Any:
            now = round(asyncio.get_running_loop().time() * 1e6) + 10**15
            self._redis.delete("clock")
            self._redis.rpush("clock", now // 10**6, now % 10**6)
            return self._redis.eval(on_virtual_time, len(keys), *keys, *args)

        return call

    async def run(self, work: Callable[[Any], Awaitable[Any]]) -> Any:
        return await work(self)

    def run_later(self, work: Callable[[Any], Awaitable[Any]]) -> None:
        self.reporting = asyncio.create_task(work(self))


def workers_on_virtual_time(redis_server: RedisServer, rate: str, count: int) -> list[SharedPace]:
    """Paces of as many workers; to be made in the loop that they run in."""
    client = Redis.from_url(redis_server.url)
    client.flushall()
    clock = asyncio.get_running_loop().time
    return [SharedPace(Rate.of(rate), StoreOnVirtualTime(client), name="flights", clock=clock) for _ in range(count)]


@pytest.mark.parametrize("count", [2, 3])
@pytest.mark.parametrize("rate", ["20/s", "5/s"])
def test_workers_whose_calls_are_late_by_up_to_200_ms_are_refused_nothing(redis_server, rate, count):
    window, chance = StrictWindow(Rate.of(rate)), Random(count)

    async def work() -> None:
        paces = workers_on_virtual_time(redis_server, rate, count)
        delay = partial(chance.uniform, 0, 0.2)
        await asyncio.gather(*(send_all(pace, window, 300 // count, delay) for pace in paces))

    instantly(work())
    assert window.refused == 0
    assert len(window.admitted) == 300


@pytest.mark.parametrize("rate", ["20/s", "5/s", "1/10s"])
def test_workers_on_quiet_machines_use_98_percent_of_the_shared_pace(redis_server, rate):
    window = StrictWindow(Rate.of(rate))

    async def work() -> None:
        paces = workers_on_virtual_time(redis_server, rate, 3)
        await asyncio.gather(*(send_all(pace, window, 50, lambda: 0.001) for pace in paces))

    instantly(work())
    assert window.refused == 0
    assert window.share >= 0.98


def test_a_slot_whose_worker_died_is_waited_for_no_longer_than_patience(redis_server):
    async def work() -> tuple[float, float]:
        dead, other, given_up = workers_on_virtual_time(redis_server, "1/s", 3)
        await dead.slot()
        (await other.slot()).sent()
        after_death = asyncio.get_running_loop().time()
        (await given_up.slot()).done()
        await other.slot()
        return after_death, asyncio.get_running_loop().time() - after_death

    (after_death, after_giving_up), _ = instantly(work())
    assert after_death == pytest.approx(PATIENCE, abs=0.02)
    assert after_giving_up < 2.2 * Rate(1).gap
