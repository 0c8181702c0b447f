"""Options that commands share, and the settings that come out of them."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from datetime import date, timedelta
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

from aviastack.endpoints import ENDPOINTS, Plan
from aviastack.errors import BadRequest

if TYPE_CHECKING:
    from aviastack.settings import Settings
    from aviastack.staging.store import Store

PANEL = "Settings"
DAY = "YYYY-MM-DD"
AGE = "AGE"
PLANS = "free, basic, professional, business or enterprise"


def complete_endpoint(incomplete: str) -> list[str]:
    """Return the endpoints that begin with what was typed."""
    return [name for name in ENDPOINTS if name.startswith(incomplete)]


Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout; everything else goes to stderr.")]
EndpointName = Annotated[
    str, typer.Argument(metavar="ENDPOINT", autocompletion=complete_endpoint, help=f"One of: {', '.join(ENDPOINTS)}.")
]
Date = Annotated[str | None, typer.Option("--date", metavar=DAY, help="Date of the flights; live flights if omitted.")]
First = Annotated[str | None, typer.Option("--from", metavar=DAY, help="First date of a range; needs --to.")]
Last = Annotated[str | None, typer.Option("--to", metavar=DAY, help="Last date of the range, included.")]
From = Annotated[str, typer.Option("--from", metavar=DAY, help="First date of the range.")]
To = Annotated[str, typer.Option("--to", metavar=DAY, help="Last date of the range, included.")]
MaxAge = Annotated[
    str | None,
    typer.Option(metavar=AGE, help="Use a complete run of this age from the journal: 90s, 30m, 12h or 2d."),
]

BaseUrl = Annotated[
    str | None,
    typer.Option(
        metavar="URL",
        help="Address of the API.",
        show_default="AVIASTACK_BASE_URL, or AviationStack",
        rich_help_panel=PANEL,
    ),
]
Staging = Annotated[
    str | None,
    typer.Option(
        metavar="PATH",
        help="A folder, or gs://bucket/prefix.",
        show_default="AVIASTACK_STAGING, or ./data/staging",
        rich_help_panel=PANEL,
    ),
]
Warehouse = Annotated[
    str | None,
    typer.Option(
        metavar="URL",
        help="duckdb:///FILE or snowflake://NAME.",
        show_default="AVIASTACK_WAREHOUSE, or data/aviastack.duckdb",
        rich_help_panel=PANEL,
    ),
]
PlanName = Annotated[
    Plan | None,
    typer.Option(
        metavar="PLAN",
        help=f"The account's subscription: {PLANS}.",
        show_default="AVIASTACK_PLAN, or free",
        rich_help_panel=PANEL,
    ),
]
Pace = Annotated[
    str | None,
    typer.Option(
        metavar="CALLS/SECONDS",
        help="Such as 5/s or 1/10s, or off.",
        show_default="AVIASTACK_PACE, or by plan",
        rich_help_panel=PANEL,
    ),
]
Concurrency = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        min=1,
        max=256,
        help="Calls in flight at the same time.",
        show_default="AVIASTACK_CONCURRENCY, or 16",
        rich_help_panel=PANEL,
    ),
]
MaxCalls = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        min=0,
        help="Calls that this command may spend.",
        show_default="AVIASTACK_MAX_CALLS, or unlimited",
        rich_help_panel=PANEL,
    ),
]
Budget = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        min=0,
        help="Calls per month that you allow.",
        show_default="AVIASTACK_BUDGET, or unlimited",
        rich_help_panel=PANEL,
    ),
]

OF_SETTINGS: dict[str, Any] = {
    "base_url": BaseUrl,
    "plan": PlanName,
    "staging": Staging,
    "warehouse": Warehouse,
    "pace": Pace,
    "concurrency": Concurrency,
    "max_calls": MaxCalls,
    "budget": Budget,
}
"""The options that set a setting, by its name."""

API = ("base_url", "plan", "staging", "pace", "concurrency", "max_calls", "budget")
"""The settings of a command that calls the API and stages what comes."""


def takes_settings(*names: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command the options of the settings ``names``.

    Its parameter ``settings`` gets what comes of them, and its parameter ``store`` the store at their staging place.
    """

    def decorated(command: Callable[..., None]) -> Callable[..., None]:
        # Annotated with names that only type checkers see.
        made = {name for name in ("settings", "store") if command.__annotations__.pop(name, None)}
        hints = get_type_hints(command, include_extras=True)
        own = [
            parameter.replace(annotation=hints[name])
            for name, parameter in inspect.signature(command).parameters.items()
            if name in hints
        ]
        keyword = inspect.Parameter.KEYWORD_ONLY
        added = [inspect.Parameter(name, keyword, default=None, annotation=OF_SETTINGS[name]) for name in names]

        @wraps(command)
        def with_settings(*args: Any, **given: Any) -> None:
            settings = settings_of(**{name: given.pop(name) for name in names})
            if "settings" in made:
                given["settings"] = settings
            if "store" in made:
                given["store"] = store_of(settings)
            command(*args, **given)

        with_settings.__signature__ = inspect.Signature([*own, *added])  # type: ignore[attr-defined]
        with_settings.__annotations__ = {parameter.name: parameter.annotation for parameter in (*own, *added)}
        return with_settings

    return decorated


def settings_of(**given: Any) -> Settings:
    """Return the settings with the command's options on top, and start logging at their level."""
    from aviastack.cli.output import start_logging
    from aviastack.settings import settings_from

    settings = settings_from(**given)
    start_logging(settings)
    return settings


def store_of(settings: Settings) -> Store:
    """Open the store at the staging place of the settings."""
    from aviastack.staging.open_store import open_store

    return open_store(settings.staging)


def days_of(first: str, last: str) -> list[date]:
    """Return the dates from ``first`` to ``last``, newest first. Raises :class:`BadRequest`."""
    start, end = date_of(first), date_of(last)
    if start > end:
        raise BadRequest(f"--from {first} is after --to {last}.", remedy="Swap --from and --to.")
    return [end - timedelta(days=n) for n in range((end - start).days + 1)]


def age_of(text: str | None, option: str = "--max-age") -> timedelta | None:
    """Read ``30m`` or ``2d``. Raises :class:`BadRequest` that names the option."""
    from aviastack.settings import duration

    if text is None:
        return None
    try:
        return duration(text)
    except ValueError as error:
        raise BadRequest(f"Invalid {option} '{text}': {error}.") from None


def date_of(text: str) -> date:
    """Read a date. Raises :class:`BadRequest`."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadRequest(f"Invalid date '{text}'.", remedy=f"Write it as {DAY}, for example 2026-11-21.") from None


def codes_of(text: str) -> list[str]:
    """Read codes with commas between them, in upper case and each once."""
    return list(dict.fromkeys(code.strip().upper() for code in text.split(",") if code.strip()))


def check_writable(path: Path, option: str) -> None:
    """Create the folder of an option's file. Raises :class:`BadRequest` if the file can't be written, before the work.

    ``option`` begins the message; it is empty for a file that no option names.
    """
    if path.is_dir():
        raise BadRequest(f"{option} {path} is a folder.".lstrip(), remedy="Name a file in it.")
    existed = path.exists()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab"):
            pass
        if not existed:
            path.unlink()
    except OSError as error:
        raise BadRequest(
            f"{option} {path} cannot be written: {error.strerror}.".lstrip(), remedy="Name another place."
        ) from None
