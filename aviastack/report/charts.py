"""Which charts the page has, in their order, and why one is missing."""

from __future__ import annotations

from collections.abc import Callable

from aviastack.report.airline_charts import cancellations, delays, punctuality, trend
from aviastack.report.chart import Chart
from aviastack.report.coverage_chart import completeness
from aviastack.report.figures import Figures
from aviastack.report.intervals import LEAST_TIMED
from aviastack.report.place_charts import airports, hours, routes

CHARTS: dict[Callable[[Figures], Chart | None], str] = {
    punctuality: "Punctuality: no flight of these airlines and dates has a known time.",
    trend: "Trend: only one of the dates has arrivals with known times.",
    delays: "Delays: no departure of these airlines and dates has a known time.",
    cancellations: "Cancellations: all flights are pending.",
    routes: f"Routes: none of those to airports with taxi figures has {LEAST_TIMED} timed arrivals.",
    airports: f"Airports: none with taxi figures has {LEAST_TIMED} timed departures.",
    hours: "Airports by hour: no departure with a known time is from an airport with taxi figures.",
    completeness: "Completeness: no load of these dates requested whole partners.",
}
"""What draws each chart, and what is said if there is nothing to draw."""


def charts_of(figures: Figures) -> tuple[list[Chart], list[str]]:
    """Return the page's charts, and a sentence for each that has no data."""
    drawn = [(draw(figures), why) for draw, why in CHARTS.items()]
    return [chart for chart, _ in drawn if chart is not None], [why for chart, why in drawn if chart is None]
