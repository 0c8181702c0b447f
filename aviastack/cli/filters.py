"""Filters: the endpoint's own parameters as options, and the slices that a command's arguments name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from aviastack.cli import options
from aviastack.endpoints import Endpoint
from aviastack.errors import BadRequest, suggestion
from aviastack.slices import endpoint_of

if TYPE_CHECKING:
    from aviastack.slices import Slice

ACCEPTED = {"allow_extra_args": True, "ignore_unknown_options": True}
"""The context of a command that takes filters: its parser leaves to us the options that it does not know."""


_INSTEAD = {
    "--date": "Use --from and --to, or aviastack run for one date.",
    "--from": "Use --date for one day, or aviastack backfill for a range.",
    "--to": "Use --date for one day, or aviastack backfill for a range.",
}


def slices_of(name: str, day: str | None, first: str | None, last: str | None, extra: Sequence[str]) -> list[Slice]:
    """Return the slice of ``--date``, or those of ``--from`` and ``--to``. Raises :class:`BadRequest`."""
    if (first is None) != (last is None):
        given, missing = ("--from", "--to") if last is None else ("--to", "--from")
        raise BadRequest(f"{given} needs {missing}.", remedy="Give both, or --date for one day.")
    if first is None or last is None:
        return [slice_of(name, day, extra)]
    if day is not None:
        raise BadRequest(f"--date {day} and --from {first} exclude each other.", remedy="Leave one of them out.")
    return slices_between(name, first, last, extra)


def slices_between(name: str, first: str, last: str, extra: Sequence[str]) -> list[Slice]:
    """Return a slice per date and combination of comma-separated filter values, newest date first."""
    from aviastack.pipeline.backfill import slices_between as between

    endpoint = endpoint_of(name)
    filters = filters_of(endpoint, extra)
    if endpoint.date_parameter in filters:
        raise BadRequest(
            f"{option_of(endpoint.date_parameter or '')} and --from exclude each other.",
            remedy="Leave one of them out.",
        )
    return between(endpoint, options.days_of(first, last), filters)


def slice_of(name: str, day: str | None, extra: Sequence[str]) -> Slice:
    """Return the slice that an endpoint, ``--date`` and the filters name. Raises :class:`BadRequest`."""
    from aviastack.slices import Slice

    endpoint = endpoint_of(name)
    query: dict[str, object] = filters_of(endpoint, extra)
    if day is not None:
        if endpoint.date_parameter is None:
            raise BadRequest(f"{endpoint.name} has no dates, so --date {day} is invalid.", remedy="Leave --date out.")
        if endpoint.date_parameter in query and day != query[endpoint.date_parameter]:
            raise BadRequest(
                f"--date {day} and {option_of(endpoint.date_parameter)} {query[endpoint.date_parameter]} differ.",
                remedy="Leave one of them out.",
            )
        query[endpoint.date_parameter] = day
    return Slice.of(endpoint, query)


def filters_of(endpoint: Endpoint, extra: Sequence[str]) -> dict[str, object]:
    """Read ``--airline-iata AA`` or ``--airline-iata=AA`` into the endpoint's parameters."""
    query: dict[str, object] = {}
    words = list(extra)
    while words:
        option, equals, value = words.pop(0).partition("=")
        if not option.startswith("--"):
            raise BadRequest(f"Unexpected argument '{option}'.", remedy="Write filters as --airline-iata AA.")
        parameter = _parameter(endpoint, option)
        if not equals:
            if not words or words[0].startswith("--"):
                raise BadRequest(f"{option} needs a value.", remedy=f"Write it as {option} VALUE.")
            value = words.pop(0)
        if parameter in query:
            raise BadRequest(
                f"{option} is given twice.", remedy="Give it once; backfill takes several values: AA,DL,UA."
            )
        query[parameter] = value
    return query


def option_of(parameter: str) -> str:
    """Return the option of a parameter: ``--iata-code`` of ``iataCode``."""
    return "--" + "".join(f"-{c.lower()}" if c.isupper() else c for c in parameter).replace("_", "-")


def _parameter(endpoint: Endpoint, option: str) -> str:
    wanted = option.removeprefix("--").replace("-", "").replace("_", "").lower()
    for parameter in endpoint.parameters:
        if parameter.name.replace("_", "").lower() == wanted:
            return parameter.name
    filters = [option_of(parameter.name) for parameter in endpoint.parameters]
    shared = [*_INSTEAD, "--json", "--max-age", *(option_of(name) for name in options.OF_SETTINGS)]
    if option in shared:
        raise BadRequest(f"This command does not take {option}.", remedy=_INSTEAD.get(option, "Leave it out."))
    close = suggestion(option, [*filters, *shared])
    raise BadRequest(
        f"Unknown option '{option}' for {endpoint.name}.",
        remedy=f"{close} Filters of {endpoint.name}: {', '.join(filters)}.".lstrip(),
    )
