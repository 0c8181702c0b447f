"""The month's account of one key: the calls spent, the calls left, and whether a further call may be sent.

Our own count is exact for the calls that this ledger's workers sent. The API's ``x-quota-*`` headers know more (other
programs with the same key) and less (calls under way): ``beyond`` is what they add to our count, changed only as far as
a header proves. The start of a period is not published: it is ``AVIASTACK_QUOTA_RESET_DAY``, else learnt from the
headers (a later call reports a smaller use), else the first of the month, in UTC.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Literal

import msgspec

from aviastack.errors import BudgetExhausted, Exhausted, QuotaExhausted, counted
from aviastack.settings import Settings

KEPT_MONTHS = 13
RETRY_AFTER = timedelta(minutes=10)  # when one call may find out whether a spent month is over or the plan upgraded
PINNED = timedelta(hours=36)  # a reset seen within this time of an earlier call shows the day of the reset
DAY = 86_400  # seconds
LEAST_FALL = 5  # calls by which the use must fall to count as a reset; or 2 % of the quota


class Quota(msgspec.Struct, frozen=True):
    """What is known of the month, in calls. ``source``: the API's headers, the plan as set, or our own count alone.

    ``resets`` is the date (UTC) of the next reset, None if its day is not known. ``limit`` and ``remaining`` are None
    if neither headers nor an explicit plan give them. ``seen_at`` is when headers last came.
    """

    limit: int | None
    used: int
    remaining: int | None
    source: Literal["api", "plan", "ledger"]
    resets: date | None
    seen_at: datetime | None
    budget: int | None


class Account(msgspec.Struct):
    """The stored state of one key. Times are seconds since 1970.

    ``counted``: requests sent in this period. ``beyond``: calls that the API charged and we did not count; negative for
    calls that it did not charge. ``charged``: the API's own count when it last reported it. ``spent_at``: when the API
    last refused a call because the month is spent. ``requested_at``: when each endpoint was last requested, or will be.
    """

    period: date = date.min
    counted: int = 0
    beyond: int = 0
    limit: int | None = None
    charged: int | None = None
    seen_at: float | None = None
    spent_at: float | None = None
    reset_day: int | None = None
    months: dict[str, int] = {}
    requested_at: dict[str, float] = {}

    @property
    def used(self) -> int:
        """Calls that this period has cost."""
        return max(0, self.counted + self.beyond)

    def open(self, now: float, rules: Rules) -> None:
        """Begin a new period if one is due."""
        start = _start(int(now // DAY), rules.reset_day or self.reset_day or 1)
        if start > self.period:
            self._begin(start, counted=0)

    def grant(self, now: float, rules: Rules) -> Exhausted | None:
        """Count a call that is about to be sent, or return why it may not be."""
        self.open(now, rules)
        refusal = self._over_budget(rules) or self._over_quota(now, rules)
        if refusal is None:
            self.counted += 1
        return refusal

    def count(self, calls: int) -> None:
        """Count requests sent without a grant; negative for a granted call that was not sent."""
        self.counted = max(0, self.counted + calls)

    def spent(self, now: float) -> None:
        """Note that the API refused a call because the month is spent."""
        self.spent_at = now

    def learn(self, reported: QuotaHeaders, now: float) -> None:
        """Correct the account by the headers of an answer."""
        if not reported.limit or reported.remaining is None or reported.remaining > reported.limit:
            return
        charged = reported.limit - reported.remaining
        fall = (self.charged or 0) - charged
        if (
            self.seen_at is not None
            and reported.sent_at > self.seen_at
            and fall > max(LEAST_FALL, reported.limit // 50)
        ):
            if now - self.seen_at < PINNED.total_seconds():
                self.reset_day = _day(now).day
            self._begin(_day(now), counted=charged)
        self.limit, self.charged, self.seen_at = reported.limit, charged, now
        if reported.remaining and reported.sent_at >= (self.spent_at or 0):
            self.spent_at = None
        self.beyond = max(self.beyond, charged - self.counted)
        if reported.remaining:  # at 0 the count stops, while a paid plan continues to charge
            self.beyond = min(self.beyond, max(charged - reported.settled, charged - self.counted))

    def quota(self, now: float, rules: Rules) -> Quota:
        """Return the state of the account at ``now``; changes nothing."""
        seen = msgspec.structs.replace(self)
        seen.open(now, rules)
        is_reported = seen.seen_at is not None and seen.limit is not None
        limit = seen.limit if is_reported else rules.assumed_limit
        day = rules.reset_day or seen.reset_day
        return Quota(
            limit=limit,
            used=seen.used,
            remaining=0 if seen.spent_at else None if limit is None else max(0, limit - seen.used),
            source="api" if is_reported else "plan" if limit is not None else "ledger",
            resets=_next(seen.period, day) if day else None,
            seen_at=datetime.fromtimestamp(self.seen_at, UTC) if self.seen_at is not None else None,
            budget=rules.budget,
        )

    def _begin(self, start: date, *, counted: int) -> None:
        if self.counted:
            months = {**self.months, self.period.isoformat(): self.counted}
            self.months = dict(sorted(months.items())[-KEPT_MONTHS:])
        self.period, self.counted, self.beyond = start, counted, 0
        self.charged = self.seen_at = self.spent_at = None

    def _over_budget(self, rules: Rules) -> Exhausted | None:
        used = self.counted + max(0, self.beyond)
        if rules.budget is None or used < rules.budget:
            return None
        return BudgetExhausted(
            f"The next call would exceed the budget of {counted(rules.budget, 'call')} per month "
            f"({used:,} since {self.period}).",
            remedy="Raise AVIASTACK_BUDGET, or wait for the next period.",
        )

    def _over_quota(self, now: float, rules: Rules) -> Exhausted | None:
        """Return an error if the API's headers leave no call, unless a larger budget permits calls that are billed."""
        limit = self.limit if self.seen_at is not None else None
        if self.spent_at is None and (limit is None or self.used < limit or (rules.budget or 0) > limit):
            return None
        again = (self.spent_at or self.seen_at or now) + RETRY_AFTER.total_seconds()
        if now >= again:
            self.spent_at = now  # the other calls wait for the answer to this one
            return None
        quota = f"quota of {counted(limit, 'call')}" if limit is not None else "quota"
        return QuotaExhausted(
            f"The month's {quota} is spent ({self.used:,} used since {self.period}).",
            remedy="Wait for the next period or upgrade; a paid plan bills more calls if AVIASTACK_BUDGET allows them. "
            f"One call may try again after {datetime.fromtimestamp(again, UTC):%H:%M} UTC.",
        )


class Rules(msgspec.Struct, frozen=True):
    """The settings about the month. ``assumed_limit`` is that of an explicitly set plan; it never stops a call."""

    budget: int | None = None
    reset_day: int | None = None
    assumed_limit: int | None = None

    @classmethod
    def of(cls, settings: Settings) -> Rules:
        """Take them from the settings."""
        is_set = "plan" in settings.model_fields_set
        return cls(settings.budget, settings.quota_reset_day, settings.plan.calls_per_month if is_set else None)


class QuotaHeaders(msgspec.Struct, frozen=True):
    """The quota headers of an answer, and when its call was sent.

    ``settled`` counts the period's calls that were answered by then, this one included: the API has charged those.
    """

    limit: int | None
    remaining: int | None
    sent_at: float
    settled: int


def _day(now: float) -> date:
    return datetime.fromtimestamp(now, UTC).date()


@lru_cache(maxsize=8)
def _start(days: int, day: int) -> date:
    """Return the last ``day`` of a month (or the month's last day) up to ``days`` after 1970 began."""
    today = _day(days * DAY)
    this = today.replace(day=min(day, monthrange(today.year, today.month)[1]))
    if this <= today:
        return this
    last = today.replace(day=1) - timedelta(days=1)
    return last.replace(day=min(day, last.day))


def _next(start: date, day: int) -> date:
    following = (start.replace(day=1) + timedelta(days=32)).replace(day=1)
    return following.replace(day=min(day, monthrange(following.year, following.month)[1]))


def quota_of(headers: Mapping[str, str]) -> tuple[int | None, int | None]:
    """Return the month's limit and the calls that remain, from the headers; None for what they lack."""
    return _whole(headers.get("x-quota-limit")), _whole(headers.get("x-quota-remaining"))


def _whole(header: str | None) -> int | None:
    return int(header) if header is not None and re.fullmatch(r"\s*[0-9]{1,15}\s*", header) else None
