"""The user's own taxi table from a BTS file: minutes between gate and runway, by airport and direction."""

from __future__ import annotations

import polars as pl

from aviastack.reconcile.bts import BtsFlights

LEAST = 50  # flights of an airport and direction below which its figures say too little


def taxi_times(flights: BtsFlights) -> pl.DataFrame:
    """Return rows in the columns of dbt's seed ``taxi_times``: median, 20th and 80th percentile of single flights."""
    rows = flights.rows
    first, last = flights.dates
    taxiing = [
        rows.select(airport_iata=airport, direction=pl.lit(direction), minutes=minutes)
        for airport, direction, minutes in (("destination", "in", "taxi_in"), ("origin", "out", "taxi_out"))
    ]
    minutes = pl.col("minutes")
    return (
        pl.concat(taxiing)
        .drop_nulls("minutes")
        .group_by("airport_iata", "direction")
        .agg(
            minutes.median().alias("median_minutes"),
            minutes.quantile(0.2, "linear").alias("p20_minutes"),
            minutes.quantile(0.8, "linear").alias("p80_minutes"),
            pl.len().cast(pl.Int64).alias("flights"),
        )
        .filter(pl.col("flights") >= LEAST)
        .with_columns(period=pl.lit(f"{first} to {last}"), source=pl.lit("own BTS file"))
        .sort("airport_iata", "direction")
    )
