"""The charts, as Vega-Lite specifications made by altair. Each has a title, a sentence for those who can't see it, and
never tells by colour alone: colours come with position, shape or text.

Colours and sizes of text are the page's, set when it is shown (light, dark, print).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import altair as alt

from aviastack.report.figures import Airport, Completeness, Figures, Route
from aviastack.report.intervals import Share

MOST_LINES = 6  # airlines in the trend: more can't be told apart
MOST_ROUTES = 15
MOST_AIRPORTS = 14
MOST_PLACES = 60
SHARE = alt.Axis(format=".0%")
LINES = alt.Legend(title=None, orient="bottom", columns=2, symbolSize=120)
BLUE, ORANGE = "#3b7dd8", "#d9730d"
SCALE = alt.Scale(domain=[0.5, 0.95], range=["#b3440b", "#f0c36a", "#2f7fbf"], interpolate="rgb", clamp=True)


@dataclass(frozen=True)
class Chart:
    """A chart, its place on the page, and its data as a table of text."""

    id: str
    title: str
    about: str
    alternative: str
    specification: dict[str, Any]
    headings: tuple[str, ...]
    rows: list[tuple[str, ...]]
    wide: bool = False


def charts_of(figures: Figures) -> list[Chart]:
    """Return the page's charts, those without data left out."""
    made = (
        _punctuality(figures),
        _trend(figures),
        _delays(figures),
        _cancellations(figures),
        _hours(figures.airports),
        _routes(figures.routes),
        _completeness(figures.completeness),
        _map(figures.airports),
    )
    return [chart for chart in made if chart is not None]


def _punctuality(figures: Figures) -> Chart | None:
    airlines = sorted((a for a in figures.airlines if a.on_time.count), key=lambda a: -(a.on_time.value or 0))
    if not airlines:
        return None
    data = [_values(a.on_time) | {"airline": a.name, "size": f"n = {a.on_time.count:,}"} for a in airlines]
    base = alt.Chart(alt.Data(values=data)).encode(y=alt.Y("airline:N", sort=None, title=None, axis=_labels(210)))
    interval = base.mark_rule(strokeWidth=3, opacity=0.55, color=BLUE).encode(
        x=alt.X("low:Q", title="arrivals on time", axis=SHARE, scale=alt.Scale(zero=False, padding=40)), x2="high:Q"
    )
    point = base.mark_point(filled=True, size=90, color=BLUE, opacity=1).encode(x="value:Q", tooltip=_tips("airline"))
    sizes = base.mark_text(align="left", dx=8, dy=-9, fontSize=10, opacity=0.8).encode(x="value:Q", text="size:N")
    best, worst = airlines[0], airlines[-1]
    return Chart(
        "punctuality",
        "Which airline is punctual, and how sure is that?",
        "Share of arrivals at most 15 minutes late. The bar is the 95 % interval: where two bars do not overlap, the "
        "difference is hardly chance.",
        f"Dots with intervals. {best.name} leads with {_percent(best.on_time)}, {worst.name} is last with "
        f"{_percent(worst.on_time)}.",
        _spec(interval + point + sizes, height=_tall(data, 34)),
        ("airline", "on time", "95 % interval", "timed arrivals", "mean delay", "90 % within"),
        [
            (
                a.name,
                _percent(a.on_time),
                _interval(a.on_time),
                f"{a.on_time.count:,}",
                _min(a.mean_delay),
                _min(a.p90_delay),
            )
            for a in airlines
        ],
    )


def _trend(figures: Figures) -> Chart | None:
    shown = [airline.name for airline in figures.airlines[:MOST_LINES]]
    days = [(name, day, share) for name, day, share in figures.days if share.count]
    if len({day for _, day, _ in days}) <= 1:
        return None
    data = [_values(share) | {"airline": name, "date": day.isoformat()} for name, day, share in days if name in shown]
    line = (
        alt.Chart(alt.Data(values=data))
        .mark_line(point=alt.OverlayMarkDef(size=45, filled=True))
        .encode(
            x=alt.X(
                "yearmonthdate(date):O", title=None, axis=alt.Axis(format="%d %b", labelOverlap=True, labelAngle=0)
            ),
            y=alt.Y("value:Q", title="arrivals on time", axis=SHARE, scale=alt.Scale(zero=False, nice=True)),
            color=alt.Color("airline:N", sort=shown, legend=LINES),
            strokeDash=alt.StrokeDash("airline:N", sort=shown, legend=None),
            shape=alt.Shape("airline:N", sort=shown, legend=None),
            tooltip=[alt.Tooltip("date:T", title="date"), *_tips("airline")],
        )
    )
    return Chart(
        "trend",
        "Who slipped, and when?",
        f"On-time share by flight date, the {len(shown)} largest airlines. The newest two days may still change."
        if len(figures.airlines) > MOST_LINES
        else "On-time share by flight date. The newest two days may still change.",
        f"Lines by day for {', '.join(shown)}.",
        _spec(line, height=300),
        ("date", "airline", "on time", "95 % interval", "timed arrivals"),
        [(day.isoformat(), name, _percent(s), _interval(s), f"{s.count:,}") for name, day, s in days],
    )


def _delays(figures: Figures) -> Chart | None:
    totals: dict[str, int] = {}
    for name, _, flights in figures.delays:
        totals[name] = totals.get(name, 0) + flights
    if not totals:
        return None
    data = [
        {"airline": name, "minutes": minutes, "share": flights / totals[name], "flights": flights}
        for name, minutes, flights in figures.delays
    ]
    order = [airline.name for airline in figures.airlines if airline.name in totals]
    cells = (
        alt.Chart(alt.Data(values=data))
        .mark_rect()
        .encode(
            x=alt.X("minutes:O", title="minutes late at arrival, by quarters of an hour", axis=alt.Axis(labelAngle=0)),
            y=alt.Y("airline:N", sort=order, title=None, axis=_labels(150)),
            color=alt.Color(
                "share:Q",
                scale=alt.Scale(scheme="blues", type="sqrt"),
                legend=alt.Legend(title="share of arrivals", format=".0%", orient="bottom"),
            ),
            tooltip=[
                "airline:N",
                "minutes:O",
                alt.Tooltip("share:Q", format=".1%"),
                alt.Tooltip("flights:Q", format=","),
            ],
        )
    )
    return Chart(
        "delays",
        "How late is late?",
        "Each row is an airline; darker means more of its arrivals. -60 is an hour early or more, 180 three hours late "
        "or more.",
        "A heat map of arrival delays in quarters of an hour, a row an airline.",
        _spec(cells, height=_tall(order, 24)),
        ("airline", "minutes late", "arrivals", "share"),
        [(n, str(minutes), f"{flights:,}", f"{flights / totals[n]:.1%}") for n, minutes, flights in figures.delays],
    )


def _routes(routes: list[Route]) -> Chart | None:
    worst = routes[:MOST_ROUTES]
    if not worst:
        return None
    data = [
        _values(r.on_time) | {"route": f"{r.departure} to {r.arrival}, {r.code} (n={r.on_time.count})"} for r in worst
    ]
    base = alt.Chart(alt.Data(values=data)).encode(y=alt.Y("route:N", sort=None, title=None, axis=_labels(200)))
    interval = base.mark_rule(strokeWidth=3, opacity=0.55, color=ORANGE).encode(
        x=alt.X("low:Q", title="arrivals on time", axis=SHARE, scale=alt.Scale(domain=[0, 1])), x2="high:Q"
    )
    point = base.mark_point(filled=True, size=80, color=ORANGE, opacity=1).encode(x="value:Q", tooltip=_tips("route"))
    return Chart(
        "routes",
        "Which routes are worst?",
        "The least punctual routes with at least 10 timed arrivals, ranked by the upper end of the interval: even with "
        "luck they are not better than that.",
        f"Dots with intervals. The worst is {worst[0].departure} to {worst[0].arrival} of {worst[0].airline} with "
        f"{_percent(worst[0].on_time)}.",
        _spec(interval + point, height=_tall(data)),
        ("route", "airline", "on time", "95 % interval", "timed", "mean delay", "cancelled"),
        [
            (
                f"{r.departure} to {r.arrival}",
                r.airline,
                _percent(r.on_time),
                _interval(r.on_time),
                f"{r.on_time.count:,}",
                _min(r.mean_delay),
                f"{r.cancelled:,}",
            )
            for r in routes[: 4 * MOST_ROUTES]
        ],
    )


def _cancellations(figures: Figures) -> Chart | None:
    ended = [a for a in figures.airlines if a.cancelled.count]
    if not ended:
        return None
    order = [a.name for a in sorted(ended, key=lambda a: -(a.cancelled.value or 0))]
    data = [
        {"airline": a.name, "what": what, "share": share.value, "flights": share.hits, "rank": rank}
        for a in ended
        for rank, (what, share) in enumerate((("cancelled", a.cancelled), ("diverted", a.diverted)))
    ]
    bars = (
        alt.Chart(alt.Data(values=data))
        .mark_bar()
        .encode(
            x=alt.X("share:Q", title="share of flights", axis=alt.Axis(format=".1%")),
            y=alt.Y("airline:N", sort=order, title=None, axis=_labels(150)),
            yOffset=alt.YOffset("what:N", sort=["cancelled", "diverted"]),
            color=alt.Color(
                "what:N",
                scale=alt.Scale(domain=["cancelled", "diverted"], range=[ORANGE, BLUE]),
                legend=alt.Legend(title=None, orient="bottom"),
            ),
            tooltip=[
                "airline:N",
                "what:N",
                alt.Tooltip("share:Q", format=".2%"),
                alt.Tooltip("flights:Q", format=","),
            ],
        )
    )
    return Chart(
        "cancellations",
        "Who cancels, who diverts?",
        "Shares of flights that came to their end; the upper bar is cancelled, the lower diverted.",
        f"Bars. {order[0]} cancels most.",
        _spec(bars, height=_tall(order, 34)),
        ("airline", "flights", "cancelled", "95 % interval", "diverted", "unresolved"),
        [
            (
                a.name,
                f"{a.flights:,}",
                f"{a.cancelled.hits:,} ({_percent(a.cancelled)})",
                _interval(a.cancelled),
                f"{a.diverted.hits:,} ({_percent(a.diverted)})",
                f"{a.unresolved.hits:,} ({_percent(a.unresolved)})",
            )
            for a in ended
        ],
    )


def _hours(airports: list[Airport]) -> Chart | None:
    shown = [airport for airport in airports if airport.on_time.count][:MOST_AIRPORTS]
    if not shown:
        return None
    data = [
        _values(share) | {"airport": airport.code, "hour": hour}
        for airport in shown
        for hour, share in airport.hours.items()
        if share.count
    ]
    cells = (
        alt.Chart(alt.Data(values=data))
        .mark_rect()
        .encode(
            x=alt.X("hour:O", title="scheduled hour of departure, the airport's clock", axis=alt.Axis(labelAngle=0)),
            y=alt.Y("airport:N", sort=[a.code for a in shown], title=None),
            color=alt.Color(
                "value:Q", scale=SCALE, legend=alt.Legend(title="departures on time", format=".0%", orient="bottom")
            ),
            tooltip=["airport:N", "hour:O", *_tips("airport")[1:]],
        )
    )
    return Chart(
        "hours",
        "Is it the airport, and at what hour?",
        "Departures at most 15 minutes late, all of the page's airlines together, the busiest airports.",
        "A heat map of airports by hour; orange is unpunctual, blue punctual.",
        _spec(cells, height=_tall(shown, 22)),
        ("airport", "hour", "on time", "timed departures"),
        [(r["airport"], f"{r['hour']:02d}", f"{r['value']:.0%}", f"{r['n']:,}") for r in data],
    )


def _map(airports: list[Airport]) -> Chart | None:
    placed = [a for a in airports if a.place is not None and a.on_time.count][:MOST_PLACES]
    if len(placed) <= 1:
        return None
    data = [
        _values(a.on_time)
        | {"airport": f"{a.name} ({a.code})", "code": a.code, "flights": a.flights, "lat": place[0], "lon": place[1]}
        for a in placed
        if (place := a.place) is not None
    ]
    grid = alt.Chart(alt.graticule(step=[20, 20])).mark_geoshape(filled=False, stroke="gray", strokeOpacity=0.25)
    places = alt.Chart(alt.Data(values=data)).encode(longitude="lon:Q", latitude="lat:Q")
    points = places.mark_circle(opacity=0.85, stroke="white", strokeWidth=0.5).encode(
        size=alt.Size("flights:Q", legend=None, scale=alt.Scale(range=[30, 420])),
        color=alt.Color("value:Q", scale=SCALE, legend=alt.Legend(title="on time", format=".0%", orient="bottom")),
        tooltip=[*_tips("airport"), alt.Tooltip("flights:Q", format=",")],
    )
    names = (
        alt.Chart(alt.Data(values=data[:12]))
        .mark_text(dy=-13, fontSize=11)
        .encode(longitude="lon:Q", latitude="lat:Q", text="code:N")
    )
    worst = min(placed, key=lambda a: a.on_time.high or 0)
    return Chart(
        "map",
        "Where?",
        "Airports by departures (size) and on-time share (colour); the busiest are named.",
        f"A map of airports. The least punctual is {worst.name} with {_percent(worst.on_time)}.",
        _spec((grid + points + names).project("equalEarth"), height=460),
        ("airport", "departures", "on time", "95 % interval"),
        [(f"{a.name} ({a.code})", f"{a.flights:,}", _percent(a.on_time), _interval(a.on_time)) for a in placed],
        wide=True,
    )


def _completeness(days: list[Completeness]) -> Chart | None:
    if not days:
        return None
    data = [
        {"date": d.date.isoformat(), "partner": d.partner, "state": _state(d)[0], "mark": _state(d)[1]} for d in days
    ]
    domain = ["settled", "complete, may still change", "incomplete", "missing"]
    base = alt.Chart(alt.Data(values=data)).encode(
        x=alt.X("yearmonthdate(date):O", title=None, axis=alt.Axis(format="%d %b", labelAngle=0, labelOverlap=True)),
        y=alt.Y("partner:N", title=None, axis=_labels(150)),
    )
    cells = base.mark_rect(stroke="white", strokeWidth=1).encode(
        color=alt.Color(
            "state:N",
            scale=alt.Scale(domain=domain, range=["#2f7fbf", "#9cc4e4", "#f0c36a", "#b3440b"]),
            legend=alt.Legend(title=None, orient="bottom", columns=2),
        ),
        tooltip=["partner:N", "date:T", "state:N"],
    )
    marks = base.mark_text(fontSize=11, color="#111").encode(text="mark:N")
    partners = sorted({day.partner for day in days})
    return Chart(
        "completeness",
        "Is everything there?",
        "By partner and flight date. Settled (=): proven complete after the date's list stopped moving. Complete (+): "
        "proven, but taken while it still moved. Incomplete (?): rows are true, some may be missing. Missing (x).",
        "A grid of partners by date, each cell marked by its state.",
        _spec(cells + marks, height=_tall(partners, 26)),
        ("date", "partner", "slices expected", "complete", "settled", "incomplete", "missing"),
        [
            (
                d.date.isoformat(),
                d.partner,
                *(str(n) for n in (d.expected, d.complete, d.settled, d.incomplete, d.missing)),
            )
            for d in days
        ],
    )


def _state(day: Completeness) -> tuple[str, str]:
    if day.settled >= day.expected:
        return "settled", "="
    if day.complete >= day.expected:
        return "complete, may still change", "+"
    return ("incomplete", "?") if day.complete or day.incomplete else ("missing", "x")


def _values(share: Share) -> dict[str, Any]:
    return {"value": share.value, "low": share.low, "high": share.high, "n": share.count}


def _tips(name: str) -> list[alt.Tooltip]:
    return [
        alt.Tooltip(f"{name}:N"),
        alt.Tooltip("value:Q", format=".1%", title="on time"),
        alt.Tooltip("low:Q", format=".1%", title="95 % from"),
        alt.Tooltip("high:Q", format=".1%", title="to"),
        alt.Tooltip("n:Q", format=",", title="timed"),
    ]


def _labels(limit: int) -> alt.Axis:
    return alt.Axis(labelLimit=limit, ticks=False, domain=False, labelPadding=8)


def _spec(chart: Any, height: int) -> dict[str, Any]:
    specification: dict[str, Any] = chart.properties(width="container", height=height).to_dict()
    return specification


def _tall(rows: Any, each: int = 28) -> int:
    return max(90, each * len(rows))


def _percent(share: Share) -> str:
    return "-" if share.value is None else f"{share.value:.1%}"


def _interval(share: Share) -> str:
    return "-" if share.low is None or share.high is None else f"{share.low:.1%} to {share.high:.1%}"


def _min(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f} min"
