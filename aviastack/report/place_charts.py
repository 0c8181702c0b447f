"""The charts of places: routes, airports by the hour, airports on a map."""

from __future__ import annotations

import altair as alt

from aviastack.report.chart import (
    EVEN,
    ORANGE,
    SHARE,
    Chart,
    interval,
    labels,
    minutes,
    percent,
    specification_of,
    tall,
    tips,
    values_of,
)
from aviastack.report.figures import Airport, Figures
from aviastack.report.world import known_places

MOST_ROUTES = 15
MOST_AIRPORTS = 14
MOST_PLACES = 60
MOST_NAMES = 14
NAME_TALL, NAME_WIDE = 6, 12  # degrees that a name takes up
FEW = 10  # timed departures, under which an hour is drawn pale
SCALE = alt.Scale(domain=[0.5, 0.95], range=["#b3440b", "#f0c36a", "#2f7fbf"], interpolate="rgb", clamp=True)
STEPS = alt.Legend(title="departures on time", format=".0%", orient="bottom", values=[0.5, 0.65, 0.8, 0.95])


def routes(figures: Figures) -> Chart | None:
    """The least punctual routes, with intervals."""
    worst = figures.routes[:MOST_ROUTES]
    if not worst:
        return None
    data = [
        values_of(r.on_time) | {"route": f"{r.departure} to {r.arrival}, {r.code} (n={r.on_time.count})"} for r in worst
    ]
    base = alt.Chart(alt.Data(values=data)).encode(y=alt.Y("route:N", sort=None, title=None, axis=labels(200)))
    reach = base.mark_rule(strokeWidth=3, opacity=0.55, color=ORANGE).encode(
        x=alt.X("low:Q", title="arrivals on time", axis=SHARE, scale=alt.Scale(domain=[0, 1])), x2="high:Q"
    )
    point = base.mark_point(filled=True, size=80, color=ORANGE, opacity=1).encode(x="value:Q", tooltip=tips("route"))
    return Chart(
        "routes",
        "Which routes are worst?",
        "The least punctual routes with at least 10 timed arrivals, ranked by the upper end of the interval: even with "
        "luck they are not better than that.",
        f"Dots with intervals. The worst is {worst[0].departure} to {worst[0].arrival} of {worst[0].airline} with "
        f"{percent(worst[0].on_time)}.",
        specification_of(reach + point, height=tall(data)),
        ("route", "airline", "on time", "95 % interval", "timed", "mean delay", "cancelled"),
        [
            (
                f"{r.departure} to {r.arrival}",
                r.airline,
                percent(r.on_time),
                interval(r.on_time),
                f"{r.on_time.count:,}",
                minutes(r.mean_delay),
                f"{r.cancelled:,}",
            )
            for r in figures.routes[: 4 * MOST_ROUTES]
        ],
    )


def hours(figures: Figures) -> Chart | None:
    """The busiest airports by the hour of their own clocks."""
    shown = [airport for airport in figures.airports if airport.on_time.count][:MOST_AIRPORTS]
    if not shown:
        return None
    data = [
        values_of(share) | {"airport": airport.code, "hour": hour, "sample": 1 if share.count >= FEW else 0.35}
        for airport in shown
        for hour, share in airport.hours.items()
        if share.count
    ]
    cells = (
        alt.Chart(alt.Data(values=data))
        .mark_rect()
        .encode(
            x=alt.X("hour:O", title="scheduled hour of departure, the airport's clock", axis=EVEN),
            y=alt.Y("airport:N", sort=[a.code for a in shown], title=None),
            color=alt.Color("value:Q", scale=SCALE, legend=STEPS),
            opacity=alt.Opacity("sample:Q", scale=None, legend=None),
            tooltip=["airport:N", "hour:O", *tips("airport")[1:]],
        )
    )
    return Chart(
        "hours",
        "Is it the airport, and at what hour?",
        "Departures at most 15 minutes late at the busiest airports, all of the page's airlines together. Pale: fewer "
        f"than {FEW} departures; blank: none.",
        "A heat map of airports by hour; orange is unpunctual, blue punctual.",
        specification_of(cells, height=tall(shown, 22)),
        ("airport", "hour", "on time", "timed departures"),
        [(r["airport"], f"{r['hour']:02d}", f"{r['value']:.0%}", f"{r['n']:,}") for r in data],
    )


def world_map(figures: Figures) -> Chart | None:
    """The airports on a map, by departures and punctuality."""
    placed = [a for a in figures.airports if a.place is not None and a.on_time.count][:MOST_PLACES]
    if len(placed) <= 1:
        return None
    data = [
        values_of(a.on_time)
        | {"airport": f"{a.name} ({a.code})", "code": a.code, "flights": a.flights, "lat": place[0], "lon": place[1]}
        for a in placed
        if (place := a.place) is not None
    ]
    known = {"type": "Feature", "properties": {}, "geometry": {"type": "MultiPoint", "coordinates": known_places()}}
    land = alt.Chart(alt.Data(values=[known])).mark_geoshape(fill="gray", fillOpacity=0.45)
    places = alt.Chart(alt.Data(values=data)).encode(longitude="lon:Q", latitude="lat:Q")
    points = places.mark_circle(opacity=0.85, stroke="white", strokeWidth=0.5).encode(
        size=alt.Size("flights:Q", legend=None, scale=alt.Scale(range=[30, 420])),
        color=alt.Color("value:Q", scale=SCALE, legend=STEPS),
        tooltip=[*tips("airport"), alt.Tooltip("flights:Q", format=",")],
    )
    names = (
        alt.Chart(alt.Data(values=[row for row in data if row["code"] in _named(placed)]))
        .mark_text(dy=-13, fontSize=11)
        .encode(longitude="lon:Q", latitude="lat:Q", text="code:N")
    )
    worst = min(placed, key=lambda a: a.on_time.high or 0)
    return Chart(
        "map",
        "Where?",
        "Airports by departures (size) and on-time share of departures (colour); the busiest are named. The faint "
        "dots are all the world's airports, so that the continents show.",
        f"A map of airports. The least punctual is {worst.name} with {percent(worst.on_time)}.",
        specification_of((land + points + names).project("equalEarth", pointRadius=1), height=460),
        ("airport", "departures", "on time", "95 % interval"),
        [(f"{a.name} ({a.code})", f"{a.flights:,}", percent(a.on_time), interval(a.on_time)) for a in placed],
        wide=True,
    )


def _named(placed: list[Airport]) -> set[str]:
    """The busiest airports whose names keep clear of one another on the map."""
    named: list[Airport] = []
    for airport in placed:
        if all(_clear(airport, other) for other in named) and len(named) < MOST_NAMES:
            named.append(airport)
    return {airport.code for airport in named}


def _clear(one: Airport, other: Airport) -> bool:
    if one.place is None or other.place is None:
        return False
    return abs(one.place[0] - other.place[0]) > NAME_TALL or abs(one.place[1] - other.place[1]) > NAME_WIDE
