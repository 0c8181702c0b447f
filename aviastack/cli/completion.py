"""Completion of an endpoint's filters in the shell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aviastack.cli.filters import option_of
from aviastack.endpoints import Endpoint


def filter_completions(endpoint: Endpoint, words: Sequence[str], incomplete: str) -> list[Any]:
    """Return the values of the filter before the cursor or, if there is none, the filters that are not given yet."""
    by_option = {option_of(p.name): p for p in endpoint.parameters if p.name != endpoint.date_parameter}
    item = _item_class()
    if words and words[-1] in by_option:
        return [item(value) for value in by_option[words[-1]].choices if value.startswith(incomplete)]
    return [
        item(option, help=parameter.format.description)
        for option, parameter in by_option.items()
        if incomplete.startswith("-") and option.startswith(incomplete) and option not in words
    ]


def _item_class() -> Any:
    """Return the class of a completion: newer typers have their own copy of click."""
    try:
        from typer._click.shell_completion import CompletionItem
    except ImportError:
        from click.shell_completion import CompletionItem  # type: ignore[assignment]
    return CompletionItem
