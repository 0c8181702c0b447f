# ruff: noqa: INP001 - a script beside the dbt project, not a package
"""Write seeds/airport_coordinates.csv from the airportsdata package (MIT): every airport that has an IATA code.

Run it from the project's environment after an update of the package: ``python dbt/scripts/make_airport_seed.py``.
"""

from __future__ import annotations

import csv
from pathlib import Path

SEED = Path(__file__).parents[1] / "seeds" / "airport_coordinates.csv"
COLUMNS = ("iata", "icao", "name", "city", "country", "tz", "lat", "lon")


def main() -> None:
    """Replace the seed."""
    import airportsdata

    airports = airportsdata.load("IATA")
    with SEED.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        for code in sorted(airports):
            airport = dict(airports[code])
            # DuckDB's reader of CSV does not guess doubled quotes: so nicknames get single ones.
            name = airport["name"].replace('"', "'")
            place = {"lat": round(airport["lat"], 5), "lon": round(airport["lon"], 5)}
            writer.writerow(airport | place | {"name": name})


if __name__ == "__main__":
    main()
