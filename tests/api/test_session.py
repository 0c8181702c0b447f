from __future__ import annotations

import asyncio
import gzip
import json
import logging
import threading

import pytest
from aiohttp import web

from aviastack.api import responses, session
from aviastack.api.retries import GIVEN_UP, RetryPolicy
from aviastack.api.session import Api
from aviastack.errors import (
    ApiDown,
    ApiUnavailable,
    BadRequest,
    BudgetExhausted,
    KeyRefused,
    PlanRefused,
    QuotaExhausted,
    RateLimited,
)
from aviastack.slices import Slice
from tests.support.api_servers import KEY, LIVE, QUICK, ask_many, error, page

QUOTA = {"x-quota-limit": "100"}


@pytest.fixture
async def api(server, settings_for):
    async with Api(settings_for(server.url), retry_policy=QUICK) as opened:
        yield opened


async def test_a_page_is_asked_for_with_the_slices_query_and_its_place(server, api):
    got = await api.fetch_page(
        Slice.of("flights", {"flight_date": "2026-11-21", "airline_iata": "aa"}), offset=300, limit=100
    )
    asked = {"flight_date": "2026-11-21", "airline_iata": "AA", "limit": "100", "offset": "300", "access_key": KEY}
    assert (server.paths, server.asked) == (["/v1/flights"], [asked])
    assert (got.offset, got.limit, got.pagination.count) == (300, 100, 1)
    assert (api.calls, api.retried) == (1, 0)


async def test_an_endpoint_that_answers_at_once_is_sent_no_place(server, api):
    server.answers(
        web.json_response({"pagination": {"limit": None, "offset": None, "count": 0, "total": 0}, "data": []})
    )
    await api.fetch_page(Slice.of("timetable", {"iataCode": "SFO", "type": "arrival"}), offset=0, limit=100)
    assert server.asked == [{"iataCode": "SFO", "type": "arrival", "access_key": KEY}]


async def test_a_missing_key_is_told_before_a_call(server, settings_for):
    async with Api(settings_for(server.url, access_key="")) as api:
        with pytest.raises(KeyRefused, match="No access key is set"):
            await api.fetch_page(LIVE, offset=0, limit=100)
    assert server.asked == []


@pytest.mark.parametrize(
    "fault",
    [
        lambda: web.json_response({}),
        lambda: web.Response(text="<html>", content_type="text/html"),
        lambda: web.Response(body=b'{"pagination":{"limit":100,"off'),
        lambda: error(500, "internal_error"),
        lambda: web.Response(status=502),
    ],
)
async def test_what_may_pass_is_asked_again_at_the_same_offset_and_each_attempt_is_a_call(server, api, fault, caplog):
    server.answers(fault, fault, page(offset=700))
    with caplog.at_level(logging.INFO, "aviastack"):
        await api.fetch_page(LIVE, offset=700, limit=100)
    assert [asked["offset"] for asked in server.asked] == ["700"] * 3
    assert (api.calls, api.retried) == (3, 2)
    assert (await api.quota()).used == 3
    assert caplog.text.count("costs another call") == 2


async def test_patience_is_bounded_and_ends_in_the_faults_own_error(server, api):
    server.answers(lambda: error(503, "internal_error", "down for maintenance"))
    with pytest.raises(ApiUnavailable, match="down for maintenance") as caught:
        await api.fetch_page(LIVE, offset=0, limit=100)
    assert api.calls == len(server.asked) == QUICK.attempts
    assert caught.value.__context__ is None


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (lambda: error(401, "invalid_access_key"), KeyRefused),
        (lambda: error(403, "function_access_restricted"), PlanRefused),
        (lambda: error(422, "validation_error"), BadRequest),
        (lambda: error(429, "usage_limit_reached"), QuotaExhausted),
        (lambda: error(429, "rate_limit_reached", "Your monthly usage limit has been reached."), QuotaExhausted),
        (lambda: web.Response(status=301, headers={"Location": "https://elsewhere.example"}), ApiUnavailable),
        (lambda: error(404, "404_not_found"), ApiUnavailable),
    ],
)
async def test_what_will_not_change_costs_one_call(server, api, answer, kind):
    server.answers(answer)
    with pytest.raises(kind):
        await api.fetch_page(LIVE, offset=0, limit=100)
    assert len(server.asked) == api.calls == 1


async def test_a_disguised_validation_error_costs_two_calls(server, api):
    server.answers(lambda: error(500, "internal_error", "date must be above 2026-11-28"))
    slice_ = Slice.of("flightsFuture", {"date": "2026-11-23", "iataCode": "SFO", "type": "arrival"})
    with pytest.raises(BadRequest, match="date must be above"):
        await api.fetch_page(slice_, offset=0, limit=100)
    assert len(server.asked) == 2


async def test_a_plan_that_refuses_one_endpoint_still_serves_another(server, api):
    async def handler(request):
        return error(403, "function_access_restricted") if "routes" in request.path else page()

    server.handler = handler
    with pytest.raises(PlanRefused):
        await api.fetch_page(Slice.of("routes"), offset=0, limit=100)
    assert (await api.fetch_page(Slice.of("airlines"), offset=0, limit=100)).pagination.count == 1


async def test_an_api_that_is_down_gets_a_bounded_number_of_calls_for_any_number_of_slices(server, api):
    server.answers(lambda: error(503, "internal_error", "down for maintenance"))
    for _ in range(GIVEN_UP):
        with pytest.raises(ApiUnavailable, match="down for maintenance"):
            await api.fetch_page(LIVE, offset=0, limit=100)
    for _ in range(12):
        with pytest.raises(ApiDown, match="3 calls in a row failed after all their retries"):
            await api.fetch_page(LIVE, offset=0, limit=100)
    assert len(server.asked) == api.calls == GIVEN_UP * QUICK.attempts


async def test_an_answer_in_between_keeps_the_breaker_closed(server, api):
    async def handler(request):
        return page(offset=5) if request.query["offset"] == "5" else error(503, "internal_error")

    server.handler = handler
    for _ in range(2 * GIVEN_UP):
        with pytest.raises(ApiUnavailable) as caught:
            await api.fetch_page(LIVE, offset=0, limit=100)
        assert not isinstance(caught.value, ApiDown)
        await api.fetch_page(LIVE, offset=5, limit=100)


async def test_a_charged_refusal_is_counted_as_a_call(server, api):
    server.answers(error(403, "function_access_restricted", **QUOTA, **{"x-increment-usage": "1"}))
    with pytest.raises(PlanRefused):
        await api.fetch_page(LIVE, offset=0, limit=100)
    assert (api.calls, api.calls_of(LIVE)) == (1, 1)


@pytest.mark.parametrize(
    ("header", "source"), [("simulated", "simulated"), ("the moon", "127.0.0.1"), ("", "127.0.0.1")]
)
async def test_a_page_names_its_source(server, api, header, source):
    server.answers(page(**{"x-aviastack-source": header}))
    assert (await api.fetch_page(LIVE, offset=0, limit=100)).source == source


async def test_a_clock_that_disagrees_is_warned_of_once(server, api, caplog):
    server.answers(lambda: page(Date="Thu, 01 Jan 1970 00:00:00 GMT"))
    for _ in range(3):
        assert (await api.fetch_page(LIVE, offset=0, limit=100)).skewed
    assert caplog.text.count("clock disagrees") == 1


async def test_a_retry_after_beyond_patience_ends_the_call_and_tells_how_long(server, settings_for):
    server.answers(lambda: error(429, "rate_limit_reached", **{"Retry-After": "3600"}))
    async with Api(settings_for(server.url), retry_policy=RetryPolicy(retry_after=60)) as api:
        with pytest.raises(RateLimited, match="asks to wait 3,600 s"):
            await api.fetch_page(LIVE, offset=0, limit=100)
    assert len(server.asked) == 1


async def test_an_unreachable_api_is_told_after_few_attempts_and_costs_nothing(settings_for):
    async with Api(settings_for("http://127.0.0.1:1/v1"), retry_policy=QUICK) as api:
        with pytest.raises(ApiUnavailable, match="does not answer"):
            await api.fetch_page(LIVE, offset=0, limit=100)
        assert (api.calls, api.retried) == (0, 3)
        assert (await api.quota()).used == 0


async def test_no_more_calls_are_under_way_than_concurrency_allows(server, settings_for):
    under_way = most = 0

    async def handler(request):
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.01)
        under_way -= 1
        return page(offset=int(request.query["offset"]))

    server.handler = handler
    async with Api(settings_for(server.url, concurrency=3)) as api:
        await ask_many(api, 20)
    assert most == 3


async def test_an_endpoint_with_a_slow_pace_starves_no_other(server, settings_for):
    board = Slice.of("timetable", {"iataCode": "SFO", "type": "arrival"})
    async with Api(settings_for(server.url, pace=None, plan="business", concurrency=2)) as api:
        slow = [asyncio.create_task(api.fetch_page(board, offset=0, limit=100)) for _ in range(5)]  # 1/10s
        await asyncio.sleep(0.05)
        async with asyncio.timeout(300):
            await ask_many(api, 3)
        for task in slow:
            task.cancel()
        await asyncio.gather(*slow, return_exceptions=True)
    assert [path.rsplit("/", 1)[1] for path in server.paths].count("flights") == 3
    assert api.calls == len(server.asked)


async def test_a_run_stops_before_the_call_that_would_exceed_its_own_limit(server, settings_for):
    async with Api(settings_for(server.url, max_calls=5)) as api:
        with pytest.raises(BudgetExhausted, match="the limit of 5 calls per run"):
            await ask_many(api, 16)
    assert len(server.asked) <= 5


async def test_a_retry_counts_towards_the_budget_and_is_stopped_by_it(server, settings_for):
    server.answers(lambda: web.json_response({}))
    async with Api(settings_for(server.url, max_calls=3), retry_policy=QUICK) as api:
        with pytest.raises(BudgetExhausted):
            await api.fetch_page(LIVE, offset=0, limit=100)
    assert len(server.asked) == 3


async def test_the_months_budget_holds_over_runs_and_within_one(server, settings_for):
    settings = settings_for(server.url, budget=10)
    for _ in range(2):
        async with Api(settings) as api:
            await ask_many(api, 4)
    async with Api(settings) as api:
        outcomes = await asyncio.gather(
            *(api.fetch_page(LIVE, offset=n, limit=1) for n in range(8)), return_exceptions=True
        )
    assert sum(isinstance(outcome, BudgetExhausted) for outcome in outcomes) == 6
    assert len(server.asked) == 10


async def test_the_headers_of_a_spent_month_stop_the_next_call_before_it_is_made(server, settings_for):
    server.answers(lambda: page(**QUOTA, **{"x-quota-remaining": "0"}))
    settings = settings_for(server.url)
    async with Api(settings) as api:
        await api.fetch_page(LIVE, offset=0, limit=100)
        with pytest.raises(QuotaExhausted, match="quota of 100 calls is spent"):
            await api.fetch_page(LIVE, offset=0, limit=100)
    async with Api(settings) as api:
        with pytest.raises(QuotaExhausted):
            await api.fetch_page(LIVE, offset=0, limit=100)
    assert len(server.asked) == 1


async def test_no_more_calls_leave_than_the_headers_say_are_left(server, settings_for):
    left = 20

    async def handler(request):
        nonlocal left
        left -= 1
        assert left >= 0
        return page(offset=int(request.query["offset"]), **QUOTA, **{"x-quota-remaining": str(left)})

    server.handler = handler
    async with Api(settings_for(server.url)) as api:
        await api.fetch_page(LIVE, offset=0, limit=100)
        outcomes = await asyncio.gather(
            *(api.fetch_page(LIVE, offset=n, limit=1) for n in range(40)), return_exceptions=True
        )
        assert sum(isinstance(outcome, QuotaExhausted) for outcome in outcomes) == 21
        assert (await api.quota()).remaining == left == 0


async def test_a_larger_budget_allows_calls_that_a_paid_plan_bills(server, settings_for):
    server.answers(lambda: page(**QUOTA, **{"x-quota-remaining": "0"}))
    async with Api(settings_for(server.url, budget=103)) as api:
        await api.fetch_page(LIVE, offset=0, limit=100)
        await api.fetch_page(LIVE, offset=0, limit=100)
        assert (await api.quota()).used == 101


async def test_the_probe_costs_one_call_and_tells_the_month(server, api):
    server.answers(page(**QUOTA, **{"x-quota-remaining": "73"}))
    quota = await api.check_key()
    assert (quota.limit, quota.remaining, quota.used, quota.source) == (100, 73, 27, "api")
    assert api.calls == 1
    assert server.paths == ["/v1/countries"]


async def test_the_probe_accepts_a_key_whose_plan_does_not_serve_it(server, api):
    server.answers(error(403, "function_access_restricted"))
    assert (await api.check_key()).used == 1


async def test_a_cancelled_call_leaves_the_ledger_and_the_client_in_order(server, settings_for):
    async def handler(request):
        await asyncio.sleep(5)
        return page()

    server.handler = handler
    async with Api(settings_for(server.url, pace="1/60s")) as api:
        asking = [asyncio.create_task(api.fetch_page(LIVE, offset=n, limit=1)) for n in range(3)]
        async with asyncio.timeout(300):
            while not server.asked:  # noqa: ASYNC110 - the server sets no event
                await asyncio.sleep(0.01)
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)
        assert len(server.asked) == api.calls == (await api.quota()).used == 1


@pytest.mark.parametrize(("rows", "beside"), [(100, False), (20_000, True)])
async def test_a_large_page_is_unpacked_beside_the_loop(server, settings_for, monkeypatch, rows, beside):
    said = {"limit": rows, "offset": 0, "count": rows, "total": rows}
    data = [{"n": n, "pad": str(n) * 10} for n in range(rows)]
    packed = gzip.compress(json.dumps({"pagination": said, "data": data}).encode())
    server.answers(lambda: web.Response(body=packed, headers={"Content-Encoding": "gzip"}))
    threads = []

    def page_from(*args):
        threads.append(threading.current_thread())
        return responses.page_from(*args)

    monkeypatch.setattr(session, "page_from", page_from)
    async with Api(settings_for(server.url)) as api:
        got = await api.fetch_page(LIVE, offset=0, limit=rows)
    assert got.packed == packed
    assert (threads[0] is not threading.main_thread()) is beside


async def test_a_single_exchange_can_be_mocked(answered, settings_for):
    settings = settings_for("https://api.aviationstack.com/v1")
    url = "https://api.aviationstack.com/v1/flights"
    body = {"pagination": {"limit": 100, "offset": 0, "count": 0, "total": 0}, "data": []}
    answered.add(url, payload=body, headers={"x-quota-limit": "100", "x-quota-remaining": "74"})
    async with Api(settings) as api:
        got = await api.fetch_page(LIVE, offset=0, limit=100)
        assert got.pagination.total == 0
        assert (await api.quota()).remaining == 74
    answered.assert_called_once()


async def test_to_be_used_it_must_be_open(settings_for):
    api = Api(settings_for("http://127.0.0.1:1/v1"))
    with pytest.raises(RuntimeError, match="async with"):
        await api.fetch_page(LIVE, offset=0, limit=1)
    await api.close()
