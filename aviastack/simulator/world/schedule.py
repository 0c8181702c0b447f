"""The weekly schedule: every row that a day may show, with everything that is the same from day to day.

A **leg** is one physical flight; its rows are the operating flight, the partners' codeshares and, at times,
**shadows**: the same flight again under another identity. Shares follow 5,511 recorded rows of 2022 to 2026.
"""

from __future__ import annotations

from functools import lru_cache

import polars as pl

from aviastack.simulator.world.draws import Draws, part
from aviastack.simulator.world.network import network

OPERATING, CODESHARE, SHADOW = 0, 1, 2
TERMINALS = (
    "1", "1", "2", "2", "3", "A", "T1", "T2", "I", "D", "S", "N", "4", "5", "MAIN", "TERM", "INTL", "B", "C", "M",
)  # fmt: skip
_TERMINAL_OUT, _TERMINAL_IN = 0.59, 0.615  # of airports' airlines have one
_DEPARTURES_BY_HOUR = (4, 2, 1, 1, 3, 14, 46, 62, 60, 55, 56, 57, 56, 56, 55, 56, 58, 60, 58, 52, 42, 34, 24, 12)
# Of the legs that have codeshares, the shares with 1, 2, ... of them.
_CODESHARES = (0.42, 0.24, 0.12, 0.07, 0.05, 0.035, 0.025, 0.01, 0.01, 0.008, 0.006, 0.006)
_SHARED_LEGS = 0.27
_SHADOWED, _SHADOWED_TWICE, _BARE_SHADOWS = 0.022, 0.0056, 0.35
_UNSEEN_OPERATOR = 0.03
_PSEUDO_SHARE = 0.043  # of codeshare rows
_NAMELESS, _NUMBERED_NAMELESS = 0.0189, 0.0133  # of legs that only one row shows
LAST_NUMBER = 9_998
_BLOCK_ROWS = 150
_DAYS = {127: 0.70, 31: 0.16, 112: 0.04}  # bits of the days, and the share of legs: daily, Monday to Friday, Friday on
_SHIFTED_AT_WEEKENDS = 0.15
_SHORT_KM, _SHORT_TURN, _LONG_TURN = 3_000, 35, 95  # minutes
_STRAY = 0.08  # of rows, out of their block's order
_ROWS_PER_LEG = 1.45  # a week's mean, a little under it so that there are legs to spare


@lru_cache(maxsize=4)
def schedule(seed: int, flights_per_day: int) -> pl.DataFrame:
    """Return the week's rows in the API's order: ``flights_per_day`` of them operate on a mean day.

    Columns: ``leg``, ``kind``, ``carrier`` (who markets it), ``number`` (null if unknown), ``operator`` and
    ``operator_number`` (codeshares only), ``departure`` and ``arrival`` (airports), ``minute`` (of the local day),
    ``minutes`` (block time), ``km``, ``days`` (bit 0 is Monday), ``weekend`` (minutes by which Saturday's and Sunday's
    departure differs), ``block`` (the API lists rows in blocks), ``terminal_out`` and ``terminal_in`` (positions in
    :data:`TERMINALS`), ``leg_bits`` and ``row_bits`` (64 random bits for what never changes).
    """
    draws = Draws(seed)
    legs = _legs(draws, flights_per_day)
    rows = _nameless(draws, _numbered(_marketed(draws, legs)))
    return _equipped(draws, _ordered(draws, _deduplicated(rows), flights_per_day))


def _legs(draws: Draws, flights_per_day: int) -> pl.DataFrame:
    """Out-and-back pairs of flights over the routes, as many as the wanted rows need."""
    pairs = int(flights_per_day / _ROWS_PER_LEG / 2 * 1.25) + 40
    routes = network().routes
    pair, leg = pl.col("pair"), pl.col("leg")
    bounds = routes["weight"].cum_sum()
    out = pl.DataFrame({"pair": pl.arange(pairs, eager=True, dtype=pl.UInt32)}).with_columns(
        draws.share("route", pair).alias("route"), _waved(draws, pair).alias("minute"), _days(draws, pair).alias("days")
    )
    out = out.with_columns(bounds.search_sorted(out["route"]).clip(0, len(bounds) - 1).alias("route"))
    out = out.join(routes.with_row_index("route"), on="route").sort("pair")
    both = pl.concat([out.with_columns((pair * 2).alias("leg")), _returns(draws, out)], how="diagonal").sort("leg")
    return both.select(
        "leg", "airline", "departure", "arrival", "km", "minutes", "minute", "days",
        pl.when(draws.happens("weekend", leg, _SHIFTED_AT_WEEKENDS))
        .then((draws.below("weekend shift", leg, 7) - 3) * 5).otherwise(0).cast(pl.Int16).alias("weekend"),
    )  # fmt: skip


def _waved(draws: Draws, ids: pl.Expr) -> pl.Expr:
    """A departure minute, more of them when airports are busy."""
    hours = pl.Series(_DEPARTURES_BY_HOUR)
    total = int(hours.sum())
    hour = pl.lit(hours.cum_sum()).search_sorted(draws.below("hour", ids, total) + 1)
    return (hour * 60 + draws.below("minute", ids, 12) * 5).cast(pl.Int16)


def _days(draws: Draws, ids: pl.Expr) -> pl.Expr:
    """The days of the week as bits: most daily, some on working days, at weekends, or here and there."""
    bounds = pl.Series(_DAYS.values()).cum_sum()
    kind = pl.lit(bounds).search_sorted(draws.share("days", ids))
    some = draws.below("some days", ids, 127) + 1
    return kind.replace_strict(list(range(len(_DAYS))), list(_DAYS), default=some).cast(pl.UInt8)


def _returns(draws: Draws, out: pl.DataFrame) -> pl.DataFrame:
    """The flights back, after a turn at the far end by its own clock."""
    hours = network().airports.select("airport", (pl.col("lon") / 15).round().alias("hours"))
    least = pl.when(pl.col("km") < _SHORT_KM).then(_SHORT_TURN).otherwise(_LONG_TURN)
    turn = least + draws.below("turn", pl.col("pair"), 9) * 5
    shift = (pl.col("hours_to") - pl.col("hours")) * 60
    return (
        out.join(hours, left_on="departure", right_on="airport")
        .join(hours, left_on="arrival", right_on="airport", suffix="_to")
        .with_columns(
            ((pl.col("minute") + pl.col("minutes") + shift + turn) % 1_440).cast(pl.Int16).alias("minute"),
            (pl.col("pair") * 2 + 1).alias("leg"),
        )
        .rename({"departure": "arrival", "arrival": "departure"})
        .drop("hours", "hours_to")
    )


def _marketed(draws: Draws, legs: pl.DataFrame) -> pl.DataFrame:
    """One row for each identity under which a leg is listed."""
    allied = network().airlines.select(
        "airline",
        "alliance",
        pl.len().over("alliance").alias("members"),
        (pl.col("airline").rank("ordinal").over("alliance") - 1).alias("member"),
    )
    leg = pl.col("leg")
    legs = legs.join(allied, on="airline", how="left").sort("leg")
    partnered = float(legs["alliance"].is_not_null().mean() or 1)  # type: ignore[arg-type]
    count = 1 + pl.lit(pl.Series(_CODESHARES).cum_sum()).search_sorted(draws.share("codeshares", leg)).cast(pl.Int32)
    shared = pl.col("alliance").is_not_null() & (draws.happens("shared", leg, _SHARED_LEGS / partnered))
    shadowed = draws.share("shadowed", leg)
    legs = legs.with_columns(
        pl.when(shared).then(pl.min_horizontal(count, pl.col("members") - 1)).otherwise(0).alias("codeshares"),
        ((shadowed < _SHADOWED + _SHADOWED_TWICE).cast(pl.Int32) + (shadowed < _SHADOWED_TWICE)).alias("shadows"),
    )
    slot = pl.int_ranges(1 + pl.col("codeshares") + pl.col("shadows")).alias("slot")
    rows = legs.with_columns(slot).explode("slot").with_columns(
        pl.when(pl.col("slot") == 0).then(OPERATING)
        .when(pl.col("slot") <= pl.col("codeshares")).then(CODESHARE).otherwise(SHADOW).cast(pl.UInt8).alias("kind"),
        (leg.cast(pl.UInt64) * 32 + pl.col("slot").cast(pl.UInt64)).alias("row"),
    )  # fmt: skip
    return _partnered(draws, rows, allied)


def _partnered(draws: Draws, rows: pl.DataFrame, allied: pl.DataFrame) -> pl.DataFrame:
    """Name the marketing carrier of each row: a partner for codeshares and for some shadows."""
    turn = draws.below("first partner", pl.col("leg"), 64) + pl.col("slot")
    member = (pl.col("member") + 1 + turn % (pl.col("members") - 1)) % pl.col("members")
    partners = allied.filter(pl.col("alliance").is_not_null()).select(
        "alliance", pl.col("member").alias("seat"), pl.col("airline").alias("partner")
    )
    pseudo = network().pseudo
    is_pseudo = (pl.col("kind") == CODESHARE) & (draws.happens("pseudo", pl.col("row"), _PSEUDO_SHARE))
    keeps = (pl.col("kind") == OPERATING) | pl.col("alliance").is_null()
    nameless = (pl.col("kind") == SHADOW) & draws.happens("bare", pl.col("row"), _BARE_SHADOWS)
    return (
        rows.with_columns(member.cast(partners["seat"].dtype).alias("seat"))
        .join(partners, on=["alliance", "seat"], how="left", maintain_order="left")
        .with_columns(
            pl.when(keeps | nameless).then("airline")
            .when(is_pseudo).then(pseudo[0] + draws.below("which pseudo", pl.col("row"), len(pseudo)))
            .otherwise("partner").cast(pl.Int16).alias("carrier"),
            (nameless | ((pl.col("kind") == SHADOW) & keeps)).alias("bare"),
        )
    )  # fmt: skip


def _numbered(rows: pl.DataFrame) -> pl.DataFrame:
    """Number each carrier's rows route by route, none twice on one route; shadows take the operator's number."""
    own = pl.struct("departure", "arrival", "leg", "slot").rank("ordinal").over("carrier", pl.col("kind") == SHADOW)
    rows = rows.with_columns(((own - 1) % LAST_NUMBER + 1).cast(pl.Int16).alias("number"))
    operating = rows.filter(pl.col("kind") == OPERATING).select("leg", pl.col("number").alias("operator_number"))
    codeshare = pl.col("kind") == CODESHARE
    return rows.join(operating, on="leg", how="left", maintain_order="left").with_columns(
        pl.when("bare")
        .then(None)
        .when(pl.col("kind") == SHADOW)
        .then("operator_number")
        .otherwise("number")
        .alias("number"),
        pl.when(codeshare).then("operator_number").alias("operator_number"),
        pl.when(codeshare).then("airline").cast(pl.Int16).alias("operator"),
    )


def _nameless(draws: Draws, rows: pl.DataFrame) -> pl.DataFrame:
    """Take the identity from some flights that one row shows, and the operating row from some that have codeshares."""
    leg, kind = pl.col("leg"), pl.col("kind")
    alone = (pl.col("codeshares") == 0) & (pl.col("shadows") == 0)
    chance = draws.share("nameless", leg)
    hidden = (kind == OPERATING) & (pl.col("codeshares") > 0) & draws.happens("unseen", leg, _UNSEEN_OPERATOR)
    return rows.filter(~hidden).with_columns(
        pl.when(alone & (chance < _NAMELESS + _NUMBERED_NAMELESS))
        .then(network().nameless).otherwise("carrier").cast(pl.Int16).alias("carrier"),
        pl.when(alone & (chance < _NAMELESS)).then(None).otherwise("number").alias("number"),
    )  # fmt: skip


def _deduplicated(rows: pl.DataFrame) -> pl.DataFrame:
    """Drop rows that the API's fields cannot tell apart; a flight without identity is known by its clock alone."""
    nameless = pl.col("carrier") == network().nameless
    rows = rows.with_columns(
        pl.when(nameless).then("minute").alias("clock"),
        pl.when(~nameless).then("weekend").otherwise(0).alias("weekend"),
    )
    return rows.unique(["carrier", "number", "departure", "arrival", "clock"], keep="first", maintain_order=True)


def _ordered(draws: Draws, rows: pl.DataFrame, flights_per_day: int) -> pl.DataFrame:
    """Keep as many legs as the wanted day needs, in blocks of falling departure with some disorder, as recorded."""
    a_day = (rows["days"].bitwise_count_ones() / 7).cum_sum()
    rows = rows.head(int(a_day.search_sorted(flights_per_day)) + 1)
    blocks = max(1, rows.height // _BLOCK_ROWS)
    leg, row = pl.col("leg"), pl.col("row")
    stray = pl.when(draws.happens("stray", row, _STRAY)).then(draws.below("how far", row, 120) - 60).otherwise(0)
    return (
        rows.with_columns(draws.below("block", leg, blocks).alias("block"), (pl.col("minute") + stray).alias("place"))
        .sort("block", "place", "leg", "slot", descending=[False, True, False, False])
        .select(
            "row", "leg", "kind", "carrier", "number", "operator", "operator_number", "minute", "minutes", "days",
            "weekend", "block", pl.col("departure", "arrival").cast(pl.Int16), pl.col("km").cast(pl.Int32),
        )
    )  # fmt: skip


def _equipped(draws: Draws, rows: pl.DataFrame) -> pl.DataFrame:
    """Add terminals, the same for all flights of an airline at an airport, and each row's own chance."""

    def terminal(end: str, share: float) -> pl.Expr:
        place = draws.bits("terminal", pl.col(end).cast(pl.UInt64) * 1_024 + pl.coalesce("operator", "carrier"))
        return pl.when(part(place, 0, 1_000) < share * 1_000).then(part(place, 24, len(TERMINALS)).cast(pl.UInt8))

    return rows.with_columns(
        terminal("departure", _TERMINAL_OUT).alias("terminal_out"),
        terminal("arrival", _TERMINAL_IN).alias("terminal_in"),
        draws.bits("leg", pl.col("leg")).alias("leg_bits"),
        draws.bits("row", pl.col("row")).alias("row_bits"),
    )
