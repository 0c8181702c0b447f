"""Check parameters as the API does; unknown ones are ignored."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta

from aviastack.endpoints import Endpoint, Format, Parameter
from aviastack.simulator.answers import Answer, error, invalid

SOONEST_FUTURE = 8  # days from today; the API has been seen to serve later dates only


def first_fault(endpoint: Endpoint, query: Mapping[str, str]) -> Answer | None:
    """Return the validation error of the first illegal or missing parameter, or None."""
    for name, least in (("limit", 1), ("offset", 0)):
        value = query.get(name, str(least))
        if not (value.isascii() and value.isdigit()) or int(value) < least:
            return invalid(name, f"The {name} must be a whole number from {least}, not '{value}'.")
    for parameter in endpoint.parameters:
        value = query.get(parameter.name, "")
        if not value and parameter.required:
            return invalid(parameter.name, f"You have not supplied '{parameter.name}'.", missing=True)
        if parameter.name in query and not _is_legal(parameter, value):
            rule = f"one of {', '.join(parameter.choices)}" if parameter.choices else parameter.format.description
            return invalid(parameter.name, f"'{value}' is not valid; it must be {rule}.")
    return None


def too_soon(query: Mapping[str, str], now: datetime) -> Answer | None:
    """Return what ``/flightsFuture`` answers for a date that is too near: a validation error sent as a 500."""
    above = now.date() + timedelta(days=SOONEST_FUTURE - 1)
    if date.fromisoformat(query["date"]) > above:
        return None
    return error(500, "internal_error", f"date must be above {above}")


def _is_legal(parameter: Parameter, value: str) -> bool:
    canonical = parameter.format.canonical(value)
    if not re.fullmatch(parameter.format.pattern, canonical):
        return False
    if parameter.format is Format.DATE:
        return _is_date(canonical)
    return not parameter.choices or canonical in parameter.choices


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
