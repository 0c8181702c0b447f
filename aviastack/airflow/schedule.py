"""Which slices a DAG run is for: its due dates and its partners, given by the run or by its Params."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from airflow.sdk import Param, Variable

from aviastack.airflow import defaults
from aviastack.airflow.connections import DEFAULT
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
    description=f"IATA codes of airlines. When empty: the Variable {AIRLINES_VARIABLE}, else {', '.join(AIRLINES)}.",
)
AGAIN_PARAM = Param(
    False, type="boolean", description="Fetch final slices again, for example after a failed quality check."
)
DUE_AFTER = (timedelta(days=1), timedelta(days=3))  # fresh the day after; settled, hence final, two days later


def due_dates(context: Context) -> list[date]:
    """Return the flight dates of a run, each once: those of the Param ``dates``, else those due at its interval's end.

    A manual run may have no interval; it counts as due when it was triggered. Dates are in UTC.
    """
    if given := context["params"].get("dates"):
        return list(dict.fromkeys(_date(text) for text in given))
    due: datetime = context.get("data_interval_end") or context["dag_run"].run_after
    return [due.astimezone(UTC).date() - age for age in DUE_AFTER]


def recent_dates(context: Context) -> list[date]:
    """Return the settled dates of the last days, newest first, that a scheduled run searches for missing slices.

    The number of days is ``AVIASTACK_RECOVER_DAYS``. A run with Params ``dates``, and a backfill of Airflow's, which is
    for its own dates alone, searches none.
    """
    run = context["dag_run"]
    if context["params"].get("dates") or run.run_type == "backfill":
        return []
    due: datetime = context.get("data_interval_end") or run.run_after
    newest = due.astimezone(UTC).date() - DUE_AFTER[-1]
    return [newest - timedelta(days=back) for back in range(1, defaults.RECOVER_DAYS + 1)]


def dates_between(first: str, last: str) -> list[date]:
    """Return the dates from ``first`` to ``last``, both included, newest first."""
    start, end = _date(first), _date(last)
    if start > end:
        raise BadRequest(f"The first date {start} is after the last date {end}.", remedy="Swap them.")
    return [end - timedelta(days=back) for back in range((end - start).days + 1)]


def partners(params: Mapping[str, Any], environment: str = DEFAULT) -> list[str]:
    """Return IATA codes of airlines, each once: the Param ``airlines``, else the Variable, else ``AIRLINES``.

    The Variable of an environment ``test`` is ``aviastack_airlines_test``.
    """
    variable = defaults.named(AIRLINES_VARIABLE, environment)
    given = params.get("airlines") or (Variable.get(variable, default=None) or "").split(",")
    codes = [code.strip().upper() for code in given]
    return list(dict.fromkeys(code for code in codes if code)) or list(AIRLINES)


def flight_slices(dates: Iterable[date], airlines: Iterable[str]) -> list[str]:
    """Return the names of slices of ``flights``, date by date. Raises :class:`BadRequest` for an invalid code."""
    return [
        Slice.of("flights", {"flight_date": day, "airline_iata": airline}).name
        for day, airline in product(dates, airlines)
    ]


def label(slice_name: str) -> str:
    """Return a slice's name as the grid shows it: ``UA 2026-11-27`` for ``2026-11-27.airline_iata=UA``."""
    head, *filters = slice_name.split(".")
    return " ".join([*(unquote(part.partition("=")[2]) for part in filters), head])


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadRequest(f"Invalid date {text!r}: use YYYY-MM-DD.", remedy="Fix the run's Param.") from None
