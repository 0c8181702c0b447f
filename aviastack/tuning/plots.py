"""The comparison as one picture: the cost of each shape, the effect of pace and concurrency, the freshness per plan."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import altair as alt

from aviastack.endpoints import Plan
from aviastack.errors import BadRequest, counted
from aviastack.tuning.comparing import Comparison
from aviastack.tuning.costs import Choice, Month

BLUE, ORANGE, GREY = "#3b7dd8", "#d9730d", "#8a8f98"
MOST_POLLS = 24  # drawn at least
TICKS = alt.Axis(values=[digit * 10.0**power for power in range(-2, 7) for digit in (1, 2, 5)], format=",.2~f")
KINDS = (".html", ".svg", ".png", ".json")


def check_kind(path: Path) -> None:
    """Raise :class:`BadRequest` for a file whose ending is not that of a picture."""
    if path.suffix not in KINDS:
        raise BadRequest(
            f"'{path}' does not name a picture.", remedy=f"Use a name that ends in one of: {', '.join(KINDS)}."
        )


def draw(comparison: Comparison, path: Path) -> None:
    """Write the chart as HTML that needs no network, SVG, PNG or Vega-Lite JSON, by the file's ending.

    Raises :class:`BadRequest` for any other ending.
    """
    check_kind(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    chart = chart_of(comparison)
    if path.suffix == ".html":
        chart.save(str(path), inline=True)
    else:
        chart.save(str(path), **({"scale_factor": 2} if path.suffix == ".png" else {}))


def chart_of(comparison: Comparison) -> Any:
    """Return the altair chart."""
    best = comparison.best
    title = alt.Title(
        f"{best.shape.name}, {best.rows_per_page:,} rows per page, {best.speed.pace}, "
        f"concurrency {best.speed.concurrency}",
        subtitle=f"recommended on the {comparison.plan} plan: {counted(best.calls_per_date, 'call')} per settled date, "
        f"{counted(best.polls_per_day, 'poll')} per day, {best.share_of_quota:.0%} of the monthly quota",
        anchor="start",
    )
    panels = alt.vconcat(_shapes(comparison), _paces(comparison), _freshness(comparison), spacing=28)
    apart = panels.resolve_scale(color="independent", shape="independent", strokeDash="independent")
    return apart.properties(title=title).configure_view(stroke=None).configure_axis(grid=False)


def _shapes(comparison: Comparison) -> Any:
    data = [
        {
            "choice": f"{c.shape.label}, {c.rows_per_page:,} per page",
            "calls": c.calls_per_date,
            "what": "recommended" if c == comparison.best else "complete" if c.is_complete else "not complete",
            "label": f"{c.calls_per_date:,}",
        }
        for c in comparison.choices
    ]
    base = alt.Chart(alt.Data(values=data)).encode(
        y=alt.Y("choice:N", sort="x", title=None, axis=alt.Axis(labelLimit=220)),
        x=alt.X("calls:Q", scale=alt.Scale(type="log"), axis=TICKS, title="calls for one settled date (log)"),
    )
    colour = alt.Color(
        "what:N",
        title=None,
        scale=alt.Scale(domain=["recommended", "complete", "not complete"], range=[ORANGE, BLUE, GREY]),
        legend=alt.Legend(orient="bottom"),
    )
    points = base.mark_point(filled=True, size=110, opacity=1).encode(
        color=colour, shape=alt.Shape("what:N", legend=None)
    )
    labels = base.mark_text(align="left", dx=10, fontSize=11).encode(text="label:N")
    return (points + labels).properties(
        width=520, height=24 * len(data), title="Cost of one date, by slices and page size"
    )


def _paces(comparison: Comparison) -> Any:
    data = [
        {"pace": str(speed.pace), "concurrency": speed.concurrency, "minutes": minutes}
        for speed, minutes in comparison.speeds.items()
    ]
    lines = (
        alt.Chart(alt.Data(values=data))
        .mark_line(point=True)
        .encode(
            x=alt.X("concurrency:Q", scale=alt.Scale(type="log", base=2), title="calls under way at once"),
            y=alt.Y("minutes:Q", scale=alt.Scale(type="log"), axis=TICKS, title="minutes (log)"),
            color=alt.Color("pace:N", title="pace", sort=None),
            strokeDash=alt.StrokeDash("pace:N", sort=None),
        )
    )
    about = (
        f"Minutes for {len(comparison.dates)} settled dates if an answer takes {comparison.best.speed.latency:.2g} s"
    )
    return lines.properties(width=520, height=170, title=about)


def _freshness(comparison: Comparison) -> Any:
    """Calls per month over polls per day, with the quota of each plan that serves pages of this size."""
    best = comparison.best
    data = [{"polls": polls, "calls": _calls(best, polls)} for polls in _polls(best)]
    quotas = [
        {"plan": str(plan), "calls": Month.of(plan).budget}
        for plan in Plan
        if plan.calls_per_month and plan.rows_per_page == comparison.plan.rows_per_page
    ]
    log = alt.Scale(type="log")
    line = (
        alt.Chart(alt.Data(values=data))
        .mark_line(color=BLUE)
        .encode(
            x=alt.X("polls:Q", title="polls per day of the changing date, beside each settled date once"),
            y=alt.Y("calls:Q", scale=log, axis=TICKS, title="calls per month (log)"),
        )
    )
    rules = alt.Chart(alt.Data(values=quotas)).mark_rule(strokeDash=[5, 4], color=GREY).encode(y="calls:Q")
    names = (
        alt.Chart(alt.Data(values=quotas))
        .mark_text(align="left", dx=6, dy=-6, color=GREY)
        .encode(y="calls:Q", x=alt.value(0), text="plan:N")
    )
    point = (
        alt.Chart(alt.Data(values=[{"polls": best.polls_per_day, "calls": _calls(best, best.polls_per_day)}]))
        .mark_point(filled=True, size=120, color=ORANGE, opacity=1)
        .encode(x="polls:Q", y="calls:Q")
    )
    about = "How often a plan can poll: where the line stays below its quota, with a tenth kept back"
    return (line + rules + names + point).properties(width=520, height=170, title=about)


def _polls(best: Choice) -> range:
    most = max(MOST_POLLS, best.polls_per_day * 5 // 4)
    return range(0, most + 1, max(1, most // 60))


def _calls(choice: Choice, polls: int) -> int:
    return 30 * (choice.calls_per_date + polls * choice.calls_per_poll)
