"""Which slices a run is for: the dates that are due and the partners, told by the run or by its parameters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import TYPE_CHECKING, Any

from airflow.sdk import Param, Variable

from aviastack.errors import BadRequest
from aviastack.slices import Slice

if TYPE_CHECKING:
    from airflow.sdk import Context

AIRLINES = ("AA", "DL", "UA")
AIRLINES_VARIABLE = "aviastack_airlines"
AIRLINES_PARAM = Param(
    None,
    type=["array", "null"],
    items={"type": "string"},
    description=f"IATA codes of airlines; the Variable {AIRLINES_VARIABLE} when empty.",
)
DUE_AFTER = (timedelta(days=1), timedelta(days=3))  # fresh the day after; settled, hence final, two days later


def due_dates(context: Context) -> list[date]:
    """Return the flights' dates of a run: those of the parameter ``dates``, else those due at the end of its interval.

    A run that was triggered by hand may have no interval; it is taken to be due when it was asked to run. Dates are
    counted in UTC.
    """
    if given := context["params"].get("dates"):
        return [_date(text) for text in given]
    due: datetime = context.get("data_interval_end") or context["dag_run"].run_after
    return [due.astimezone(UTC).date() - age for age in DUE_AFTER]


def dates_between(first: str, last: str) -> list[date]:
    """Return the dates from ``first`` to ``last``, both included, newest first."""
    start, end = _date(first), _date(last)
    if start > end:
        raise BadRequest(f"The first date {start} is after the last date {end}.", remedy="Swap them.")
    return [end - timedelta(days=back) for back in range((end - start).days + 1)]


def partners(params: Mapping[str, Any]) -> list[str]:
    """Return airlines' IATA codes: the parameter ``airlines``, else the Variable ``aviastack_airlines``, else three."""
    if given := params.get("airlines"):
        return list(given)
    listed = Variable.get(AIRLINES_VARIABLE, default=None)
    return [code.strip() for code in listed.split(",")] if listed else list(AIRLINES)


def flight_slices(dates: Iterable[date], airlines: Iterable[str]) -> list[str]:
    """Return the names of slices of ``flights``, date by date. Raises :class:`BadRequest` for what is no airline."""
    return [
        Slice.of("flights", {"flight_date": day, "airline_iata": airline}).name
        for day, airline in product(dates, airlines)
    ]


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadRequest(f"'{text}' is no date.", remedy="Write it as YYYY-MM-DD.") from None
