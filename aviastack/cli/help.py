"""The help of commands as plain text.

Typer's own help loads rich with a Markdown and a syntax renderer, which takes longer than most commands.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from aviastack.cli.completion import filter_completions
from aviastack.cli.filters import option_of
from aviastack.endpoints import ENDPOINTS

WIDTH = 100  # columns of help on a wide terminal
NAMES = 34  # columns of an option's name and value, before its text begins on a separate line
NARROWEST = 20  # columns of text that are kept on a narrow terminal
FILTERS_WIDTH = 78
OTHER = "Options"


class Command(TyperCommand):
    """A command whose options are grouped by panel."""

    @property
    def takes_filters(self) -> bool:
        """Whether the options of an endpoint are options of the command too."""
        return bool(self.context_settings.get("ignore_unknown_options"))

    def collect_usage_pieces(self, ctx: Any) -> list[str]:  # noqa: ARG002  click's signature
        """Return ``[OPTIONS] ENDPOINT``: what is required without brackets."""
        arguments = [p for p in self.params if p.param_type_name == "argument"]
        pieces = [_name(p) if p.required else f"[{_name(p)}]" for p in arguments]
        return ["[OPTIONS]", *pieces, *(["[FILTERS]"] if self.takes_filters else [])]

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write the arguments, then each panel of options."""
        _write_parameters(self.get_params(ctx), ctx, formatter)

    def shell_complete(self, ctx: Any, incomplete: str) -> list[Any]:
        """Complete the endpoint's filters and their values too, which the parser does not know."""
        found = super().shell_complete(ctx, incomplete)
        endpoint = ENDPOINTS.get(str(ctx.params.get("endpoint")))
        if not self.takes_filters or endpoint is None:
            return found
        return [*found, *filter_completions(endpoint, ctx.args, incomplete)]


class Group(TyperGroup):
    """A group of commands, listed by panel."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:  # noqa: ARG002  click's signature
        """Return ``COMMAND [OPTIONS]``."""
        return ["COMMAND [OPTIONS]"]

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write the commands by panel, then the options."""
        panels: dict[str, list[tuple[str, str]]] = {}
        for name, command in self.commands.items():
            if not command.hidden:
                panel = getattr(command, "rich_help_panel", None)
                summary = (command.help or "").split("\n\n")[0]
                panels.setdefault(panel if isinstance(panel, str) else "Commands", []).append((name, summary))
        _write_panels(panels, formatter)
        _write_parameters(self.get_params(ctx), ctx, formatter)


def show_without_command(context: typer.Context) -> None:
    """Show a group's help, and exit as after wrong usage, if no command is given."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit(2)


def examples(*lines: str) -> str:
    """Return the part of a help's end that shows commands."""
    return "\b\n" + "\n".join([_heading("Example" if len(lines) == 1 else "Examples"), *(f"  $ {x}" for x in lines)])


def filters() -> str:
    """Return the part of a help's end that lists the filters of every endpoint."""
    lines = [_heading("Filters by endpoint, for example --airline-iata AA")]
    for endpoint in ENDPOINTS.values():
        names = [
            option_of(p.name) + (" (required)" if p.required else "")
            for p in endpoint.parameters
            if p.name != endpoint.date_parameter
        ]
        lines += _wrapped(f"{endpoint.name}: {', '.join(names)}", FILTERS_WIDTH, first="  ", rest="    ")
    return "\b\n" + "\n".join(lines)


def _name(parameter: Any) -> str:
    return str(parameter.metavar or parameter.name.upper()).strip("[]")


def _write_parameters(parameters: Iterable[Any], ctx: Any, formatter: Any) -> None:
    panels: dict[str, list[tuple[str, str]]] = {}
    for parameter in parameters:
        record = parameter.get_help_record(ctx)
        if record is None:
            continue
        if parameter.param_type_name == "argument":
            panels.setdefault("Arguments", []).append((_name(parameter), _plain(record[1])))
        else:
            panel = getattr(parameter, "rich_help_panel", None) or OTHER
            panels.setdefault(panel, []).append((record[0], _plain(record[1])))
    _write_panels(panels, formatter)


def _write_panels(panels: dict[str, list[tuple[str, str]]], formatter: Any) -> None:
    """Write a heading and two columns per panel. Click's own writer breaks words at hyphens."""
    for panel, rows in panels.items():
        formatter.write(f"\n{_heading(panel)}\n")
        names = min(NAMES, max(len(name) for name, _ in rows))
        for name, text in rows:
            fits = len(name) <= names
            first = f"  {name:<{names}}  " if fits else f"  {name}\n" + " " * (names + 4)
            lines = _wrapped(text, formatter.width - names - 4)
            formatter.write(first + ("\n" + " " * (names + 4)).join(lines) + "\n")


def _wrapped(text: str, width: int, *, first: str = "", rest: str = "") -> list[str]:
    return textwrap.wrap(
        text,
        max(width, NARROWEST),
        initial_indent=first,
        subsequent_indent=rest,
        break_on_hyphens=False,
        break_long_words=False,
    )


def _plain(text: str) -> str:
    """Return an option's help with its default and range in words."""
    text = text.replace("\\[", "[")  # older typers escape it for rich
    text = re.sub(r"\[default: \((.+?)\)(?=[;\]])", r"[default: \1", text)
    text = re.sub(r"\b([\d.]+)<=x<=([\d.]+)", r"\1 to \2", text)
    return " ".join(re.sub(r"\bx>=([\d.]+)", r"\1 or more", text).split())


def _heading(text: str) -> str:
    return typer.style(f"{text}:", bold=True)
