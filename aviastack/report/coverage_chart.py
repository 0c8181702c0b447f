"""The chart of the data: which slices of each partner and date are loaded."""

from __future__ import annotations

import altair as alt

from aviastack.report.chart import Chart, labels, specification_of, tall
from aviastack.report.figures import Completeness, Figures


def completeness(figures: Figures) -> Chart | None:
    """The state of each partner and date, cell by cell."""
    days = figures.completeness
    if not days:
        return None
    data = [
        {"date": d.date.isoformat(), "partner": d.partner, "state": _state(d)[0], "mark": _state(d)[1]} for d in days
    ]
    domain = ["settled", "complete, may change", "incomplete", "missing"]
    base = alt.Chart(alt.Data(values=data)).encode(
        x=alt.X("yearmonthdate(date):O", title=None, axis=alt.Axis(format="%d %b", labelAngle=0, labelOverlap=True)),
        y=alt.Y("partner:N", title=None, axis=labels(150)),
    )
    cells = base.mark_rect(stroke="var(--card)", strokeWidth=1).encode(
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
        "Are all flights of the source loaded?",
        "By partner and flight date. Settled (=): complete, and fetched after the date's list stopped changing. "
        "Complete (+): "
        "fetched while the list still changed. Incomplete (?): rows may be missing. Missing (x). Complete means that "
        "every flight "
        "the source listed is here, not that its end is known.",
        "A grid of partners by date, each cell marked by its state.",
        specification_of(cells + marks, height=tall(partners, 26)),
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
        return "complete, may change", "+"
    return ("incomplete", "?") if day.complete or day.incomplete else ("missing", "x")
