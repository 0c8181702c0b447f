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
from aviastack.report.earlier import Against, Change, against
from aviastack.report.figures import Figures
from aviastack.report.findings import comparison_of, findings, ranked
from aviastack.report.publishers import PUBLISHERS
from aviastack.report.reconciled import Agreement
from aviastack.report.targets import verdicts, without_flights


def page_of(figures: Figures) -> str:
    """Return the page as HTML."""
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {
        "band": band_text,
        "count": _count,
        "minutes": minutes,
        "agreement": _agreement,
        "out_of": _out_of,
        "percent": percent,
        "points": _points,
        "share": _share,
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
        verdicts=verdicts(figures.airlines, figures.targets),
        without_flights=without_flights(figures.airlines, figures.targets),
        earlier=_earlier(figures),
        publishers=PUBLISHERS,
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
    return f"{_signed(change.points)}\N{NO-BREAK SPACE}pts{' (clear)' if change.is_clear else ''}"


def _earlier(figures: Figures) -> dict[str, list[Against]]:
    """Return each airline's arrivals against each earlier period, by the airline's key."""
    dates: dict[str, int] = {}
    for name, _, band in figures.days:
        dates[name] = dates.get(name, 0) + bool(band.timed)
    return {
        a.key: [against(a.name, a.key, (dates.get(a.name, 0), a.arrivals), period) for period in figures.earlier]
        for a in figures.airlines
    }


def _agreement(times: Agreement) -> str:
    """The share of times within a minute, and ours minus theirs on average."""
    if times.within_a_minute is None or times.mean_difference is None:
        return "-"
    return f"{times.within_a_minute:.1%} ({_signed(times.mean_difference)} min)"


def _signed(value: float) -> str:
    """A difference to a tenth with its sign; what rounds to 0 is not negative."""
    return f"{round(value, 1) + 0.0:+.1f}".replace("-", "\u2212")


def _out_of(part: int, whole: int) -> str:
    """A count with its share: ``12 (0.4%)``."""
    return f"{part:,} ({part / whole:.1%})" if whole else f"{part:,}"


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.1%}"


def _count(value: int) -> str:
    return f"{value:,}"


def _when(value: datetime | None) -> str:
    return "unknown" if value is None else f"{value:%d %b %Y, %H:%M} UTC"
