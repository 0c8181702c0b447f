"""What a command prints: results on stdout, everything else on stderr.

No text is read as rich markup, because it may come from the API, and control characters are shown, not sent.
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
from datetime import date
from typing import TYPE_CHECKING, Any

from aviastack.errors import EXIT_INTERRUPTED, AviastackError, counted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from aviastack.settings import Settings

WIDE = 10_000  # columns of output that is not a terminal: nothing is wrapped or cut
INTERRUPTED = "Interrupted."
RESUMES = "The same command continues from there."
QUOTA_SOURCES = {"api": "from the API's headers", "plan": "by the plan's quota", "ledger": "our own count"}
"""Where the figures of a quota come from, in words."""


class Interrupted(SystemExit):
    """Ctrl-C that its command has reported already."""

    def __init__(self) -> None:
        super().__init__(EXIT_INTERRUPTED)


def wants_json() -> bool:
    """Whether stdout takes one JSON object. Read from the arguments, because an error may come before the options."""
    return "--json" in sys.argv


def console(*, stderr: bool = False) -> Console:
    """Return the console for results (stdout), or for everything else; as wide as a terminal, or without limit."""
    from rich.console import Console

    made = Console(stderr=stderr, markup=False, emoji=False, highlight=False)
    if not (made.is_terminal or made.is_jupyter):
        made.width, made.soft_wrap = WIDE, True
    return made


def aside() -> Console:
    """Return the console for everything that is not a result (stderr)."""
    return console(stderr=True)


def line(*parts: str | tuple[str, str], style: str = "") -> Text:
    """Return a line of plain and styled parts."""
    from rich.text import Text

    shown = [printable(part) if isinstance(part, str) else (printable(part[0]), part[1]) for part in parts]
    return Text.assemble(*shown, style=style, overflow="fold")


def table(*columns: str, right: Iterable[str] = (), title: str | None = None) -> Table:
    """Return an empty table; ``right`` are the headings of its right-aligned columns, which never wrap."""
    from rich.table import Table

    made = Table(title=title, title_justify="left", box=None, header_style="bold", pad_edge=False)
    numbers = set(right)
    for column in columns:
        aligned = column in numbers
        made.add_column(column, justify="right" if aligned else "left", no_wrap=aligned, overflow="fold")
    return made


def print_table(shown: Table) -> None:
    """Print a table on stdout; outside a terminal without the blanks that fill its last column."""
    out = console()
    if out.is_terminal:
        out.print(shown)
        return
    with out.capture() as captured:
        out.print(shown)
    sys.stdout.write("".join(f"{text.rstrip()}\n" for text in captured.get().splitlines()))


def size(number: int) -> str:
    """Return a size in bytes, kB, MB or GB."""
    for unit, scale in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if number >= scale:
            return f"{number / scale:,.1f} {unit}"
    return counted(number, "byte")


def printable(text: str) -> str:
    """Return ``text`` with control characters escaped, so that no foreign text can move a terminal's cursor."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c == "\n" else c.encode("unicode_escape").decode() for c in text)


def print_json(value: dict[str, Any]) -> None:
    """Write one JSON object to stdout; dates and times are ISO 8601."""
    sys.stdout.write(json.dumps(value, default=_as_json) + "\n")


def print_note(*parts: str | tuple[str, str], style: str = "dim") -> None:
    """Print a line about the work on stderr."""
    aside().print(line(*parts, style=style))


def print_warning(message: str) -> None:
    """Print a warning on stderr."""
    aside().print(line(("warning: ", "bold yellow"), message))


def print_error(error: AviastackError, *, subject: str = "", as_json: bool | None = None) -> None:
    """Print an error on stderr, and as JSON on stdout if the command takes ``--json`` and prints no object itself.

    ``subject`` names the slice that failed, of several.
    """
    from aviastack.redaction import redacted

    message = redacted(f"{subject}: {error}" if subject else str(error))
    aside().print(line(("error: ", "bold red"), message))
    if wants_json() if as_json is None else as_json:
        print_json({"error": {name: redacted(text) for name, text in error.to_json().items()}})


def print_interruption(pages: int | None = None) -> None:
    """Report Ctrl-C: ``pages`` is how many this command has put into the journal, None if it fetches none."""
    kept = "" if pages is None else f" {counted(pages, 'page')} fetched by this command {_are(pages)} in the journal."
    message = f"{INTERRUPTED}{kept}"
    remedy = "Run the same command again." if pages is None else RESUMES
    aside().print(line(("error: ", "bold red"), f"{message} {remedy}"))
    if wants_json():
        print_json({"error": {"type": "Interrupted", "message": message, "remedy": remedy}})


def print_bug(error: Exception) -> None:
    """Report an unforeseen error with its traceback; the access key is removed."""
    from aviastack.redaction import redacted

    sys.stderr.write(redacted("".join(traceback.format_exception(error))))
    message = redacted(f"{type(error).__name__}: {error}")
    remedy = "This is a bug in aviastack: please report it with the traceback. Fetched pages are in the journal."
    aside().print(line(("error: ", "bold red"), f"{message}. {remedy}"))
    if wants_json():
        print_json({"error": {"type": "Bug", "message": message, "remedy": remedy}})


def start_logging(settings: Settings) -> None:
    """Send the log to stderr at the level of the settings; the access key is removed.

    Snowflake's connector logs each error that it also raises, and that aviastack reports: its traceback is for DEBUG.
    """
    from stamina.instrumentation import set_on_retry_hooks

    from aviastack.redaction import KeyFilter

    handler = logging.StreamHandler()
    handler.addFilter(KeyFilter())
    if settings.log_level != "DEBUG":
        handler.addFilter(_without_the_connectors_tracebacks)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=settings.log_level, handlers=[handler], force=True)
    set_on_retry_hooks([])  # our own log has the retries; stamina would have structlog write to stdout


def _without_the_connectors_tracebacks(record: logging.LogRecord) -> bool:
    if record.name.startswith("snowflake.connector"):
        record.exc_info = record.exc_text = None
    return True


def _as_json(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def _are(number: int) -> str:
    return "is" if number == 1 else "are"
