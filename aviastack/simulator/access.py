"""Access to the simulated API: key, pace, quota and plan, checked in the order in which the API checks them."""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from aviastack.endpoints import ENDPOINTS, Endpoint, Plan
from aviastack.simulator.answers import Answer, error, unauthorized
from aviastack.simulator.simulator_options import SimulatorOptions

NO_KEY = "You have not supplied an API Access Key. [Required format: access_key=YOUR_ACCESS_KEY]"
WRONG_KEY = "You have not supplied a valid API Access Key. [Technical Support: support@apilayer.com]"
INACTIVE = "The user account is inactive."
NO_SUCH = "This API Function does not exist."
NOT_IN_PLAN = "Your current subscription plan does not support this API function."
TOO_FAST = "You have exceeded the maximum rate limitation allowed on your subscription plan."
MONTH_SPENT = "Your monthly usage limit has been reached. Please upgrade your Subscription Plan."
_NOMINAL_QUOTA = 1_000_000  # what the headers say on a plan whose quota is set by contract
_PACE = re.compile(r"(?:(?P<endpoint>\w+)=)?(?P<calls>\d+)/(?P<period>\d+(?:\.\d+)?|)s")


class Window:
    """A sliding window without slack: at most ``calls`` admitted in any ``period`` seconds."""

    def __init__(self, calls: int, period: float) -> None:
        self._calls, self._period = calls, period
        self._admitted: deque[float] = deque()

    def admits(self, now: float) -> bool:
        """Admit a call at ``now`` (seconds of a monotonic clock), or refuse it; a refused call does not count."""
        while self._admitted and now - self._admitted[0] >= self._period:
            self._admitted.popleft()
        if len(self._admitted) >= self._calls:
            return False
        self._admitted.append(now)
        return True


def windows(pace: str | None) -> dict[str, Window]:
    """Return the windows that ``pace`` names, by endpoint; ``""`` is for all others. Raises :class:`ValueError`."""
    found: dict[str, Window] = {}
    for part in (pace or "").split(","):
        if not part:
            continue
        match = _PACE.fullmatch(part.strip())
        known = match is not None and (not match["endpoint"] or match["endpoint"] in ENDPOINTS)
        if match is None or not known or int(match["calls"]) < 1 or float(match["period"] or 1) == 0:
            raise ValueError(
                f"pace '{part}' is not valid: use CALLS/SECONDS, for example 5/s, 1/10s or timetable=1/10s"
            )
        found[match["endpoint"] or ""] = Window(int(match["calls"]), float(match["period"] or 1))
    return found


class AccessControl:
    """The month's calls and the last seconds' calls of the simulated account."""

    def __init__(self, options: SimulatorOptions) -> None:
        self._options = options
        self._windows = windows(options.pace)
        self._charged: Counter[tuple[int, int]] = Counter()
        self._beyond = {name: _beyond(endpoint, options.plan) for name, endpoint in ENDPOINTS.items()}

    @property
    def plan(self) -> Plan:
        """The account's plan."""
        return self._options.plan

    def refusal(self, path: str, query: Mapping[str, str], now: float, moment: datetime) -> Answer | None:
        """Return the refusal of a call, or None; counts the call if the API would.

        ``path`` is the endpoint's name as requested, ``now`` is in seconds of a monotonic clock, ``moment`` decides the
        month. Empty pages, and refusals because of the plan, count like any other call.
        """
        answer = self._unknown(query) or self._too_fast(path, now) or self._exhausted(moment)
        if answer is None:
            answer = self._not_served(path, query)
            self._charged[moment.year, moment.month] += 1
        return answer

    def refund(self, moment: datetime) -> None:
        """Take back a call that never reached the API."""
        self._charged[moment.year, moment.month] -= 1

    def charged(self, moment: datetime) -> int:
        """Return the calls of the month."""
        return self._charged[moment.year, moment.month]

    def headers(self, moment: datetime) -> dict[str, str]:
        """Return the ``x-quota-*`` headers."""
        quota = self._quota or self.plan.calls_per_month or _NOMINAL_QUOTA
        return {
            "x-quota-limit": str(quota),
            "x-quota-remaining": str(max(0, quota - self.charged(moment))),
            "x-increment-usage": "1",
        }

    @property
    def _quota(self) -> int | None:
        """The calls per month that are served; paid plans bill calls above their quota instead of refusing them."""
        if self._options.quota is not None:
            return self._options.quota
        return self.plan.calls_per_month if self.plan is Plan.FREE else None

    def _unknown(self, query: Mapping[str, str]) -> Answer | None:
        key = query.get("access_key", "")
        if not key:
            return unauthorized("missing_access_key", NO_KEY)
        if key.startswith("inactive"):
            return unauthorized("inactive_user", INACTIVE)
        if self._options.key is not None and key != self._options.key:
            return unauthorized("invalid_access_key", WRONG_KEY)
        return None

    def _too_fast(self, path: str, now: float) -> Answer | None:
        window = self._windows.get(path) or self._windows.get("")
        if window is None or window.admits(now):
            return None
        refused = error(429, "rate_limit_reached", TOO_FAST)
        wait = self._options.retry_after
        return refused if wait is None else replace(refused, headers={"retry-after": str(wait)})

    def _exhausted(self, moment: datetime) -> Answer | None:
        if self._quota is None or self.charged(moment) < self._quota:
            return None
        return error(429, "rate_limit_reached" if self._options.month_as_rate else "usage_limit_reached", MONTH_SPENT)

    def _not_served(self, path: str, query: Mapping[str, str]) -> Answer | None:
        if path not in ENDPOINTS:
            return error(404, "invalid_api_function", NO_SUCH)
        beyond = self._beyond[path]
        if beyond is not None and beyond.isdisjoint(query):
            return None
        return error(403, "function_access_restricted", NOT_IN_PLAN)


def _beyond(endpoint: Endpoint, plan: Plan) -> frozenset[str] | None:
    """The parameters that ``plan`` does not include; None if it does not include the endpoint."""
    if plan.rank < endpoint.plan.rank:
        return None
    return frozenset(p.name for p in endpoint.parameters if plan.rank < p.plan.rank)
