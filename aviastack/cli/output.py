"""What a person, or a program behind ``--json``, reads: stdout for results, stderr for everything else."""

from __future__ import annotations

import json
import logging
import sys
import traceback
from typing import TYPE_CHECKING, Any

from aviastack.errors import AviastackError

if TYPE_CHECKING:
    from rich.console import Console

    from aviastack.settings import Settings


def asked_for_json() -> bool:
    """Whether stdout is for one JSON object; the last door can't see the command's options, so it looks for itself."""
    return "--json" in sys.argv


def console() -> Console:
    """Return the console for results (stdout)."""
    from rich.console import Console

    return Console(highlight=False)


def aside() -> Console:
    """Return the console for everything else (stderr): sentences, which a file or a log gets whole, a line each."""
    from rich.console import Console

    return Console(stderr=True, highlight=False, soft_wrap=not sys.stderr.isatty())


def counted(number: int, thing: str) -> str:
    """Return ``1 call``, ``1,200 calls``."""
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"


def tell_json(value: dict[str, Any]) -> None:
    """Write one JSON object to stdout."""
    sys.stdout.write(json.dumps(value, default=str) + "\n")


def tell_error(error: AviastackError, *, as_json: bool | None = None) -> None:
    """Tell an error on stderr, and as the command's JSON where that was asked for and nothing else tells it there."""
    from aviastack.redaction import redacted

    aside().print(f"[bold red]{type(error).__name__}[/]: {_plain(redacted(str(error)))}", soft_wrap=True)
    if asked_for_json() if as_json is None else as_json:
        tell_json({"error": {name: redacted(text) for name, text in error.to_json().items()}})


def tell_failure(message: str) -> None:
    """Tell on stderr why the command ends early."""
    aside().print(f"[bold yellow]{_plain(message)}[/]", soft_wrap=True)


def tell_interruption() -> None:
    """Tell what Ctrl-C left, as JSON too where that was asked for."""
    message = "Interrupted. Pages that had arrived are in the journal; the same command goes on from there."
    tell_failure(message)
    if asked_for_json():
        tell_json({"error": {"type": "Interrupted", "message": message, "remedy": "Run the same command again."}})


def tell_bug(error: Exception) -> None:
    """Tell an unforeseen failure with its traceback, the key left out by value."""
    from aviastack.redaction import redacted

    sys.stderr.write(redacted("".join(traceback.format_exception(error))))
    tell_failure("This is a bug in aviastack. Pages that had arrived are in the journal.")
    if asked_for_json():
        message = redacted(f"{type(error).__name__}: {error}")
        tell_json({"error": {"type": "Bug", "message": message, "remedy": "Report it with the traceback on stderr."}})


def start_logging(settings: Settings) -> None:
    """Send the library's log to stderr at the level of the settings, the key left out by value."""
    from stamina.instrumentation import set_on_retry_hooks

    from aviastack.redaction import KeyFilter

    handler = logging.StreamHandler()
    handler.addFilter(KeyFilter())
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=settings.log_level.upper(), handlers=[handler], force=True)
    set_on_retry_hooks([])  # retries are told by our own log; stamina would have structlog write to stdout


def _plain(text: str) -> str:
    from rich.markup import escape

    return escape(text)
