"""What the charts of the page have in common: a title, a text alternative, a table, and one look.

Nothing is shown by colour alone: colours come with position, shape or text. Colours are variables of the page, so that
they fit light, dark and print.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import altair as alt

from aviastack.report.intervals import Band, Share

ARRIVALS, DEPARTURES, QUIET = "var(--arrivals)", "var(--departures)", "var(--quiet)"
SHARE = alt.Axis(format=".0%", tickCount=6, tickMinStep=0.01, labelFlush=True)
EVEN = alt.Axis(labelAngle=0, labelOverlap=True)


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


def values_of(band: Band) -> dict[str, Any]:
    """Return a band as a row of a chart's data."""
    low, high = band.estimates or (None, None)
    return {
        "low": band.low,
        "from": low,
        "to": high,
        "high": band.high,
        "median": band.by_median.value,
        "runway": band.at_runway.value,
        "n": band.timed,
    }


def tips(name: str) -> list[alt.Tooltip]:
    """Return the tooltip of a band: what it is, its estimates, its ends, the runway share and the sample."""
    return [
        alt.Tooltip(f"{name}:N"),
        alt.Tooltip("from:Q", format=".1%", title="at the gate, estimate from"),
        alt.Tooltip("to:Q", format=".1%", title="to"),
        alt.Tooltip("low:Q", format=".1%", title="with chance, from"),
        alt.Tooltip("high:Q", format=".1%", title="to "),
        alt.Tooltip("runway:Q", format=".1%", title="at the runway, as sent"),
        alt.Tooltip("n:Q", format=",", title="timed flights"),
    ]


def bands(base: alt.Chart, colour: alt.Color | alt.Value, title: str) -> alt.LayerChart:
    """Return bands: a thin line with chance, a thick one from estimate to estimate, a diamond for the runway share."""
    scale = alt.Scale(zero=False, nice=True, padding=8)
    x = alt.X("low:Q", title=title, axis=SHARE, scale=scale)
    whole = base.mark_rule(strokeWidth=2).encode(x=x, x2="high:Q", color=colour)
    between = base.mark_rule(strokeWidth=9).encode(x=alt.X("from:Q", scale=scale), x2="to:Q", color=colour)
    runway = base.mark_point(shape="diamond", size=55, filled=False, strokeWidth=1.5, color=QUIET).encode(
        x=alt.X("runway:Q", scale=scale)
    )
    return alt.layer(whole, between, runway)


def labels(limit: int) -> alt.Axis:
    """Return an axis of names, cut at this many pixels."""
    return alt.Axis(labelLimit=limit, ticks=False, domain=False, labelPadding=8)


def specification_of(chart: Any, height: int) -> dict[str, Any]:
    """Return the chart as Vega-Lite, as wide as its place on the page."""
    specification: dict[str, Any] = chart.properties(width="container", height=height).to_dict()
    return specification


def tall(rows: Any, each: int = 28) -> int:
    """Return the height in pixels of this many rows."""
    return max(90, each * len(rows))


def percent(share: Share) -> str:
    """Return a share as people read it."""
    return "-" if share.value is None else f"{share.value:.1%}"


def span_text(span: tuple[float | None, float | None] | None) -> str:
    """Return two shares as people read them: ``84.1 to 86.0 %``, or ``85.0 %`` if they are the same to a tenth."""
    if span is None or span[0] is None or span[1] is None:
        return "-"
    low, high = f"{100 * span[0]:.1f}", f"{100 * span[1]:.1f}"
    return f"{low} %" if low == high else f"{low} to {high} %"


def band_text(band: Band) -> str:
    """Return a band with chance as people read it."""
    return span_text((band.low, band.high))


def minutes(value: float | None) -> str:
    """Return minutes as people read them."""
    return "-" if value is None else f"{round(value)} min"
