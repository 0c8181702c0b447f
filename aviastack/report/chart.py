"""What the charts of the page have in common: a title, a sentence for those who can't see it, a table, and one look.

None tells by colour alone: colours come with position, shape or text. Colours of text and axes are the page's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import altair as alt

from aviastack.report.intervals import Share

BLUE, ORANGE = "#3b7dd8", "#d9730d"
SHARE = alt.Axis(format=".0%")
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
    wide: bool = False


def values_of(share: Share) -> dict[str, Any]:
    """Return a share as a row of a chart's data."""
    return {"value": share.value, "low": share.low, "high": share.high, "n": share.count}


def tips(name: str) -> list[alt.Tooltip]:
    """Return the tooltip of a mark: what it is, its share, interval and sample."""
    return [
        alt.Tooltip(f"{name}:N"),
        alt.Tooltip("value:Q", format=".1%", title="on time"),
        alt.Tooltip("low:Q", format=".1%", title="95 % from"),
        alt.Tooltip("high:Q", format=".1%", title="to"),
        alt.Tooltip("n:Q", format=",", title="timed"),
    ]


def labels(limit: int) -> alt.Axis:
    """Return an axis of names, cut at so many pixels."""
    return alt.Axis(labelLimit=limit, ticks=False, domain=False, labelPadding=8)


def specification_of(chart: Any, height: int) -> dict[str, Any]:
    """Return the chart as Vega-Lite, as wide as its place on the page."""
    specification: dict[str, Any] = chart.properties(width="container", height=height).to_dict()
    return specification


def tall(rows: Any, each: int = 28) -> int:
    """Return the height in pixels of so many rows."""
    return max(90, each * len(rows))


def percent(share: Share) -> str:
    """Return a share as people read it."""
    return "-" if share.value is None else f"{share.value:.1%}"


def interval(share: Share) -> str:
    """Return the 95 % interval of a share as people read it."""
    return "-" if share.low is None or share.high is None else f"{share.low:.1%} to {share.high:.1%}"


def minutes(value: float | None) -> str:
    """Return minutes as people read them."""
    return "-" if value is None else f"{value:.0f} min"
