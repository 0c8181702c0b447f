"""What the API shows of a date at a moment: statuses that lag, actual times that are missing, delays that are stale.

The shares follow recorded responses, the newest if the API changed: ``arrival.estimated`` is mostly null since 2025,
``delay`` also null for some late departures since December 2025. Actual times are those of the runway, wheels off and
wheels on, and the later a flight leaves, the less often the API reports its end.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

import polars as pl

from aviastack.simulator.world.day import flown
from aviastack.simulator.world.draws import Draws
from aviastack.simulator.world.network import network
from aviastack.simulator.world.schedule import SHADOW

STATUSES = (None, "scheduled", "active", "landed", "cancelled", "incident", "diverted", "unknown")
NO_STATUS, SCHEDULED, ACTIVE, LANDED, CANCELLED, INCIDENT, DIVERTED, UNKNOWN = range(len(STATUSES))
SETTLED_DAYS = 2  # after so many days a date no longer changes
_FOREVER = 10**7
_DAY = 1_440  # minutes

# Of flights that have landed, those still shown as "scheduled" or "active" days later, by how late they took off: under
# 15 minutes, 30, 60, 120, and above. Recorded: 2 %, 14 % from 30 minutes, 85 % from 60, 97 % from 120.
_STUCK_FROM = (15, 30, 60, 120)
_STUCK = (0.02, 0.06, 0.14, 0.85, 0.97)
_STUCK_SCHEDULED = (0.4, 0.5, 0.6, 0.95, 0.96)  # of these, the others are "active"
# Of all rows.
_WITHOUT_STATUS, _OF_UNKNOWN_STATUS, _INCIDENTS = 0.0007, 0.0023, 0.00005
_A_DAY_TOO_LATE = 0.0002  # arrival.delay 1440, an artefact
_ESTIMATED = 0.065  # arrival.estimated at all
_LIVE_ALOFT, _LIVE_LEFT_OVER = 0.02, 0.0015
# Of shadows, of landed rows, of nameless rows.
_SHADOW_STUCK, _LANDED_WITHOUT_ARRIVAL, _MISDATED = 0.5, 0.003, 0.06
# Of departures: known while under way, known though still "scheduled", a delay announced before, its arrival's too.
_KNOWN_UNDER_WAY, _KNOWN_YET_SCHEDULED, _ANNOUNCED, _FORESEEN, _RUNWAY_FIRST = 0.57, 0.15, 0.6, 0.4, 0.03
_NO_DELAY, _OLD_DELAY = 0.06, 0.02  # of late departures

_MINUTES = (
    "departs", "arrives", "departs_utc", "arrives_utc", "departure_actual", "departure_estimated_runway",
    "arrival_actual", "arrival_estimated", "departure_delay", "arrival_delay", "live_at",
)  # fmt: skip
_SHOWN = (
    "carrier", "number", "operator", "operator_number", "departure", "arrival", "minutes", "km", "block", "status",
    "terminal_out", "terminal_in", "leg_bits", "row_bits", "date_bits", *_MINUTES,
)  # fmt: skip


@lru_cache(maxsize=4)
def seen(seed: int, flights_per_day: int, day: date, moment: datetime) -> pl.DataFrame:
    """Return the rows of ``day`` as the API shows them at ``moment`` (UTC; first put through :func:`as_of`).

    Clocks are minutes from the local midnight of the flight's date, null if the API has none; ``status`` is a
    position in :data:`STATUSES`.
    """
    draws = Draws(seed, day.toordinal())
    settled = (moment.date() - day).days >= SETTLED_DAYS
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    now = pl.lit(_FOREVER if settled else int((moment - midnight).total_seconds() // 60))
    rows = flown(seed, flights_per_day, day, (day - moment.date()).days).with_columns(
        _status(draws, now).alias("status")
    )
    rows = rows.with_columns(_departed(draws, now).alias("departed"), _arrived(draws).alias("arrived"))
    rows = rows.with_columns(_announced(draws, now).alias("announced"), _misdated(draws).alias("arrives"))
    rows = rows.with_columns(**_clocks(draws, now), **_delays(draws), live_at=_live_at(draws, now))
    return rows.select(_SHOWN).cast(dict.fromkeys(_MINUTES, pl.Int16))


def as_of(day: date, now: datetime) -> datetime:
    """Return the minute at which to look at ``day``: that of ``now``, or for a settled date always the same one."""
    if (now.date() - day).days >= SETTLED_DAYS:
        now = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=SETTLED_DAYS)
    return now.replace(second=0, microsecond=0)


def _status(draws: Draws, now: pl.Expr) -> pl.Expr:
    leg, row = pl.col("leg"), pl.col("row")
    left = now >= pl.col("departs_utc") + pl.col("off") + 3
    landed = now >= pl.col("arrives_utc") + pl.col("on") + 5
    called_off = pl.col("cancelled") & (now >= pl.col("departs_utc") - 60 * draws.below("called off", leg, 30))
    shadow = (pl.col("kind") == SHADOW) & draws.happens("shadow", row, _SHADOW_STUCK)
    stuck, odd = draws.share("stuck", leg), draws.share("odd status", row)
    stuck_at_all, stuck_scheduled = _stuck()
    status = (
        pl.when(odd < _WITHOUT_STATUS).then(NO_STATUS)
        .when(odd < _WITHOUT_STATUS + _OF_UNKNOWN_STATUS).then(UNKNOWN)
        .when(called_off).then(CANCELLED)
        .when(~left | shadow | (stuck < stuck_scheduled)).then(SCHEDULED)
        .when(~landed | (stuck < stuck_at_all)).then(ACTIVE)
        .when(pl.col("diverted")).then(DIVERTED)
        .when(odd > 1 - _INCIDENTS).then(INCIDENT)
        .otherwise(LANDED)
    )  # fmt: skip
    return status.cast(pl.UInt8)


def _stuck() -> tuple[pl.Expr, pl.Expr]:
    """The chances that a flight which has landed is not shown so, and that it is then shown as scheduled."""
    at_all, scheduled = pl.lit(_STUCK[0]), pl.lit(_STUCK[0] * _STUCK_SCHEDULED[0])
    for minutes, chance, share in zip(_STUCK_FROM, _STUCK[1:], _STUCK_SCHEDULED[1:], strict=True):
        late = pl.col("off") >= minutes
        at_all = pl.when(late).then(chance).otherwise(at_all)
        scheduled = pl.when(late).then(chance * share).otherwise(scheduled)
    return at_all, scheduled


def _departed(draws: Draws, now: pl.Expr) -> pl.Expr:
    """Whether the API knows the actual departure: once landed, for many under way, for some still called scheduled."""
    known, status = draws.share("departure", pl.col("leg")), pl.col("status")
    gone = now > pl.col("departs_utc") + pl.col("off")
    return (
        pl.when(status.is_in([LANDED, DIVERTED, INCIDENT])).then(pl.lit(True))
        .when(status == ACTIVE).then(known < _KNOWN_UNDER_WAY)
        .otherwise((status == SCHEDULED) & gone & (known < _KNOWN_YET_SCHEDULED))
    )  # fmt: skip


def _arrived(draws: Draws) -> pl.Expr:
    return (pl.col("status") == LANDED) & ~draws.happens("no arrival", pl.col("row"), _LANDED_WITHOUT_ARRIVAL)


def _announced(draws: Draws, now: pl.Expr) -> pl.Expr:
    """Whether a delay is shown without an actual time."""
    near = now >= pl.col("departs_utc") - 180
    return near & ~pl.col("departed") & draws.happens("announced", pl.col("leg"), _ANNOUNCED)


def _misdated(draws: Draws) -> pl.Expr:
    """The scheduled arrival, a day too early for some flights without identity."""
    nameless = (pl.col("carrier") == network().nameless) & pl.col("number").is_null()
    wrong = nameless & draws.happens("misdated", pl.col("leg"), _MISDATED)
    return pl.col("arrives") - pl.when(wrong).then(_DAY).otherwise(0)


def _clocks(draws: Draws, now: pl.Expr) -> dict[str, pl.Expr]:
    leg = pl.col("leg")
    departure = pl.when("departed").then(pl.col("departs") + pl.col("off"))
    expected = pl.when(pl.col("announced") | pl.col("departed")).then(pl.col("on").clip(0)).otherwise(0)
    soon = now >= pl.col("departs_utc") - 120
    runway_first = soon & ~pl.col("departed") & draws.happens("runway", leg, _RUNWAY_FIRST)
    expected_out = pl.col("departs") + pl.col("off").clip(0)
    return {
        "departure_actual": departure,
        "departure_estimated_runway": pl.when(runway_first).then(expected_out).otherwise(departure),
        "arrival_estimated": pl.when(draws.happens("estimated", leg, _ESTIMATED)).then(pl.col("arrives") + expected),
        "arrival_actual": pl.when("arrived").then(pl.col("arrives") + pl.col("on")),
    }


def _delays(draws: Draws) -> dict[str, pl.Expr]:
    """Whole minutes from 1; never 0 or negative. Some late departures have none, and some an old one."""
    leg, habit = pl.col("leg"), draws.share("delay", pl.col("leg"))
    shown = (
        pl.when(habit < _NO_DELAY).then(None)
        .when(habit < _NO_DELAY + _OLD_DELAY).then(pl.col("off") // 3)
        .otherwise("off")
    )  # fmt: skip
    out = pl.when(pl.col("departed") | pl.col("announced")).then(shown)
    foreseen = pl.col("announced") & draws.happens("foreseen", leg, _FORESEEN)
    late_in = pl.when(pl.col("arrived") | foreseen).then("on")
    a_day = draws.happens("a day off", pl.col("row"), _A_DAY_TOO_LATE)
    return {
        "departure_delay": pl.when(out > 0).then(out),
        "arrival_delay": pl.when(a_day).then(_DAY).when(late_in > 0).then(late_in),
    }


def _live_at(draws: Draws, now: pl.Expr) -> pl.Expr:
    """The minute (UTC) of the last known position: for few flights, some of which are not in the air any more."""
    row, status, share = pl.col("row"), pl.col("status"), draws.share("live", pl.col("row"))
    aloft = (status == ACTIVE) & (now < pl.col("arrives_utc") + pl.col("on"))
    left_over = (share < _LIVE_LEFT_OVER) & (status < CANCELLED)
    under_way = pl.col("departs_utc") + pl.col("minutes") * (0.05 + 0.9 * draws.share("position", row))
    minute = pl.min_horizontal(under_way.cast(pl.Int32), now - 1)
    return pl.when(pl.when(aloft).then(share < _LIVE_ALOFT).otherwise(left_over)).then(minute)
