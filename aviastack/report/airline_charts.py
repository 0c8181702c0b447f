"""The charts of airlines: how punctual, since when, how late, how often cancelled."""

from __future__ import annotations

import altair as alt

from aviastack.report.chart import (
    ARRIVALS,
    DEPARTURES,
    SHARE,
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
from aviastack.report.findings import ranked

MOST_LINES = 6  # airlines in the trend: more can't be distinguished
FEWEST, MOST = -60, 180  # minutes: the ends of the quarters of an hour
ENDS = ("arrivals", "departures")
COLOURS = alt.Scale(domain=list(ENDS), range=[ARRIVALS, DEPARTURES])


def punctuality(figures: Figures) -> Chart | None:
    """Bands of arrivals and departures by airline, with the runway shares."""
    airlines = [airline for airline in ranked(figures.airlines) if airline.arrivals.timed or airline.departures.timed]
    if not airlines:
        return None
    data = [
        values_of(band) | {"airline": airline.name, "end": end}
        for airline in airlines
        for end, band in zip(ENDS, (airline.arrivals, airline.departures), strict=True)
        if band.timed
    ]
    base = alt.Chart(alt.Data(values=data)).encode(
        y=alt.Y("airline:N", sort=[a.name for a in airlines], title=None, axis=labels(170)),
        yOffset=alt.YOffset("end:N", sort=list(ENDS)),
        tooltip=tips("airline"),
    )
    colour = alt.Color("end:N", scale=COLOURS, legend=alt.Legend(title=None, orient="bottom", symbolType="stroke"))
    return Chart(
        "punctuality",
        "How punctual is each airline at the gate, and how sure is that?",
        "Less than 15 minutes late at the gate, out of timed flights; upper band arrivals, lower band departures. The "
        "thick bar is "
        "the estimate, from the median to the 80th percentile of taxi times; the thin line adds chance (95 %). If two "
        "bands "
        "overlap, no order can be given. The diamond is the share by the runway time as sent.",
        "Bands of arrivals and departures by airline. "
        + "; ".join(f"{a.name} {band_text(a.arrivals)}" for a in airlines),
        specification_of(bands(base, colour, "on time at the gate (estimate)"), height=tall(airlines, 44)),
        (
            *("airline", "arrivals: estimate", "with chance", "timed", "at the runway"),
            *("departures: estimate", "with chance", "timed", "at the runway"),
        ),
        [
            (
                a.name,
                *(
                    text
                    for band in (a.arrivals, a.departures)
                    for text in (
                        span_text(band.estimates),
                        band_text(band),
                        f"{band.timed:,}",
                        percent(band.at_runway),
                    )
                ),
            )
            for a in airlines
        ],
    )


def trend(figures: Figures) -> Chart | None:
    """Share of arrivals on time by flight date, one line per airline."""
    shown = [airline.name for airline in figures.airlines[:MOST_LINES]]
    days = [(name, day, band) for name, day, band in figures.days if band.timed]
    if len({day for _, day, _ in days}) <= 1:
        return None
    data = [values_of(band) | {"airline": name, "date": day.isoformat()} for name, day, band in days if name in shown]
    legend = alt.Legend(title=None, orient="bottom", columns=2, symbolSize=140)
    scale = alt.Scale(domain=shown)
    base = alt.Chart(alt.Data(values=data)).encode(
        x=alt.X("yearmonthdate(date):O", title=None, axis=alt.Axis(format="%d %b", labelOverlap=True, labelAngle=0)),
        y=alt.Y("median:Q", title="arrivals on time at the gate", axis=SHARE, scale=alt.Scale(zero=False, nice=True)),
        color=alt.Color("airline:N", scale=scale, legend=legend),
        tooltip=[alt.Tooltip("date:T", title="date"), *tips("airline")],
    )
    lines = base.mark_line(strokeWidth=1.8).encode(strokeDash=alt.StrokeDash("airline:N", scale=scale, legend=legend))
    points = base.mark_point(size=55, filled=True, opacity=1).encode(
        shape=alt.Shape("airline:N", scale=scale, legend=legend)
    )
    which = f"the {len(shown)} largest airlines" if len(figures.airlines) > MOST_LINES else "each airline"
    return Chart(
        "trend",
        "Who slipped, and when?",
        f"Arrivals less than 15 minutes late at the gate by flight date, {which}: the estimate by the median taxi "
        "time. The newest "
        "two days may still change.",
        f"Lines by day for {', '.join(shown)}.",
        specification_of(lines + points, height=300),
        ("date", "airline", "estimate", "with chance", "timed arrivals"),
        [(d.isoformat(), name, span_text(b.estimates), band_text(b), f"{b.timed:,}") for name, d, b in days],
    )


def delays(figures: Figures) -> Chart | None:
    """How departure delays at the gate are distributed."""
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
    quarters = list(range(FEWEST, MOST + 1, 15))
    cells = (
        alt.Chart(alt.Data(values=data))
        .mark_rect()
        .encode(
            x=alt.X(
                "minutes:O",
                title="minutes late off the gate",
                axis=alt.Axis(labelAngle=0, values=quarters[::2]),
                scale=alt.Scale(domain=quarters),
            ),
            y=alt.Y("airline:N", sort=order, title=None, axis=labels(150)),
            color=alt.Color(
                "share:Q",
                scale=alt.Scale(scheme="blues", type="sqrt"),
                legend=alt.Legend(
                    title="share of departures", format=".0%", orient="bottom", values=[0.02, 0.1, 0.2, 0.4]
                ),
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
        "Departures at the gate (estimate by the median taxi time), one row per airline; darker means more of them. A "
        "column is a "
        f"quarter of an hour: 0 is on schedule to 14 minutes late, {FEWEST} is 45 minutes early or more, {MOST} is "
        "three hours "
        "late or more. Departures, because the source lacks most late arrivals.",
        "A heat map of departure delays in quarters of an hour, one row per airline.",
        specification_of(cells, height=tall(order, 24)),
        ("airline", "minutes late", "departures", "share"),
        [(n, str(minutes), f"{flights:,}", f"{flights / totals[n]:.1%}") for n, minutes, flights in figures.delays],
    )


def cancellations(figures: Figures) -> Chart | None:
    """Shares of flights cancelled, diverted and unresolved, by airline."""
    ended = [airline for airline in figures.airlines if airline.ended]
    if not ended:
        return None
    order = [a.name for a in sorted(ended, key=lambda a: (-(a.unresolved_share.value or 0), a.name))]
    kinds = ("cancelled", "diverted", "unresolved")
    data = [
        {"airline": a.name, "what": what, "share": share.value, "flights": share.hits}
        for a in ended
        for what, share in zip(kinds, (a.cancelled_share, a.diverted_share, a.unresolved_share), strict=True)
    ]
    shares = [getattr(airline, f"{what}_share").value or 0 for airline in ended for what in kinds]
    most = 1.15 * max(0.01, *shares)
    base = alt.Chart(alt.Data(values=data)).encode(
        x=alt.X("share:Q", title="share of flights", axis=SHARE, scale=alt.Scale(domain=[0, most])),
        y=alt.Y("airline:N", sort=order, title=None, axis=labels(150)),
        yOffset=alt.YOffset("what:N", sort=list(kinds)),
        tooltip=["airline:N", "what:N", alt.Tooltip("share:Q", format=".2%"), alt.Tooltip("flights:Q", format=",")],
    )
    colours = alt.Scale(domain=list(kinds), range=[DEPARTURES, ARRIVALS, "var(--unknown)"])
    bars = base.mark_bar().encode(
        color=alt.Color("what:N", scale=colours, legend=alt.Legend(title=None, orient="bottom", columns=3)),
    )
    counts = base.mark_text(align="left", dx=4, fontSize=10).encode(text=alt.Text("flights:Q", format=","))
    return Chart(
        "cancellations",
        "Who cancels, who diverts, and what does the source not know?",
        "Shares of all flights that are not pending, with their number; from top to bottom cancelled, diverted and "
        "unresolved.",
        "Bars of cancelled, diverted and unresolved flights by airline.",
        specification_of(bars + counts, height=tall(order, 48)),
        ("airline", "flights", "cancelled", "diverted", "unresolved", "of these left an hour late"),
        [
            (
                a.name,
                f"{a.flights:,}",
                f"{a.cancelled:,} ({percent(a.cancelled_share)})",
                f"{a.diverted:,} ({percent(a.diverted_share)})",
                f"{a.unresolved:,} ({percent(a.unresolved_share)})",
                f"{a.left_late:,}",
            )
            for a in ended
        ],
    )
