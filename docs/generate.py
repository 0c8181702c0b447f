"""Write the reference pages from the code: ``make docs``. A test fails where a page is stale."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from pydantic import SecretStr
from pydantic.fields import FieldInfo

DOCS = Path(__file__).parent
HEAD = "<!-- Made by `make docs` from {source}; edit that. -->\n\n"


def endpoints_page() -> str:
    """Every endpoint: parameters, plan, pace, columns and keys, from its declaration."""
    from aviastack.endpoints import ENDPOINTS
    from aviastack.records.schema import arrow_schema

    text = HEAD.format(source="`aviastack/endpoints.py`") + "# Endpoints\n\n"
    text += "Parameters are options of `aviastack run ENDPOINT` (`dep_iata` is `--dep-iata`), "
    text += "and keywords of the client's method.\n"
    for endpoint in ENDPOINTS.values():
        key = " \\| ".join(" or ".join(f"`{c}`" for c in part) for part in endpoint.key.parts)
        text += f"\n## {endpoint.name}\n\n{endpoint.about}\n\n"
        text += f"- Table `{endpoint.table}`; plan {endpoint.plan} or higher; its list {endpoint.listing.value}.\n"
        text += f"- Pace {endpoint.pace_free} on the free plan, {endpoint.pace_paid} on paid ones.\n"
        text += f"- Merge key `{endpoint.key.column}`" + (
            f" = {key}.\n" if key else ", the API's own stable identifier.\n"
        )
        text += "\n| parameter | takes | plan | covers column |\n|---|---|---|---|\n"
        for p in endpoint.parameters:
            takes = ", ".join(f"`{c}`" for c in p.choices) or p.format.description
            name = f"`{p.name}`" + (" (required)" if p.required else "")
            text += f"| {name} | {takes} | {p.plan} | {f'`{p.column}`' if p.column else ''} |\n"
        text += "\n| column | type |\n|---|---|\n"
        text += "".join(f"| `{field.name}` | {field.type} |\n" for field in arrow_schema(endpoint))
    return text


def settings_page() -> str:
    """Every setting with its default."""
    from aviastack.settings import Settings

    text = HEAD.format(source="`aviastack/settings.py`") + "# Settings\n\n"
    text += "An option or a keyword beats a variable, a variable beats `aviastack.toml` of the working folder "
    text += "(the same names, lower case). A variable that is set but empty counts as unset.\n\n"
    text += "| variable | default | what it is |\n|---|---|---|\n"
    for name, field in Settings.model_fields.items():
        text += f"| `AVIASTACK_{name.upper()}` | {_default(field)} | {field.description or ''} |\n"
    return text


def commands_page() -> str:
    """Every command's own help."""
    from typer.main import get_command

    from aviastack.cli.app import app

    group = get_command(app)
    text = (
        HEAD.format(source="the commands' own help")
        + "# Commands\n\nEach command takes `--json`: one object on stdout, all else on stderr.\n"
    )
    for name, command in sorted(group.commands.items()):  # type: ignore[attr-defined]
        text += f"\n## aviastack {name}\n\n{' '.join((command.help or '').split())}\n\n| option | |\n|---|---|\n"
        for p in command.params:
            shown = ", ".join(f"`{o}`" for o in p.opts) if p.param_type_name == "option" else f"`{p.name}`"
            text += f"| {shown} | {_plain(getattr(p, 'help', None) or '')} |\n"
    return text


PAGES: dict[str, Callable[[], str]] = {
    "endpoints.md": endpoints_page,
    "settings.md": settings_page,
    "commands.md": commands_page,
}


def _default(field: FieldInfo) -> str:
    from aviastack.settings import duration_text

    value = field.default
    if value is None or isinstance(value, SecretStr):
        return ""
    return duration_text(value) if isinstance(value, timedelta) else f"`{value}`"


def _plain(text: str) -> str:
    return re.sub(r"\[/?[a-z ]*\]", "", text).replace("|", "\\|")


if __name__ == "__main__":
    for page, made in PAGES.items():
        (DOCS / page).write_text(made(), encoding="utf-8")
