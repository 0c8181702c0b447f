"""What the API shows of a date at a moment: statuses that lag, actual times that are missing, delays that are stale.

The shares follow recorded responses, the newest where the API changed: ``arrival.estimated`` is mostly null since 2025,
``delay`` also null for some late departures since December 2025.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

import polars as pl

from aviastack.simulator.day import flown
from aviastack.simulator.draws import Draws
from aviastack.simulator.schedule import SHADOW

STATUSES = (None, "scheduled", "active", "landed", "cancelled", "incident", "diverted", "unknown")
_CODE = {status: code for code, status in enumerate(STATUSES)}
SETTLED_DAYS = 2  # a date so far back is shown as it will be for ever
_FOREVER = 10**7
_STUCK_SCHEDULED, _STUCK_ACTIVE = 0.048, 0.034  # of flights that have landed


@lru_cache(maxsize=6)
def seen(seed: int, flights_a_day: int, day: date, moment: datetime) -> pl.DataFrame:
    """Return the rows of ``day`` as the API shows them at ``moment`` (UTC, whole minutes; pass it through :func:`as_of`).

    Clocks are minutes from the local midnight of the flight's date, null where the API has none; ``status`` is a position
    in :data:`STATUSES`.
    """
    rows = flown(seed, flights_a_day, day, (day - moment.date()).days)
    draws = Draws(seed, day.toordinal())
    settled = (moment.date() - day).days >= SETTLED_DAYS
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    now = _FOREVER if settled else int((moment - midnight).total_seconds() // 60)
    rows = rows.with_columns(_status(draws, now).alias("status"), pl.lit(now).alias("now"))
    rows = rows.with_columns(
        _is_shown("departure", draws).alias("departed"),
        ((pl.col("status") == _CODE["landed"]) & (draws.share("no arrival", pl.col("row")) >= 0.003)).alias("arrived"),
    ).with_columns(_announced(draws, now).alias("announced"))
    return (
        rows.with_columns(**_actuals(draws, now), **_delays(draws), live_at=_live_at(draws, now))
        .drop("late_out", "late_in", "cancelled", "diverted", "departed", "arrived", "announced", "now")
    )  # fmt: skip


def as_of(day: date, now: datetime) -> datetime:
    """Return the moment at which to look at ``day``: ``now``, or for a settled date one that never changes again."""
    if (now.date() - day).days >= SETTLED_DAYS:
        now = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=SETTLED_DAYS)
    return now.replace(second=0, microsecond=0)


def _status(draws: Draws, now: int) -> pl.Expr:
    leg, row = pl.col("leg"), pl.col("row")
    left = pl.lit(now) >= pl.col("departs_utc") + pl.col("late_out") + 3
    landed = pl.lit(now) >= pl.col("arrives_utc") + pl.col("late_in") + 5
    stuck, odd = draws.share("stuck", leg), draws.share("odd status", row)
    shadow = (pl.col("kind") == SHADOW) & (draws.share("shadow", row) < 0.5)
    known = pl.lit(now) >= pl.col("departs_utc") - 60 * draws.below("called off", leg, 30)
    code = {status: pl.lit(code, dtype=pl.UInt8) for status, code in _CODE.items()}
    return (
        pl.when(odd < 0.0007).then(code[None])
        .when(odd < 0.0030).then(code["unknown"])
        .when(pl.col("cancelled") & known).then(code["cancelled"])
        .when(~left | shadow | (stuck < _STUCK_SCHEDULED)).then(code["scheduled"])
        .when(~landed | (stuck < _STUCK_SCHEDULED + _STUCK_ACTIVE)).then(code["active"])
        .when(pl.col("diverted")).then(code["diverted"])
        .when(odd > 0.99995).then(code["incident"])
        .otherwise(code["landed"])
    )  # fmt: skip


def _is_shown(word: str, draws: Draws) -> pl.Expr:
    """Whether the API knows the actual departure: nearly always once landed, for 57 % of those on the way."""
    shown = draws.share(word, pl.col("leg"))
    status = pl.col("status")
    return (
        status.is_in([_CODE["landed"], _CODE["diverted"], _CODE["incident"]])
        | ((status == _CODE["active"]) & (shown < 0.57))
        | (
            (status == _CODE["scheduled"])
            & (pl.col("now") > pl.col("departs_utc") + pl.col("late_out"))
            & (shown < 0.15)
        )
    )


def _announced(draws: Draws, now: int) -> pl.Expr:
    """Whether a delay is shown without an actual time."""
    near = pl.lit(now) >= pl.col("departs_utc") - 180
    return near & ~pl.col("departed") & (draws.share("announced", pl.col("leg")) < 0.6)


def _actuals(draws: Draws, now: int) -> dict[str, pl.Expr]:
    leg = pl.col("leg")
    departure = pl.when("departed").then(pl.col("departs") + pl.col("late_out"))
    arrival = pl.when("arrived").then(pl.col("arrives") + pl.col("late_in"))
    guess = pl.when(pl.col("announced") | pl.col("departed")).then(pl.col("late_in").clip(0)).otherwise(0)
    soon = (pl.lit(now) >= pl.col("departs_utc") - 120) & (draws.share("runway", leg) < 0.03)
    return {
        "departure_actual": departure,
        "departure_estimated_runway": pl.when(soon & ~pl.col("departed"))
        .then(pl.col("departs") + pl.col("late_out").clip(0))
        .otherwise(departure),
        "arrival_estimated": pl.when(draws.share("estimated", leg) < 0.065).then(pl.col("arrives") + guess),
        "arrival_actual": arrival,
    }


def _delays(draws: Draws) -> dict[str, pl.Expr]:
    """Whole minutes from 1; never 0 or negative. Some late departures have none, and some an old one."""
    leg = pl.col("leg")
    habit = draws.share("delay", leg)
    out = pl.when(habit < 0.06).then(None).when(habit < 0.08).then(pl.col("late_out") // 3).otherwise("late_out")
    shown_out = pl.when(pl.col("departed") | pl.col("announced")).then(out)
    foreseen = pl.col("announced") & (draws.share("foreseen", leg) < 0.4)
    shown_in = pl.when(pl.col("arrived") | foreseen).then("late_in")
    a_day_off = draws.share("a day off", pl.col("row")) < 0.0002
    return {
        "departure_delay": pl.when(shown_out > 0).then(shown_out),
        "arrival_delay": pl.when(a_day_off).then(1_440).when(shown_in > 0).then(shown_in),
    }


def _live_at(draws: Draws, now: int) -> pl.Expr:
    """The minute (UTC) of the last known position: for few flights, some of which are not in the air any more."""
    row, until = pl.col("row"), pl.col("arrives_utc") + pl.col("late_in")
    airborne = (pl.col("status") == _CODE["active"]) & (pl.lit(now) < until)
    share = draws.share("live", row)
    lives = pl.when(airborne).then(share < 0.02).otherwise((share < 0.0015) & (pl.col("status") < _CODE["cancelled"]))
    on_the_way = pl.col("departs_utc") + pl.col("minutes") * (0.05 + 0.9 * draws.share("position", row))
    return pl.when(lives).then(pl.min_horizontal(on_the_way.cast(pl.Int32), pl.lit(now - 1)))
