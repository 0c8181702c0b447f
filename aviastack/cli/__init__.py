"""The command line: ``aviastack COMMAND``. Exit codes stand in :mod:`aviastack.errors`."""

from __future__ import annotations

import os
import sys

from aviastack.errors import EXIT_BUG, AviastackError

INTERRUPTED = 130
POOL = ("ARROW_DEFAULT_MEMORY_POOL", "jemalloc")  # Arrow's own choice, mimalloc, keeps 50 MB more of what it has freed


def main() -> None:
    """Run the command line, turning every error into one message, one JSON object where asked, and its exit code."""
    if sys.platform != "win32":  # where Arrow has no jemalloc
        os.environ.setdefault(*POOL)
    from aviastack.cli.app import app
    from aviastack.cli.output import tell_error, tell_failure

    try:
        app(prog_name="aviastack")
    except AviastackError as error:
        tell_error(error)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        tell_failure("Interrupted. Pages that had arrived are in the journal; the same command goes on from there.")
        sys.exit(INTERRUPTED)
    except Exception as error:  # noqa: BLE001  the last door: whatever came through is told without the key, and is a bug
        from aviastack.cli.output import tell_bug

        tell_bug(error)
        sys.exit(EXIT_BUG)
