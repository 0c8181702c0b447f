"""One date: which scheduled rows operate, and what becomes of them, whatever the API may show of it.

All times are minutes. ``departs`` and ``arrives`` count from the local midnight of the flight's date, ``_utc`` ones
from midnight UTC of the same date.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from aviastack.simulator.world.draws import Draws
from aviastack.simulator.world.network import network
from aviastack.simulator.world.offsets import offset_at_arrival, offset_at_departure
from aviastack.simulator.world.schedule import schedule
from aviastack.simulator.world.taxi import drawn, expected

# Delays pile up until the evening.
_BUSY_BY_HOUR = tuple(0.55 + 0.95 * min(max(hour - 5, 0), 15) / 15 for hour in range(24))
# How much weather adds to delays and cancellations at one airport in twenty, at one in five, and elsewhere.
_STORM, _RAIN, _FAIR = 2.2, 1.0, 0.6
_STORMS, _RAINS = 0.05, 0.20
_SLIP_DAYS = 56  # an airline that slips gets worse for eight weeks, then starts again
_RETIMED, _WITHDRAWN, _ADDED = 0.008, 0.006, 0.010
_DIVERTED = 0.0015
_HEAVY_TAIL = 0.04  # of late departures
_SATURDAY = 5
_PADDING = 6  # minutes by which schedules exceed what a flight takes on average
_LONGEST_DELAY = 1_125


def planned(seed: int, flights_per_day: int, day: date, days_to_go: int) -> pl.DataFrame:
    """Return the rows of ``day`` as the schedule has them ``days_to_go`` days before it (negative: after it).

    Flights are added, withdrawn and retimed in the week before they leave, and some vanish on the day after.
    """
    draws = Draws(seed, day.toordinal())
    leg, weekday = pl.col("leg"), day.weekday()
    operates = pl.col("days") // 2**weekday % 2 == 1
    withdrawn = draws.happens("withdrawn", leg, _WITHDRAWN) & (days_to_go < draws.below("notice", leg, 8) - 1)
    unknown_yet = draws.happens("added", leg, _ADDED) & (days_to_go >= draws.below("notice of it", leg, 7))
    retimed = draws.happens("retimed", leg, _RETIMED) & (days_to_go < draws.below("notice of time", leg, 8))
    named = pl.col("carrier") != network().nameless
    shift = pl.when(retimed & named).then(draws.below("new time", leg, 25) * 5 - 60).otherwise(0)
    weekend = pl.col("weekend") if weekday >= _SATURDAY else pl.lit(0)
    return (
        schedule(seed, flights_per_day)
        .filter(operates & ~withdrawn & ~unknown_yet)
        .with_columns((pl.col("minute") + weekend + shift).clip(0, 1_439).cast(pl.Int32).alias("departs"))
        .drop("minute", "days", "weekend")
    )


def flown(seed: int, flights_per_day: int, day: date, days_to_go: int) -> pl.DataFrame:
    """Return the planned rows with their true course.

    Adds ``departs_utc``, ``arrives`` and ``arrives_utc`` (as scheduled, at the gate), ``late_out`` and ``late_in``
    (minutes at the gate against the schedule, negative for early), ``off`` and ``on`` (the same for wheels off and
    wheels on), ``cancelled``, ``diverted``, and ``date_bits`` (64 random bits for what changes from day to day).
    """
    rows = planned(seed, flights_per_day, day, days_to_go)
    draws = Draws(seed, day.toordinal())
    rows = clocked(rows, day)
    rows = _with_chances(draws, rows, day)
    leg = pl.col("leg")
    swing = pl.min_horizontal(pl.lit(14.0), pl.col("minutes") * 0.12)
    on_the_way = (draws.share("wind", leg) + draws.share("approach", leg) - 1) * swing - _PADDING
    taxi_out, taxi_in = pl.col("taxi_out"), pl.col("taxi_in")
    unplanned = taxi_out - expected("out", pl.col("departure")) + taxi_in - expected("in", pl.col("arrival"))
    return (
        rows.with_columns(
            _late_out(draws).alias("late_out"),
            drawn(draws, "out", pl.col("departure"), leg).alias("taxi_out"),
            drawn(draws, "in", pl.col("arrival"), leg).alias("taxi_in"),
        )
        .with_columns((pl.col("late_out") + (unplanned + on_the_way).round()).cast(pl.Int32).alias("late_in"))
        .with_columns(
            (pl.col("late_out") + taxi_out).alias("off"),
            (pl.col("late_in") - taxi_in).alias("on"),
            draws.happens("cancelled", leg, pl.col("cancels")).alias("cancelled"),
            draws.happens("diverted", leg, _DIVERTED).alias("diverted"),
            draws.bits("date", leg).alias("date_bits"),
        )
        .drop("chance", "mean", "cancels", "taxi_out", "taxi_in")
    )


def clocked(rows: pl.DataFrame, day: date) -> pl.DataFrame:
    """Add ``departs_utc``, ``arrives_utc`` and ``arrives`` to planned rows, by the zones' offsets at those moments."""
    out = offset_at_departure(day, rows["departure"], rows["departs"])
    rows = rows.with_columns((pl.col("departs") - out).alias("departs_utc"))
    rows = rows.with_columns((pl.col("departs_utc") + pl.col("minutes")).alias("arrives_utc"))
    far = offset_at_arrival(day, rows["arrival"], rows["arrives_utc"])
    return rows.with_columns((pl.col("arrives_utc") + far).alias("arrives"))


def _with_chances(draws: Draws, rows: pl.DataFrame, day: date) -> pl.DataFrame:
    """Add how likely a late departure is, how late on the mean, and how likely a cancellation."""
    weather = draws.share("weather", pl.col("airport"))
    stormy, rainy = weather < _STORMS, weather < _STORMS + _RAINS
    airports = network().airports.select(
        pl.when(stormy).then(_STORM).when(rainy).then(_RAIN).otherwise(_FAIR).alias("weather"),
        (0.85 + 0.4 * Draws(0).share("congestion", pl.col("airport"))).alias("congestion"),
    )
    slipped = 0.6 + 2.0 * (day.toordinal() % _SLIP_DAYS) / _SLIP_DAYS
    habits = network().airlines
    # The operator's habits, not the marketing carrier's, decide how a codeshare row fares.
    flier = rows.select(pl.coalesce("operator", "carrier"))["operator"]
    at, hour = airports[rows["departure"].cast(pl.UInt32)], rows["departs"] // 60
    slip = habits["slips"].gather(flier) * (slipped - 1) + 1
    busy = pl.Series(_BUSY_BY_HOUR).gather(hour)
    chance = habits["late"].gather(flier) * slip * busy * at["weather"] * at["congestion"]
    cancels = habits["cancelled"].gather(flier) * at["weather"]
    return rows.with_columns(
        chance.clip(0.02, 0.9).alias("chance"), habits["minutes"].gather(flier).alias("mean"), cancels.alias("cancels")
    )


def _late_out(draws: Draws) -> pl.Expr:
    """Late departures wait 15 minutes and an exponential rest with a heavy tail; others are off by -7 to 14 minutes."""
    leg = pl.col("leg")
    stretch = pl.when(draws.happens("tail", leg, _HEAVY_TAIL)).then(4.0).otherwise(1.0)
    late = 15 - pl.col("mean") * stretch * (1 - draws.share("how late", leg)).log()
    punctual = 21 * draws.share("how early", leg).pow(2) - 7
    return (
        pl.when(draws.happens("late", leg, pl.col("chance"))).then(late).otherwise(punctual)
        .clip(-7, _LONGEST_DELAY).floor().cast(pl.Int32)
    )  # fmt: skip
