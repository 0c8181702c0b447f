"""The charts of airlines: how punctual, since when, how late, how often cancelled."""

from __future__ import annotations

import altair as alt

from aviastack.report.chart import (
    BLUE,
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
from aviastack.report.figures import Figures

MOST_LINES = 6  # airlines in the trend: more can't be told apart
PARTS = [0.02, 0.1, 0.2, 0.4]
LINES = alt.Legend(title=None, orient="bottom", columns=2, symbolSize=120)


def punctuality(figures: Figures) -> Chart | None:
    """On-time share by airline, with intervals and samples."""
    airlines = sorted((a for a in figures.airlines if a.on_time.count), key=lambda a: -(a.on_time.value or 0))
    if not airlines:
        return None
    data = [values_of(a.on_time) | {"airline": a.name, "size": f"n = {a.on_time.count:,}"} for a in airlines]
    base = alt.Chart(alt.Data(values=data)).encode(y=alt.Y("airline:N", sort=None, title=None, axis=labels(210)))
    reach = base.mark_rule(strokeWidth=3, opacity=0.55, color=BLUE).encode(
        x=alt.X("low:Q", title="arrivals on time", axis=SHARE, scale=alt.Scale(zero=False, padding=40)), x2="high:Q"
    )
    point = base.mark_point(filled=True, size=90, color=BLUE, opacity=1).encode(x="value:Q", tooltip=tips("airline"))
    sizes = base.mark_text(align="left", dx=8, dy=-9, fontSize=10, opacity=0.8).encode(x="value:Q", text="size:N")
    best, worst = airlines[0], airlines[-1]
    return Chart(
        "punctuality",
        "Which airline is punctual, and how sure is that?",
        "Share of arrivals at most 15 minutes late. The bar is the 95 % interval: where two bars do not overlap, the "
        "difference is hardly chance.",
        f"Dots with intervals. {best.name} leads with {percent(best.on_time)}, {worst.name} is last with "
        f"{percent(worst.on_time)}.",
        specification_of(reach + point + sizes, height=tall(data, 34)),
        ("airline", "on time", "95 % interval", "timed arrivals", "mean delay", "90 % within"),
        [
            (
                a.name,
                percent(a.on_time),
                interval(a.on_time),
                f"{a.on_time.count:,}",
                minutes(a.mean_delay),
                minutes(a.p90_delay),
            )
            for a in airlines
        ],
    )


def trend(figures: Figures) -> Chart | None:
    """On-time share by flight date, a line an airline."""
    shown = [airline.name for airline in figures.airlines[:MOST_LINES]]
    days = [(name, day, share) for name, day, share in figures.days if share.count]
    if len({day for _, day, _ in days}) <= 1:
        return None
    data = [values_of(share) | {"airline": name, "date": day.isoformat()} for name, day, share in days if name in shown]
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
            tooltip=[alt.Tooltip("date:T", title="date"), *tips("airline")],
        )
    )
    return Chart(
        "trend",
        "Who slipped, and when?",
        f"On-time share by flight date, the {len(shown)} largest airlines. The newest two days may still change."
        if len(figures.airlines) > MOST_LINES
        else "On-time share by flight date. The newest two days may still change.",
        f"Lines by day for {', '.join(shown)}.",
        specification_of(line, height=300),
        ("date", "airline", "on time", "95 % interval", "timed arrivals"),
        [(day.isoformat(), name, percent(s), interval(s), f"{s.count:,}") for name, day, s in days],
    )


def delays(figures: Figures) -> Chart | None:
    """How arrival delays are spread."""
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
            x=alt.X("minutes:O", title="minutes late at arrival, by quarters of an hour", axis=EVEN),
            y=alt.Y("airline:N", sort=order, title=None, axis=labels(150)),
            color=alt.Color(
                "share:Q",
                scale=alt.Scale(scheme="blues", type="sqrt"),
                legend=alt.Legend(title="share of arrivals", format=".0%", orient="bottom", values=PARTS),
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
        "Each row is an airline; darker means more of its arrivals. A column is a quarter of an hour: 0 is on schedule "
        "to 14 minutes late, -60 an hour early or more, 180 three hours late or more.",
        "A heat map of arrival delays in quarters of an hour, a row an airline.",
        specification_of(cells, height=tall(order, 24)),
        ("airline", "minutes late", "arrivals", "share"),
        [(n, str(minutes), f"{flights:,}", f"{flights / totals[n]:.1%}") for n, minutes, flights in figures.delays],
    )


def cancellations(figures: Figures) -> Chart | None:
    """Shares of flights cancelled and diverted, by airline."""
    ended = [a for a in figures.airlines if a.cancelled.count]
    if not ended:
        return None
    order = [a.name for a in sorted(ended, key=lambda a: -(a.cancelled.value or 0))]
    data = [
        {"airline": a.name, "what": what, "share": share.value, "flights": share.hits, "rank": rank}
        for a in ended
        for rank, (what, share) in enumerate((("cancelled", a.cancelled), ("diverted", a.diverted)))
    ]
    most = 1.1 * max(0.01, *(a.cancelled.value or 0 for a in ended), *(a.diverted.value or 0 for a in ended))
    base = alt.Chart(alt.Data(values=data)).encode(
        x=alt.X("share:Q", title="share of flights", axis=alt.Axis(format=".1%"), scale=alt.Scale(domain=[0, most])),
        y=alt.Y("airline:N", sort=order, title=None, axis=labels(150)),
        yOffset=alt.YOffset("what:N", sort=["cancelled", "diverted"]),
        tooltip=["airline:N", "what:N", alt.Tooltip("share:Q", format=".2%"), alt.Tooltip("flights:Q", format=",")],
    )
    bars = base.mark_bar().encode(
        color=alt.Color(
            "what:N",
            scale=alt.Scale(domain=["cancelled", "diverted"], range=[ORANGE, BLUE]),
            legend=alt.Legend(title=None, orient="bottom"),
        ),
    )
    counts = base.mark_text(align="left", dx=4, fontSize=10).encode(text=alt.Text("flights:Q", format=","))
    return Chart(
        "cancellations",
        "Who cancels, who diverts?",
        "Shares of the flights that came to their end: the upper bar is cancelled, the lower diverted, "
        "with the number of flights.",
        f"Bars. {order[0]} cancels most.",
        specification_of(bars + counts, height=tall(order, 34)),
        ("airline", "flights", "cancelled", "95 % interval", "diverted", "unresolved"),
        [
            (
                a.name,
                f"{a.flights:,}",
                f"{a.cancelled.hits:,} ({percent(a.cancelled)})",
                interval(a.cancelled),
                f"{a.diverted.hits:,} ({percent(a.diverted)})",
                f"{a.unresolved.hits:,} ({percent(a.unresolved)})",
            )
            for a in ended
        ],
    )
