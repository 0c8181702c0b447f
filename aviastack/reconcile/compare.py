"""Match our flights with those of a BTS file and measure how far both agree, partner by partner.

A flight is matched by date, marketing carrier, number and route. In a file by reporting carrier a regional operator's
flights bear its own code, but the number under which its partner sells them, so those are matched by date, number and
route. Flights are compared only on dates that both sides have, and only between airports that the file has.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from aviastack.reconcile.bts import BtsFlights

LATE_FROM = 15.0  # minutes; DOT, OAG and Cirium call 15 late and 14 on time
# Regional operators that fly under the numbers of the airlines that sell their flights.
REGIONALS = frozenset({"9E", "OO", "YX", "MQ", "OH", "YV", "ZW", "G7", "C5", "PT", "QX", "EV", "CP", "AX", "9K", "KS"})

_DAY = 1_440  # minutes
_KEY = ["date", "number", "origin", "destination"]


@dataclass(frozen=True)
class Agreement:
    """Of ``compared`` matched flights, the share (0 to 1) whose times agree within a minute, and ours minus theirs."""

    compared: int
    within_a_minute: float | None
    mean_difference: float | None
    median_difference: float | None


@dataclass(frozen=True)
class OnTime:
    """Shares (0 to 1) of the same ``flights`` that are less than 15 minutes late.

    ``truth``: at the gate by BTS. ``runway``: by our take-off or touchdown as sent. ``estimate``, ``estimate_p80``: by
    our gate estimates from the median and the 80th percentile of taxi times.
    """

    flights: int
    truth: float | None
    runway: float | None
    estimate: float | None
    estimate_p80: float | None


@dataclass(frozen=True)
class Partner:
    """What a reconciliation says of one airline. All counts are flights on dates and airports that both sides have."""

    airline: str
    bts_flights: int
    our_flights: int
    matched: int
    missing_here: int
    missing_in_bts: int
    schedule: Agreement
    takeoff: Agreement
    touchdown: Agreement
    cancelled_in_bts: int
    cancellations_missed: int
    diverted_in_bts: int
    diversions_missed: int
    departures: OnTime
    arrivals: OnTime
    unreported_arrivals: int  # flights that arrived by BTS and whose arrival our source never reported
    unreported_on_time: float | None


def compare(ours: pl.DataFrame, theirs: BtsFlights, airlines: list[str] | None = None) -> list[Partner]:
    """Return each airline of ``ours`` that the file also has, by IATA code; the one with most matches first.

    ``ours`` are the rows of :func:`aviastack.reconcile.our_flights.our_flights`.
    """
    codes = airlines or sorted(set(ours["carrier"].drop_nulls()))
    partners = [_partner(code, ours.filter(pl.col("carrier") == code), theirs) for code in codes]
    return sorted((p for p in partners if p.bts_flights and p.our_flights), key=lambda p: (-p.matched, p.airline))


def _partner(code: str, ours: pl.DataFrame, theirs: BtsFlights) -> Partner:
    bts = theirs.rows.filter(pl.col("date").is_in(ours["date"].unique().implode()))
    places = set(theirs.rows["origin"]) | set(theirs.rows["destination"])
    ours = ours.filter(
        pl.col("date").is_in(theirs.rows["date"].unique().implode()),
        pl.col("origin").is_in(places) & pl.col("destination").is_in(places),
    )
    own = bts.filter(pl.col("carrier") == code)
    regional = bts.clear() if theirs.by_marketing else bts.filter(pl.col("carrier").is_in(REGIONALS))
    regional = regional.join(ours.select(_KEY).unique(), on=_KEY, how="semi")
    bts = pl.concat([own, regional]) if code not in REGIONALS else own
    both = _numbered(ours).join(_numbered(bts), on=[*_KEY, "nth"], how="inner", suffix="_bts")
    unreported = both.filter(pl.col("arrival_delay").is_not_null() & pl.col("touchdown").is_null())
    return Partner(
        airline=code,
        bts_flights=bts.height,
        our_flights=ours.height,
        matched=both.height,
        missing_here=bts.height - both.height,
        missing_in_bts=ours.height - both.height,
        schedule=_agreement(both, "scheduled_departure", "scheduled_departure_bts"),
        takeoff=_agreement(both, "takeoff", "wheels_off"),
        touchdown=_agreement(both, "touchdown", "wheels_on"),
        cancelled_in_bts=_count(both, pl.col("cancelled")),
        cancellations_missed=_count(both, pl.col("cancelled") & (pl.col("outcome") != "cancelled")),
        diverted_in_bts=_count(both, pl.col("diverted")),
        diversions_missed=_count(both, pl.col("diverted") & (pl.col("outcome") != "diverted")),
        departures=_on_time(both, "departure_delay", "takeoff_delay", "gate_departure_delay"),
        arrivals=_on_time(both, "arrival_delay", "touchdown_delay", "gate_arrival_delay"),
        unreported_arrivals=unreported.height,
        unreported_on_time=_float((unreported["arrival_delay"] < LATE_FROM).mean()),
    )


def _numbered(flights: pl.DataFrame) -> pl.DataFrame:
    """Number the flights of one date, number and route by schedule, so that a second one meets the second one."""
    order = pl.col("scheduled_departure").rank("ordinal").over(_KEY)
    return flights.with_columns(order.alias("nth"))


def _agreement(both: pl.DataFrame, mine: str, theirs: str) -> Agreement:
    """Compare two clocks of the local day; a difference is at most half a day."""
    apart = (pl.col(mine) - pl.col(theirs) + _DAY // 2) % _DAY - _DAY // 2
    differences = both.select(apart.cast(pl.Float64).alias("minutes")).drop_nulls()["minutes"]
    if differences.is_empty():
        return Agreement(0, None, None, None)
    close = float((differences.abs() <= 1).mean() or 0.0)  # type: ignore[arg-type]
    return Agreement(len(differences), close, _float(differences.mean()), _float(differences.median()))


def _on_time(both: pl.DataFrame, truth: str, runway: str, gate: str) -> OnTime:
    columns = {"truth": truth, "runway": runway, "estimate": gate, "estimate_p80": f"{gate}_p80"}
    same = both.select(pl.col(column).alias(name) for name, column in columns.items()).drop_nulls()
    shares = {name: _float((same[name] < LATE_FROM).mean()) for name in columns}
    return OnTime(same.height, **shares)


def _count(both: pl.DataFrame, condition: pl.Expr) -> int:
    return both.filter(condition).height


def _float(value: object) -> float | None:
    return float(value) if isinstance(value, (int, float)) else None
