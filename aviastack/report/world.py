"""Where on earth there are airports at all: drawn faintly, they show the continents without a map's own data."""

from __future__ import annotations

import csv
from functools import cache

from aviastack.marts.build import project_folder


@cache
def known_places() -> list[tuple[int, int]]:
    """Return (longitude, latitude) of the world's airports in whole degrees, each place once."""
    with (project_folder() / "seeds" / "airport_coordinates.csv").open(encoding="utf-8", newline="") as seed:
        return sorted({(round(float(row["lon"])), round(float(row["lat"]))) for row in csv.DictReader(seed)})
