"""Taxi times: minutes from the gate to wheels off, and from wheels on to the gate.

``tables/taxi.csv`` holds the 20th percentile, median and 80th percentile of single flights at US airports, from the
On-Time Performance data of the US Bureau of Transportation Statistics (2024, and early 2008 for airports with too few
flights in 2024; public domain). Other airports have no published figures and share one plausible distribution.
"""

from __future__ import annotations

from functools import cache
from math import log
from statistics import NormalDist

import polars as pl

from aviastack.simulator.world.draws import Draws
from aviastack.simulator.world.network import TABLES, network

_ELSEWHERE = {"out": (9.0, 12.0, 17.0), "in": (3.0, 5.0, 8.0)}  # 20th percentile, median, 80th percentile
_Z80 = NormalDist().inv_cdf(0.8)
_STEPS = 1_024  # points of the normal distribution that are drawn from
_LONGEST = 90.0


def expected(way: str, airport: pl.Expr) -> pl.Expr:
    """Return the median minutes at an airport (its position in the network); ``way`` is ``out`` or ``in``."""
    return pl.lit(_percentiles(way)["median"]).gather(airport)


def drawn(draws: Draws, way: str, airport: pl.Expr, ids: pl.Expr) -> pl.Expr:
    """Return whole minutes per flight, spread as that airport's flights are: two half-lognormals around the median."""
    figures = _percentiles(way)
    z = pl.lit(_normal()).gather(draws.below(f"taxi {way}", ids, _STEPS))
    spread = (
        pl.when(z < 0)
        .then(pl.lit(figures["below"]).gather(airport))
        .otherwise(pl.lit(figures["above"]).gather(airport))
    )
    minutes = pl.lit(figures["median"]).gather(airport) * (spread * z).exp()
    return minutes.clip(1, _LONGEST).round().cast(pl.Int32)


@cache
def _percentiles(way: str) -> pl.DataFrame:
    """Per airport of the network: the median, and the logarithmic spread below and above it."""
    known = {row["iata"]: row for row in pl.read_csv(TABLES / "taxi.csv").iter_rows(named=True)}
    names = [f"{way}_p20", f"{way}_median", f"{way}_p80"]
    rows = []
    for iata in network().airports["iata"]:
        low, median, high = [float(known[iata][name]) for name in names] if iata in known else _ELSEWHERE[way]
        rows.append((median, log(median / low) / _Z80, log(high / median) / _Z80))
    return pl.DataFrame(rows, schema=["median", "below", "above"], orient="row")


@cache
def _normal() -> pl.Series:
    normal = NormalDist()
    return pl.Series([normal.inv_cdf((step + 0.5) / _STEPS) for step in range(_STEPS)])
