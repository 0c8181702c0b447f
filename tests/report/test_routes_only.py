"""A page about some routes: every figure is of these routes alone."""

from __future__ import annotations

import duckdb
import pytest

from aviastack.errors import BadRequest
from aviastack.report.html import page_of
from aviastack.report.intervals import all_of
from aviastack.report.queries import figures_of
from aviastack.settings import Settings

from .conftest import FIRST, LAST

PLANNED = """
select departure_airport_key || '-' || arrival_airport_key as route, count(*)
from marts.fct_flights where airline_key = 'AAL' and not is_other_operator and flight_date between ? and ?
group by 1 order by 2 desc, 1 limit 2
"""


def test_every_figure_is_of_the_routes_alone(marts: Settings) -> None:
    with duckdb.connect(marts.warehouse.removeprefix("duckdb:///"), read_only=True) as connection:
        flights = dict(connection.execute(PLANNED, [FIRST, LAST]).fetchall())
    routes = list(flights)
    figures = figures_of(marts, FIRST, LAST, ["AA"], routes)
    [american] = figures.airlines
    assert american.flights == sum(flights.values())
    assert all_of(band for name, _, band in figures.days if name == american.name) == american.arrivals
    assert sum(count for _, _, count in figures.delays) == american.departures.timed
    assert {airport.code for airport in figures.airports} <= {route.partition("-")[0] for route in routes}
    assert {f"{route.departure}-{route.arrival}" for route in figures.routes} <= set(routes)
    page = page_of(figures)
    assert f"(AA), on {', '.join(routes)} only." in page
    whole = figures_of(marts, FIRST, LAST, ["AA"])
    assert whole.airlines[0].flights > american.flights
    assert "only." not in page_of(whole)[page_of(whole).index('id="covers"') :].partition("</p>")[0]


def test_a_route_without_flights_is_refused_with_one_like_it(marts: Settings) -> None:
    with pytest.raises(BadRequest, match="No flight of route 'JFK-XXX' in these dates"):
        figures_of(marts, FIRST, LAST, None, ["JFK-XXX"])
