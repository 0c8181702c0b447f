"""Which charts the page has, in their order, and why one is not there."""

from __future__ import annotations

from aviastack.report.airline_charts import cancellations, delays, punctuality, trend
from aviastack.report.chart import Chart
from aviastack.report.coverage_chart import completeness
from aviastack.report.figures import LEAST_TIMED, Figures
from aviastack.report.place_charts import hours, routes, world_map

CHARTS = {
    punctuality: "Punctuality: no arrival of these airlines and dates has a known time.",
    trend: "Trend: only one of the dates has arrivals with known times.",
    delays: "Delays: no arrival of these airlines and dates has a known time.",
    cancellations: "Cancellations: no flight has come to its end yet.",
    hours: "Airports by hour: no departure of these airlines and dates has a known time.",
    routes: f"Worst routes: no route has {LEAST_TIMED} arrivals with known times; fewer say too little.",
    completeness: "Completeness: no load of these dates asked for whole partners.",
    world_map: "Map: fewer than two airports have a known place and departures with known times.",
}
"""What draws each chart, and what is said where there is nothing to draw."""


def charts_of(figures: Figures) -> list[Chart]:
    """Return the page's charts, those without data left out."""
    return [chart for chart in (draw(figures) for draw in CHARTS) if chart is not None]


def left_out(figures: Figures) -> list[str]:
    """Return why a chart is not there, a sentence each."""
    return [why for draw, why in CHARTS.items() if draw(figures) is None]
