"""The charts of places: routes, airports, airports by the hour."""

from __future__ import annotations

import altair as alt

from aviastack.report.chart import (
    ARRIVALS,
    DEPARTURES,
    EVEN,
    Chart,
    band_text,
    bands,
    labels,
    percent,
    span_text,
    specification_of,
    tall,
    tips,
    values_of,
)
from aviastack.report.figures import Figures
from aviastack.report.intervals import LEAST_TIMED

MOST_ROUTES = 15
MOST_AIRPORTS = 15
FEW = 10  # timed departures below which an hour is drawn pale
SCALE = alt.Scale(domain=[0.5, 0.95], range=["#b3440b", "#f0c36a", "#2f7fbf"], interpolate="rgb", clamp=True)
STEPS = alt.Legend(title="departures on time at the gate", format=".0%", orient="bottom", values=[0.5, 0.65, 0.8, 0.95])


def routes(figures: Figures) -> Chart | None:
    """The routes with the most late arrivals above their airline's own average."""
    worst = [route for route in figures.routes if route.excess > 0][:MOST_ROUTES]
    if not worst:
        return None
    data = [
        values_of(r.arrivals) | {"route": f"{r.departure}-{r.arrival}, {r.code} (n={r.arrivals.timed})"} for r in worst
    ]
    base = alt.Chart(alt.Data(values=data)).encode(
        y=alt.Y("route:N", sort=None, title=None, axis=labels(170)), tooltip=tips("route")
    )
    clear = sum(route.is_below_average for route in worst)
    return Chart(
        "routes",
        "Which routes are below their airline's average?",
        f"Routes with at least {LEAST_TIMED} timed arrivals, those with the most late arrivals above their airline's "
        "own average first. "
        f"Clearly below, by more than the estimate and chance explain: {clear} of {len(worst)}; of the others, no "
        "order can be given. Bands as above: less than 15 minutes late at the gate.",
        f"Bands by route. First is {worst[0].departure} to {worst[0].arrival} of {worst[0].airline}.",
        specification_of(bands(base, alt.value(ARRIVALS), "arrivals on time, gate (estimate)"), height=tall(data)),
        ("route", "airline", "estimate", "with chance", "timed", "late above average", "clear", "cancelled"),
        [
            (
                f"{r.departure}-{r.arrival}",
                r.airline,
                span_text(r.arrivals.estimates),
                band_text(r.arrivals),
                f"{r.arrivals.timed:,}",
                f"{r.excess:+.1f}",
                "yes" if r.is_below_average else "no",
                f"{r.cancelled:,}",
            )
            for r in figures.routes[: 4 * MOST_ROUTES]
        ],
    )


def airports(figures: Figures) -> Chart | None:
    """The busiest airports by their departures."""
    shown = [airport for airport in figures.airports if airport.departures.is_comparable][:MOST_AIRPORTS]
    if not shown:
        return None
    shown.sort(key=lambda airport: (-(airport.departures.by_median.value or 0), airport.code))
    data = [values_of(a.departures) | {"airport": a.code, "name": a.name} for a in shown]
    base = alt.Chart(alt.Data(values=data)).encode(
        y=alt.Y("airport:N", sort=None, title=None, axis=labels(60)),
        tooltip=[alt.Tooltip("name:N"), *tips("airport")[1:]],
    )
    return Chart(
        "airports",
        "Is it the airport?",
        f"Departures less than 15 minutes late at the gate at the {len(shown)} busiest airports with taxi figures and "
        "at least "
        f"{LEAST_TIMED} timed departures, all of the page's airlines together. If two bands overlap, no order can be "
        "given. The "
        "diamond, by the runway time, mostly shows how long the taxiway is.",
        "Bands of departures by airport.",
        specification_of(
            bands(base, alt.value(DEPARTURES), "departures on time at the gate (estimate)"), height=tall(data, 24)
        ),
        ("airport", "departures", "estimate", "with chance", "timed", "at the runway"),
        [
            (
                f"{a.name} ({a.code})",
                f"{a.flights:,}",
                span_text(a.departures.estimates),
                band_text(a.departures),
                f"{a.departures.timed:,}",
                percent(a.departures.at_runway),
            )
            for a in shown
        ],
    )


def hours(figures: Figures) -> Chart | None:
    """The busiest airports by the hour of their own clocks."""
    shown = [airport for airport in figures.airports if airport.departures.timed][:MOST_AIRPORTS]
    if not shown:
        return None
    data = [
        values_of(band) | {"airport": airport.code, "hour": hour, "sample": 1 if band.timed >= FEW else 0.35}
        for airport in shown
        for hour, band in airport.hours.items()
        if band.timed
    ]
    cells = (
        alt.Chart(alt.Data(values=data))
        .mark_rect()
        .encode(
            x=alt.X(
                "hour:O",
                title="local hour of scheduled departure",
                axis=EVEN,
                scale=alt.Scale(domain=list(range(24))),
            ),
            y=alt.Y("airport:N", sort=[a.code for a in shown], title=None),
            color=alt.Color("median:Q", scale=SCALE, legend=STEPS),
            opacity=alt.Opacity("sample:Q", scale=None, legend=None),
            tooltip=["airport:N", "hour:O", *tips("airport")[1:]],
        )
    )
    return Chart(
        "hours",
        "At what hour?",
        "Departures less than 15 minutes late at the gate (estimate by the median taxi time) at the busiest airports "
        "with taxi "
        f"figures, all of the page's airlines together. Pale: fewer than {FEW} departures; blank: none.",
        "A heat map of airports by hour; orange is late, blue is on time.",
        specification_of(cells, height=tall(shown, 22)),
        ("airport", "hour", "estimate", "timed departures"),
        [
            (r["airport"], f"{r['hour']:02d}", span_text((r["from"], r["to"])), f"{r['n']:,}")
            for r in sorted(data, key=lambda row: (row["airport"], row["hour"]))
        ],
    )
