"""Options that commands share, and how filters and settings come out of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from aviastack.endpoints import ENDPOINTS, Endpoint, Plan
from aviastack.errors import BadRequest

if TYPE_CHECKING:
    from aviastack.settings import Settings
    from aviastack.slices import Slice
    from aviastack.staging.store import Store

Json = Annotated[bool, typer.Option("--json", help="One JSON object on stdout, all else on stderr.")]
EndpointName = Annotated[str, typer.Argument(metavar="ENDPOINT", help=f"One of: {', '.join(ENDPOINTS)}.")]
Date = Annotated[str | None, typer.Option("--date", help="The flights' date, YYYY-MM-DD; live without one.")]
From = Annotated[str, typer.Option("--from", help="First date, YYYY-MM-DD.")]
To = Annotated[str, typer.Option("--to", help="Last date, YYYY-MM-DD, included.")]
MaxAge = Annotated[str | None, typer.Option(help="Answer from the journal what was asked within 90s, 30m, 12h or 2d.")]
BaseUrl = Annotated[str | None, typer.Option(help="Address of the API.", show_default=False)]
Staging = Annotated[str | None, typer.Option(help="Folder, or gs://bucket/prefix.", show_default=False)]
Warehouse = Annotated[str | None, typer.Option(help="duckdb:///FILE or snowflake://NAME.", show_default=False)]
PlanName = Annotated[Plan | None, typer.Option(help="What the account has paid for.", show_default=False)]
Pace = Annotated[str | None, typer.Option(help="Calls per seconds, 5/s or 1/10s, or off.", show_default=False)]
MaxCalls = Annotated[int | None, typer.Option(min=0, help="Calls that this command may spend.", show_default=False)]
Budget = Annotated[int | None, typer.Option(min=0, help="Calls a month that we allow ourselves.", show_default=False)]
Concurrency = Annotated[int | None, typer.Option(min=1, help="Calls under way at once.", show_default=False)]

TAKES_FILTERS = {"allow_extra_args": True, "ignore_unknown_options": True}
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def filters_help() -> str:
    """The filters of every endpoint, for the end of a command's help."""
    lines = ["[bold]Filters[/bold] are the endpoint's own parameters, as --airline-iata AA:"]
    for endpoint in ENDPOINTS.values():
        names = " ".join(f"--{_dashed(p.name)}" for p in endpoint.parameters if p.name != endpoint.date_parameter)
        lines.append(f"[cyan]{endpoint.name}[/cyan] {names}")
    return "\n\n".join(lines)


def slice_of(name: str, day: str | None, extra: Sequence[str]) -> Slice:
    """Return the slice that an endpoint, ``--date`` and the filters name. Raises :class:`BadRequest`."""
    from aviastack.slices import Slice

    endpoint = endpoint_of(name)
    query: dict[str, object] = filters_of(endpoint, extra)
    if day is not None:
        if endpoint.date_parameter is None:
            raise BadRequest(f"{endpoint.name} has no dates; --date {day} can't be asked.", remedy="Leave --date out.")
        query[endpoint.date_parameter] = day
    return Slice.of(endpoint, query)


def endpoint_of(name: str) -> Endpoint:
    """Return the endpoint of that name, or of that table's name. Raises :class:`BadRequest`."""
    for endpoint in ENDPOINTS.values():
        if name in (endpoint.name, endpoint.table):
            return endpoint
    raise BadRequest(f"'{name}' is no endpoint.", remedy=f"It is one of: {', '.join(ENDPOINTS)}.")


def filters_of(endpoint: Endpoint, extra: Sequence[str]) -> dict[str, object]:
    """Read ``--airline-iata AA`` or ``--airline-iata=AA`` into the endpoint's parameters."""
    query: dict[str, object] = {}
    words = list(extra)
    while words:
        option, equals, value = words.pop(0).partition("=")
        if not option.startswith("--"):
            raise BadRequest(f"'{option}' is no option.", remedy="Write filters as --airline-iata AA.")
        if not equals:
            if not words:
                raise BadRequest(f"{option} has no value.", remedy=f"Write it as {option} VALUE.")
            value = words.pop(0)
        query[_parameter(endpoint, option)] = value
    return query


def settings_of(**given: Any) -> Settings:
    """Return the settings with the command's options on top, and start logging at their level."""
    from aviastack.cli.output import start_logging
    from aviastack.settings import settings_from

    settings = settings_from(**given)
    start_logging(settings)
    return settings


def opened(**given: Any) -> tuple[Settings, Store]:
    """Return the settings, as :func:`settings_of` does, and the staging store that they name."""
    from aviastack.staging.open_store import open_store

    settings = settings_of(**given)
    return settings, open_store(settings.staging)


def days_of(first: str, last: str) -> list[date]:
    """Return the dates from ``first`` to ``last``, newest first. Raises :class:`BadRequest`."""
    start, end = date_of(first), date_of(last)
    if start > end:
        raise BadRequest(f"--from {first} is after --to {last}.", remedy="Turn them round.")
    return [end - timedelta(days=n) for n in range((end - start).days + 1)]


def age_of(text: str | None) -> timedelta | None:
    """Read ``30m`` or ``2d``. Raises :class:`BadRequest`."""
    if text is None:
        return None
    number, unit = text[:-1], text[-1:]
    if not number.isdigit() or unit not in SECONDS:
        raise BadRequest(f"'{text}' is no age.", remedy="Write it as 90s, 30m, 12h or 2d.")
    return timedelta(seconds=int(number) * SECONDS[unit])


def date_of(text: str) -> date:
    """Read a date. Raises :class:`BadRequest`."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadRequest(f"'{text}' is no date.", remedy="Write it as YYYY-MM-DD.") from None


def _parameter(endpoint: Endpoint, option: str) -> str:
    wanted = option.removeprefix("--").replace("-", "").replace("_", "").lower()
    for parameter in endpoint.parameters:
        if parameter.name.replace("_", "").lower() == wanted:
            return parameter.name
    known = ", ".join(f"--{_dashed(p.name)}" for p in endpoint.parameters)
    raise BadRequest(f"{option} is no option, and no parameter of {endpoint.name}.", remedy=f"It takes {known}.")


def _dashed(name: str) -> str:
    return "".join(f"-{c.lower()}" if c.isupper() else c for c in name).replace("_", "-")
