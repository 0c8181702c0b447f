from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aviastack.errors import BudgetExhausted, QuotaExhausted
from aviastack.limits.quota import Account, QuotaHeaders, Rules
from aviastack.settings import settings_from

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
NO_RULES = Rules()


def at(moment: datetime) -> float:
    return moment.timestamp()


def call(account: Account, now: datetime, *, limit: int, charged: int, rules: Rules = NO_RULES) -> None:
    """Make one call, whose answer reports that ``charged`` calls were made."""
    assert account.grant(at(now), rules) is None
    account.learn(QuotaHeaders(limit, limit - charged, at(now), account.counted), at(now))


def test_calls_are_counted_and_headers_tell_what_others_spent():
    account = Account()
    assert account.grant(at(NOON), NO_RULES) is None
    quota = account.quota(at(NOON), NO_RULES)
    assert (quota.used, quota.limit, quota.remaining, quota.source) == (1, None, None, "ledger")
    call(account, NOON, limit=10_000, charged=500)
    quota = account.quota(at(NOON), NO_RULES)
    assert (quota.used, quota.limit, quota.remaining, quota.source) == (500, 10_000, 9_500, "api")
    assert quota.seen_at == NOON


def test_headers_take_back_calls_that_were_not_charged():
    account = Account()
    for _ in range(10):
        account.grant(at(NOON), NO_RULES)
    call(account, NOON, limit=100, charged=4)
    assert account.quota(at(NOON), NO_RULES).used == 4


def test_a_plan_counts_only_where_it_was_set_and_never_stops_a_call():
    assert Rules.of(settings_from()).assumed_limit is None
    rules = Rules.of(settings_from(plan="free"))
    account = Account(counted=200, period=date(2026, 11, 1))
    assert account.grant(at(NOON), rules) is None
    quota = account.quota(at(NOON), rules)
    assert (quota.limit, quota.used, quota.remaining, quota.source) == (100, 201, 0, "plan")


def test_a_month_begins_on_the_first_where_nothing_else_is_known():
    account = Account()
    call(account, NOON, limit=100, charged=60)
    later = datetime(2026, 12, 1, 0, 0, 1, tzinfo=UTC)
    account.grant(at(later), NO_RULES)
    quota = account.quota(at(later), NO_RULES)
    assert (quota.used, account.period, quota.resets) == (1, date(2026, 12, 1), None)
    assert account.months == {"2026-11-01": 1}


@pytest.mark.parametrize(
    ("day", "today", "start", "resets"),
    [
        (15, date(2026, 11, 21), date(2026, 11, 15), date(2026, 12, 15)),
        (28, date(2026, 11, 21), date(2026, 10, 28), date(2026, 11, 28)),
        (31, date(2026, 11, 30), date(2026, 11, 30), date(2026, 12, 31)),
        (31, date(2027, 2, 27), date(2027, 1, 31), date(2027, 2, 28)),
        (30, date(2028, 3, 1), date(2028, 2, 29), date(2028, 3, 30)),
    ],
)
def test_a_reset_day_begins_the_month_also_where_a_month_is_shorter(day, today, start, resets):
    now = datetime(today.year, today.month, today.day, 12, tzinfo=UTC)
    account, rules = Account(), Rules(reset_day=day)
    account.grant(at(now), rules)
    quota = account.quota(at(now), rules)
    assert (account.period, quota.resets) == (start, resets)


def test_a_use_that_fell_between_two_calls_is_a_reset_and_teaches_its_day():
    account = Account()
    call(account, NOON, limit=100, charged=72)
    tomorrow = NOON + timedelta(days=1)
    call(account, tomorrow, limit=100, charged=1)
    quota = account.quota(at(tomorrow), NO_RULES)
    assert (quota.used, account.period, quota.resets) == (1, date(2026, 11, 22), date(2026, 12, 22))
    assert account.months == {"2026-11-01": 2}


def test_a_reset_after_a_long_silence_begins_a_period_but_teaches_no_day():
    account = Account()
    call(account, NOON, limit=100, charged=72)
    later = NOON + timedelta(days=5)
    call(account, later, limit=100, charged=3)
    quota = account.quota(at(later), NO_RULES)
    assert (quota.used, quota.resets) == (3, None)


def test_answers_out_of_order_are_no_reset_and_no_drift():
    account = Account()
    call(account, NOON, limit=100, charged=1)
    sent = []
    for in_flight in range(1, 17):
        account.grant(at(NOON), NO_RULES)
        sent.append(account.counted - in_flight + 1)
    for charged, settled in zip(reversed(range(2, 18)), sent, strict=True):
        account.learn(QuotaHeaders(100, 100 - charged, at(NOON), settled), at(NOON + timedelta(seconds=1)))
    assert (account.used, account.beyond, account.period) == (17, 0, date(2026, 11, 1))


def test_a_better_plan_is_no_reset():
    account = Account()
    call(account, NOON, limit=100, charged=100)
    account.spent_at = None
    account.learn(QuotaHeaders(10_000, 9_899, at(NOON + timedelta(hours=1)), 2), at(NOON + timedelta(hours=1)))
    quota = account.quota(at(NOON), NO_RULES)
    assert (quota.limit, quota.used, account.period) == (10_000, 101, date(2026, 11, 1))


def test_a_budget_stops_before_the_call_that_would_exceed_it():
    account, rules = Account(), Rules(budget=3)
    assert [account.grant(at(NOON), rules) for _ in range(3)] == [None] * 3
    refusal = account.grant(at(NOON), rules)
    assert isinstance(refusal, BudgetExhausted)
    assert "budget of 3 calls per month" in str(refusal)
    assert account.counted == 3


def test_a_budget_counts_what_other_programs_spent_and_what_the_api_did_not_charge():
    account, rules = Account(), Rules(budget=10)
    call(account, NOON, limit=1000, charged=9, rules=rules)
    assert account.grant(at(NOON), rules) is None
    assert isinstance(account.grant(at(NOON), rules), BudgetExhausted)
    uncharged = Account()
    for _ in range(9):
        uncharged.grant(at(NOON), rules)
    call(uncharged, NOON, limit=1000, charged=1, rules=rules)
    assert isinstance(uncharged.grant(at(NOON), rules), BudgetExhausted)


def test_a_spent_month_is_asked_about_again_by_one_call_after_a_while():
    account = Account()
    account.grant(at(NOON), NO_RULES)
    account.spent(at(NOON))
    assert account.quota(at(NOON), NO_RULES).remaining == 0
    refusal = account.grant(at(NOON + timedelta(minutes=9)), NO_RULES)
    assert isinstance(refusal, QuotaExhausted)
    assert "after 12:10 UTC" in str(refusal)
    later = NOON + timedelta(minutes=11)
    assert account.grant(at(later), NO_RULES) is None
    assert isinstance(account.grant(at(later), NO_RULES), QuotaExhausted)
    account.learn(QuotaHeaders(100, 99, at(later), 1), at(later))
    assert account.grant(at(later), NO_RULES) is None


def test_calls_above_the_quota_are_counted_where_a_budget_allows_them():
    account, rules = Account(), Rules(budget=120)
    call(account, NOON, limit=100, charged=100, rules=rules)
    for _ in range(20):
        call(account, NOON, limit=100, charged=100, rules=rules)
    assert account.used == 120
    assert isinstance(account.grant(at(NOON), rules), BudgetExhausted)


@given(
    others=st.lists(st.integers(0, 3), min_size=1, max_size=40),
    order=st.randoms(use_true_random=False),
    width=st.integers(1, 8),
)
def test_whatever_the_order_of_answers_the_account_ends_at_the_apis_count(others, order, width):
    account, charged, flying, limit = Account(), 0, [], 10_000
    now = at(NOON)
    for more in others:
        now += 1
        charged += more  # another program's calls
        account.grant(now, NO_RULES)
        flying.append([now, account.counted - len(flying), None])
        for sent in order.sample(flying, len(flying)):
            if sent[2] is None and order.random() < 0.5:
                charged += 1
                sent[2] = charged
        arrived = [sent for sent in flying if sent[2] is not None and (len(flying) > width or order.random() < 0.5)]
        for sent in order.sample(arrived, len(arrived)):
            flying.remove(sent)
            account.learn(QuotaHeaders(limit, limit - sent[2], sent[0], sent[1]), now)
        assert account.period == date(2026, 11, 1)
    for sent in flying:
        if sent[2] is None:
            charged += 1
    account.grant(now, NO_RULES)
    charged += 1
    account.learn(QuotaHeaders(limit, limit - charged, now, account.counted), now)
    assert account.used == charged
