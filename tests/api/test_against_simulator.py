"""The client against the simulated API, which charges, refuses and fails by its own rules."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from aviastack.api.session import Api
from aviastack.errors import ApiUnavailable, KeyRefused, PlanRefused, QuotaExhausted
from aviastack.simulator import Simulator
from aviastack.slices import Slice
from tests.support.api_servers import KEY, LIVE, QUICK

DAY = Slice.of("flights", {"flight_date": "2026-10-01", "airline_iata": "DL"})


async def test_gzip_pages_arrive_whole_and_packed(settings_for):
    async with Simulator(flights_per_day=2_000) as simulator, Api(settings_for(simulator.url)) as api:
        page = await api.fetch_page(DAY, offset=0, limit=1_000)
    assert page.packed is not None
    assert len(page.packed) < len(page.body) / 4
    assert page.pagination.count == min(1_000, page.pagination.total) > 0


@pytest.mark.parametrize("month_as_rate", [False, True])
async def test_the_ledger_agrees_with_the_month_that_the_api_charges_to_the_last_call(settings_for, month_as_rate):
    options = {"flights_per_day": 500, "quota": 40, "month_as_rate": month_as_rate}
    async with Simulator(**options) as simulator, Api(settings_for(simulator.url), retry_policy=QUICK) as api:
        await api.fetch_page(LIVE, offset=0, limit=1)
        outcomes = await asyncio.gather(
            *(api.fetch_page(LIVE, offset=n, limit=1) for n in range(60)), return_exceptions=True
        )
        kinds = Counter(type(outcome) for outcome in outcomes)
        quota = await api.quota()
    assert kinds[QuotaExhausted] == 21
    assert (api.calls, quota.used, quota.remaining) == (40, 40, 0)


@pytest.mark.parametrize("month_as_rate", [False, True])
async def test_a_month_that_others_have_spent_is_told_at_the_first_refusal(settings_for, tmp_path, month_as_rate):
    async with Simulator(flights_per_day=500, quota=5, month_as_rate=month_as_rate) as simulator:
        async with Api(settings_for(simulator.url, state=tmp_path / "theirs")) as others:
            for offset in range(5):
                await others.fetch_page(LIVE, offset=offset, limit=1)
        async with Api(settings_for(simulator.url), retry_policy=QUICK) as api:
            for _ in range(2):
                with pytest.raises(QuotaExhausted):
                    await api.fetch_page(LIVE, offset=0, limit=1)
            assert api.calls == 1


async def test_a_free_plan_refuses_a_date_and_serves_what_is_live(settings_for):
    async with Simulator(flights_per_day=500, plan="free") as simulator, Api(settings_for(simulator.url)) as api:
        with pytest.raises(PlanRefused):
            await api.fetch_page(DAY, offset=0, limit=100)
        assert (await api.fetch_page(LIVE, offset=0, limit=100)).pagination.count == 100
        assert (await api.quota()).used == 2


async def test_a_wrong_key_is_refused_and_not_charged(settings_for):
    async with Simulator(key="another-key-than-ours") as simulator, Api(settings_for(simulator.url)) as api:
        with pytest.raises(KeyRefused) as caught:
            await api.check_key()
    assert KEY not in str(caught.value)


async def test_faults_are_asked_away_at_no_more_than_the_faulted_calls(settings_for):
    kinds = ("no_pagination", "error_200", "html", "http500", "truncated", "severed", "reset", "dropped")
    simulator = Simulator(flights_per_day=2_000, faults=",".join(f"{kind}=0.04" for kind in kinds), seed=7)
    async with simulator, Api(settings_for(simulator.url), retry_policy=QUICK) as api:
        pages = await asyncio.gather(*(api.fetch_page(LIVE, offset=10 * n, limit=10) for n in range(40)))
        assert [page.pagination.offset for page in pages] == [10 * n for n in range(40)]
        assert api.calls == 40 + api.retried
        assert 4 < api.retried < 40


async def test_a_server_that_always_fails_ends_the_call(settings_for):
    async with (
        Simulator(faults="no_pagination=1") as simulator,
        Api(settings_for(simulator.url), retry_policy=QUICK) as api,
    ):
        with pytest.raises(ApiUnavailable, match="without pagination"):
            await api.fetch_page(LIVE, offset=0, limit=100)
        assert api.calls == QUICK.attempts
