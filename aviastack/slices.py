"""A slice: one query whose rows are extracted, staged and loaded together.

The unit of idempotence, of resuming and of mapping over workers. Its name is a slug in canonical order and case,
percent-encoded and one to one with the query: ``2026-11-21.airline_iata=AA``, ``live``, ``live.dep_iata=SFO``, ``all``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from urllib.parse import quote, unquote

from aviastack.endpoints import ENDPOINTS, Endpoint, Format, Listing, Parameter, Plan
from aviastack.errors import BadRequest, PlanRefused, did_you_mean

SETTLES_AFTER = timedelta(days=2)
CODES = {
    Format.AIRPORT_IATA: "an IATA code",
    Format.AIRPORT_ICAO: "an ICAO code",
    Format.AIRLINE_IATA: "an IATA code",
    Format.AIRLINE_ICAO: "an ICAO code",
    Format.FLIGHT_NUMBER: "a flight number",
    Format.FLIGHT_IATA: "a flight's IATA code",
    Format.FLIGHT_ICAO: "a flight's ICAO code",
}
"""Formats of codes, and the name of such a code."""
LIVE = "live"
ALL = "all"


@dataclass(frozen=True)
class Slice:
    """An endpoint and its filters, canonical: make one with :meth:`of` or :meth:`parse`."""

    endpoint: Endpoint
    query: tuple[tuple[str, str], ...] = ()

    def __hash__(self) -> int:
        return hash(self.name)  # a text remembers its hash, and calls are counted by slice

    @classmethod
    def of(cls, endpoint: Endpoint | str, query: Mapping[str, object] | None = None) -> Slice:
        """Check ``query`` against the endpoint's declaration and put it into canonical order and case.

        None values are left out. Raises :class:`BadRequest` for an unknown endpoint or parameter, an invalid value or a
        missing required parameter, before any call.
        """
        declared = endpoint_of(endpoint) if isinstance(endpoint, str) else endpoint
        given = {name: str(value) for name, value in (query or {}).items() if value is not None}
        for name in given:
            if declared.parameter(name) is None:
                raise BadRequest(
                    f"'{name}' is not a parameter of {declared.name}.",
                    remedy=did_you_mean(name, [p.name for p in declared.parameters]),
                )
        for parameter in declared.parameters:
            if parameter.required and parameter.name not in given:
                raise BadRequest(
                    f"{declared.name} requires the parameter '{parameter.name}'.",
                    remedy=f"Set it to {_description(parameter)}.",
                )
        values = ((p.name, _valid(declared, p, given[p.name])) for p in declared.parameters if p.name in given)
        return cls(declared, tuple(values))

    @classmethod
    def parse(cls, endpoint: Endpoint | str, name: str) -> Slice:
        """Return the slice with this :attr:`name`. Raises :class:`BadRequest` if it is not the name of one."""
        declared = endpoint_of(endpoint) if isinstance(endpoint, str) else endpoint
        head, *filters = name.split(".")
        query: dict[str, object] = {}
        if head not in (LIVE, ALL):
            if declared.date_parameter is None:
                raise BadRequest(
                    f"'{name}' is not a slice of {declared.name}, which has no dates.",
                    remedy=f"Use '{ALL}' or '{LIVE}'.",
                )
            query[declared.date_parameter] = head
        for part in filters:
            key, equals, value = part.partition("=")
            if not equals:
                raise BadRequest(f"'{part}' in slice '{name}' is not a filter.", remedy="Write it as name=value.")
            query[key] = unquote(value)
        return cls.of(declared, query)

    @cached_property
    def name(self) -> str:
        """The slug of this slice."""
        date_parameter = self.endpoint.date_parameter
        head = dict(self.query).get(date_parameter or "") or (ALL if self.endpoint.listing is Listing.STATIC else LIVE)
        return ".".join([head, *(f"{key}={_encoded(value)}" for key, value in self.query if key != date_parameter)])

    @cached_property
    def date(self) -> date | None:
        """The requested date of the flights (the airport's calendar), or None for a slice without one."""
        value = dict(self.query).get(self.endpoint.date_parameter or "")
        return date.fromisoformat(value) if value else None

    @property
    def covers(self) -> dict[str, str] | None:
        """The predicate: column -> value that all rows of the slice have, and no other row has.

        A complete run has all rows that satisfy it. None for a live slice, and for one filtered by a column that is not
        part of a key (status, delay, text), because there is no such predicate.
        """
        if self.date is None:
            return None
        columns = [(self._column_of(key), value) for key, value in self.query if key != "type"]
        return (
            None
            if any(column is None for column, _ in columns)
            else {column: value for column, value in columns if column}
        )

    @property
    def expects(self) -> dict[str, str]:
        """Key column -> value, in any case, that every row has if the API applied the filters."""
        columns = ((self._column_of(key), value) for key, value in self.query)
        return {column: value for column, value in columns if column}

    @property
    def shown(self) -> list[tuple[Parameter, str]]:
        """The filters on other columns that rows show, with their values."""
        filters = ((self.endpoint.parameter(key), value) for key, value in self.query)
        return [(parameter, value) for parameter, value in filters if parameter is not None and parameter.shown_in]

    @property
    def unshown(self) -> list[str]:
        """The filters of which no row shows whether the API applied them; ``lang`` and ``type`` are not filters."""
        shown = {parameter.name for parameter, _ in self.shown} | {"lang", "type"}
        return [key for key, _ in self.query if key not in shown and self._column_of(key) is None]

    def _column_of(self, name: str) -> str | None:
        """Return the key column that a parameter filters; those of a board's airport and date depend on its type."""
        board = dict(self.query).get("type")
        if name == "iataCode":
            return f"{board}_iata"
        if name == "date":
            return "flight_date" if board == "departure" else None
        parameter = self.endpoint.parameter(name)
        return parameter.column if parameter else None

    @property
    def settles_at(self) -> datetime | None:
        """When the list of a date stops changing: the start (UTC) of the second day after it; None without a date.

        53 days before yesterday were recorded twice, and no total had changed.
        """
        return datetime.combine(self.date + SETTLES_AFTER, time(), UTC) if self.date else None

    def is_settled(self, now: datetime) -> bool:
        """Whether the list no longer changes while it is paged: its date has settled, or it has none."""
        if self.endpoint.listing is not Listing.BY_DATE:
            return True
        return self.settles_at is not None and now >= self.settles_at

    def check_date(self, now: datetime) -> None:
        """Raise :class:`BadRequest` for a date that the endpoint is known to refuse, before any call.

        Historical dates end with the latest date on earth (UTC+14), future ones begin after the earliest (UTC-12).
        """
        if self.date is None:
            return
        latest, earliest = ((now.astimezone(UTC) + timedelta(hours=hours)).date() for hours in (14, -12))
        name = self.endpoint.date_parameter
        if self.endpoint.listing is Listing.BY_DATE and self.date > latest:
            raise BadRequest(
                f"{name} {self.date} is in the future: the latest date is {latest} (UTC+14).",
                remedy="Request an earlier date, or use flightsFuture for planned flights.",
            )
        if self.endpoint.listing is Listing.SINGLE_PAGE and self.date <= earliest:
            raise BadRequest(
                f"{name} {self.date} is not in the future: {self.endpoint.name} has planned flights only.",
                remedy="Request a later date, or use flights for past ones and timetable for today.",
            )

    def check_plan(self, plan: Plan) -> None:
        """Raise :class:`PlanRefused` if the plan does not include the endpoint or a parameter, before any call."""
        if plan.rank < self.endpoint.plan.rank:
            raise PlanRefused(
                f"The {plan} plan does not include {self.endpoint.name}.", remedy=_upgrade(self.endpoint.plan)
            )
        for name, _ in self.query:
            parameter = self.endpoint.parameter(name)
            if parameter is not None and plan.rank < parameter.plan.rank:
                raise PlanRefused(
                    f"The {plan} plan does not include '{name}' of {self.endpoint.name}.",
                    remedy=_upgrade(parameter.plan),
                )

    def __str__(self) -> str:
        return f"{self.endpoint.name} {self.name}"


def endpoint_of(name: str) -> Endpoint:
    """Return the endpoint with that name or table. Raises :class:`BadRequest`."""
    endpoint = ENDPOINTS.get(name) or next((e for e in ENDPOINTS.values() if e.table == name), None)
    if endpoint is None:
        raise BadRequest(f"Unknown endpoint '{name}'.", remedy=did_you_mean(name, list(ENDPOINTS), "endpoints"))
    return endpoint


def _valid(endpoint: Endpoint, parameter: Parameter, value: str) -> str:
    canonical = parameter.format.canonical(value)
    valid = re.fullmatch(parameter.format.pattern, canonical) is not None
    if valid and parameter.choices:
        valid = canonical in parameter.choices
    if valid and parameter.format is Format.DATE:
        valid = _is_date(canonical)
    if not valid:
        remedy = _other_parameter(endpoint, parameter, canonical) or f"Set it to {_description(parameter)}."
        raise BadRequest(f"'{value[:80]}' is not a valid value of '{parameter.name}'.", remedy=remedy)
    return canonical


def _other_parameter(endpoint: Endpoint, parameter: Parameter, value: str) -> str:
    """Return the remedy for a code of another kind: the parameter of the same family that takes it, or nothing."""
    if parameter.format not in CODES:
        return ""
    family, _, rest = parameter.name.partition("_")
    for other in endpoint.parameters:
        kind = CODES.get(other.format)
        related = other.name.startswith(f"{family}_") or (rest == "code" and other.name.endswith("_code"))
        same = other is not parameter and related
        if kind and same and re.fullmatch(other.format.pattern, value.upper()):
            return f"{value.upper()} is {kind}: use {other.name} (--{other.name.replace('_', '-')})."
    return ""


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _description(parameter: Parameter) -> str:
    return f"one of: {', '.join(parameter.choices)}" if parameter.choices else parameter.format.description


def _upgrade(plan: Plan) -> str:
    return f"It needs the {plan} plan or a higher one. Set AVIASTACK_PLAN if your account has it."


def _encoded(value: str) -> str:
    return quote(value, safe="").replace(".", "%2E")
