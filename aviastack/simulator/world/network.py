"""The network that flights are drawn from: real airports, real airlines, and routes that they could fly.

Airports (codes, zones, coordinates) come from airportsdata; which of them are served, and how busy they are, and the
airlines with their hubs and habits stand in ``tables/``. An airport or airline is its row number everywhere else.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import polars as pl

from aviastack.simulator.world.draws import Draws

TABLES = Path(__file__).parent / "tables"
_PULL = {1: 10.0, 2: 4.0, 3: 1.5, 4: 0.5}  # how strongly an airport of a tier attracts flights
BIG, _SMALL = 2, 4  # tiers
_NEAREST_KM = 150
_FEEDER_KM = 1_500  # beyond this only the same country serves the smallest airports
_EARTH_KM = 6_371


@dataclass(frozen=True)
class Network:
    """``airports``, ``airlines`` and ``routes`` (airline, departure, arrival, km, minutes, weight; weights sum to 1).

    Some airlines have no aircraft: ``pseudo`` are codes that only ever market the flights of others, without a name,
    and ``nameless`` is the one that the API calls "empty".
    """

    airports: pl.DataFrame
    airlines: pl.DataFrame
    routes: pl.DataFrame

    @cached_property
    def pseudo(self) -> range:
        """The positions of the airlines that have a code and no name."""
        positions = self.airlines.filter(pl.col("name").is_null())["airline"].to_list()
        return range(positions[0], positions[-1] + 1)

    @cached_property
    def nameless(self) -> int:
        """The position of the airline that is called "empty" and has no code."""
        return int(self.airlines.filter(pl.col("name") == "empty")["airline"].item())


@cache
def network() -> Network:
    """Return the network; the same for every seed."""
    airports, airlines = _airports(), _airlines()
    return Network(airports, airlines, _routes(airports, airlines))


def _airports() -> pl.DataFrame:
    import airportsdata

    known = airportsdata.load("IATA")
    tiers: dict[str, int] = {}
    for tier, codes in pl.read_csv(TABLES / "airports.csv").iter_rows():
        for code in codes.split():
            tiers.setdefault(code, tier)
    served = [(known[code], tier) for code, tier in tiers.items() if code in known]
    return pl.DataFrame(
        {
            **{
                name: [port[name] for port, _ in served]
                for name in ("iata", "icao", "city", "country", "tz", "lat", "lon")
            },
            "name": [port["name"].removesuffix(" Airport") for port, _ in served],
            "tier": [tier for _, tier in served],
        }
    ).with_row_index("airport")


def _airlines() -> pl.DataFrame:
    return pl.read_csv(TABLES / "airlines.csv", schema_overrides={"size": pl.Float64}).with_row_index("airline")


def _routes(airports: pl.DataFrame, airlines: pl.DataFrame) -> pl.DataFrame:
    """Each airline flies from its hubs to the airports in reach that pull most, at home rather than abroad."""
    draws = Draws(0)
    ends = airports.select("airport", "iata", "country", "lat", "lon", "tier")
    hubs = (
        airlines.select("airline", "size", "reach_km", pl.col("hubs").str.split(" ").alias("iata"))
        .with_columns(pl.col("iata").list.len().alias("hubs"))
        .explode("iata")
        .join(ends, on="iata", how="inner")
        .rename({"airport": "departure"})
    )
    pairs = hubs.join(ends.rename({"airport": "arrival"}), how="cross", suffix="_to").with_columns(
        _kilometres().alias("km"), (pl.col("country") == pl.col("country_to")).alias("home")
    )
    ids = (pl.col("airline") * 2_000 + pl.col("departure")) * 2_000 + pl.col("arrival")
    pull = pl.col("tier_to").replace_strict(_PULL, return_dtype=pl.Float64)
    weight = pull * (0.3 + 1.4 * draws.share("taste", ids)) * (-2.5 * pl.col("km") / pl.col("reach_km")).exp()
    return (
        pairs.filter(
            pl.col("km").is_between(_NEAREST_KM, pl.col("reach_km")),
            (pl.col("tier_to") < _SMALL) | pl.col("home") | (pl.col("km") < _FEEDER_KM),
        )
        .with_columns((weight * pl.when("home").then(4).otherwise(1)).alias("pull"))
        .filter(pl.col("pull").rank("ordinal", descending=True).over("airline", "departure") <= 15 + 2 * pl.col("size"))
        .with_columns((pl.col("pull") / pl.col("pull").sum().over("airline") * pl.col("size")).alias("weight"))
        .select(
            "airline",
            "departure",
            "arrival",
            "km",
            _minutes().alias("minutes"),
            pl.col("weight") / pl.col("weight").sum(),
        )
        .sort("airline", "departure", "arrival")
    )


def _kilometres() -> pl.Expr:
    """The great-circle distance between the two ends of a pair."""
    lat, lon = pl.col("lat").radians(), pl.col("lon").radians()
    lat_to, lon_to = pl.col("lat_to").radians(), pl.col("lon_to").radians()
    half = ((lat_to - lat) / 2).sin().pow(2) + lat.cos() * lat_to.cos() * ((lon_to - lon) / 2).sin().pow(2)
    return 2 * _EARTH_KM * half.clip(0, 1).sqrt().arcsin()


def _minutes() -> pl.Expr:
    """Block time in minutes: taxiing and climb, then a cruise that is faster the longer it is; at most 18.5 hours."""
    kilometres_per_minute = 9.5 + 4.3 * (pl.col("km") / 2_500).clip(0, 1)
    return ((36 + pl.col("km") / kilometres_per_minute) / 5).round().cast(pl.Int16) * 5
