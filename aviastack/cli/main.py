"""The entry points of the command line: every error becomes one message and its exit code."""

from __future__ import annotations

import atexit
import os
import sys
import threading
from contextlib import suppress
from typing import NoReturn

from aviastack.errors import EXIT_BUG, EXIT_DONE, AviastackError

INTERRUPTED = 130  # what typer makes of Ctrl-C
POOL = ("ARROW_DEFAULT_MEMORY_POOL", "jemalloc")  # Arrow's own choice, mimalloc, keeps 50 MB more of what it has freed


def command() -> NoReturn:
    """Run :func:`main` as the process that the shell started, and end that at once.

    To take the interpreter apart object by object takes 0.1 to 0.2 s, up to a twentieth of a run of 200,000 flights.
    Files, ledger and warehouse are closed by then; threads and what is registered for the end are waited for, in the
    way of multiprocessing's own children.
    """
    try:
        main()
        code = EXIT_DONE
    except SystemExit as ended:
        if not isinstance(ended.code, int):
            raise
        code = ended.code
    threading._shutdown()  # type: ignore[attr-defined] # noqa: SLF001 - no public name
    atexit._run_exitfuncs()  # noqa: SLF001 - no public name
    with suppress(OSError):  # whoever read our output may have gone
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)


def main() -> None:
    """Run the command line, turning every error into one message, one JSON object where asked, and its exit code."""
    if sys.platform != "win32":  # where Arrow has no jemalloc
        os.environ.setdefault(*POOL)
    from aviastack.cli.app import app
    from aviastack.cli.output import tell_error, tell_interruption

    try:
        app(prog_name="aviastack")
    except AviastackError as error:
        tell_error(error)
        sys.exit(error.exit_code)
    except SystemExit as ended:
        if ended.code == INTERRUPTED:
            tell_interruption()
        raise
    except Exception as error:  # noqa: BLE001  the last door: whatever came through is told without the key, and is a bug
        from aviastack.cli.output import tell_bug

        tell_bug(error)
        sys.exit(EXIT_BUG)
