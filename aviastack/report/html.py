"""The page: a template filled with figures and charts, everything inlined so that it opens with the network off."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from importlib.metadata import version
from importlib.resources import files
from typing import Any

import jinja2
import vl_convert
from markupsafe import Markup

from aviastack.report.chart import band_text, minutes, percent, span_text
from aviastack.report.charts import charts_of
from aviastack.report.figures import Figures
from aviastack.report.findings import Change, comparison_of, findings, ranked


def page_of(figures: Figures) -> str:
    """Return the page as HTML."""
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {
        "band": band_text,
        "count": _count,
        "minutes": minutes,
        "percent": percent,
        "points": _points,
        "span": span_text,
        "when": _when,
    }
    charts, missing = charts_of(figures)
    return environment.from_string(_file("page.html.j2")).render(
        figures=figures,
        total=figures.total,
        airlines=ranked(figures.airlines),
        charts=charts,
        missing=missing,
        findings=findings(figures),
        comparison=comparison_of(figures),
        css=Markup(_file("page.css")),  # noqa: S704  our own file
        script=Markup(_file("page.js")),  # noqa: S704  our own file
        vega=_library(),
        specifications=_as_json({chart.id: chart.specification for chart in charts}),
        written_at=datetime.now(UTC),
        version=version("aviastack"),
    )


def _file(name: str) -> str:
    return (files("aviastack.report") / name).read_text(encoding="utf-8")


def _library() -> Markup:
    """The charts' library, which the page carries with it."""
    bundle = vl_convert.javascript_bundle(None)  # type: ignore[arg-type]  # its stub lacks the default that it has
    return Markup(bundle.replace("</script", "<\\/script"))  # noqa: S704  the library's own bundle


def _as_json(value: Any) -> Markup:
    """JSON that can't end the script element that holds it."""
    return Markup(json.dumps(value).replace("<", "\\u003c"))  # noqa: S704  no tag can begin in it


def _points(change: Change) -> str:
    """The change in percentage points, marked if it is more than chance."""
    if change.points is None:
        return "-"
    return f"{change.points:+.1f} pts{' (clear)' if change.is_clear else ''}".replace("-", "\u2212")


def _count(value: int) -> str:
    return f"{value:,}"


def _when(value: datetime | None) -> str:
    return "unknown" if value is None else f"{value:%d %b %Y, %H:%M} UTC"
