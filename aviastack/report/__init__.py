"""The page for the business: one self-contained HTML file about the performance of airline partners."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from aviastack.extras import require

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aviastack.settings import Settings


def write_report(
    settings: Settings,
    first: date,
    last: date,
    out: Path,
    *,
    airlines: Sequence[str] | None = None,
    routes: Sequence[str] | None = None,
) -> Path:
    """Write the page about flights of ``first`` to ``last`` (flight dates, both included) and return its path.

    ``airlines`` are IATA or ICAO codes; if unset, the partners that were requested. ``routes``
    such as ``JFK-LAX`` (one direction each) leave out all other flights. Reads the marts as they are. Raises
    :class:`BadRequest` if the marts have no such flights, or a code or route is unknown, and
    :class:`WarehouseUnavailable`.
    """
    check_installed()
    from aviastack.report.html import page_of
    from aviastack.report.queries import figures_of

    page = page_of(figures_of(settings, first, last, airlines, routes))
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(page, encoding="utf-8")
    return out


def check_installed() -> None:
    """Raise :class:`MissingExtra` unless the packages that draw the report are installed."""
    for module in ("altair", "jinja2", "vl_convert"):
        require(module, "report", "The report")
