"""The entry points of the command line: every error becomes one message and its exit code."""

from __future__ import annotations

import atexit
import gc
import os
import sys
import threading
from contextlib import suppress
from typing import NoReturn

from aviastack.errors import EXIT_BUG, EXIT_DONE, EXIT_INTERRUPTED, AviastackError

POOL = ("ARROW_DEFAULT_MEMORY_POOL", "jemalloc")  # Arrow's own choice, mimalloc, keeps 50 MB more of what it has freed
NEW_OBJECTS = 20_000  # between two searches for cycles: at Python's own 700 they take 6 % of a run's CPU time


def command() -> NoReturn:
    """Run :func:`main` as the process that the shell started, and end the process at once.

    Taking the interpreter apart object by object takes 0.1 to 0.2 s, up to a twentieth of a run of 200,000 flights.
    Files, ledger and warehouse are closed by then; threads and exit handlers are waited for, as multiprocessing's own
    children do.
    """
    gc.set_threshold(NEW_OBJECTS)
    try:
        main()
        code = EXIT_DONE
    except SystemExit as ended:
        if not isinstance(ended.code, int):
            raise
        code = ended.code
    with suppress(KeyboardInterrupt):  # all is done: end at once
        threading._shutdown()  # type: ignore[attr-defined] # noqa: SLF001 - no public name
        atexit._run_exitfuncs()  # noqa: SLF001 - no public name
    with suppress(OSError):  # the reader of our output may have gone
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)


def main() -> None:
    """Run the command line and turn every error into one message, one JSON object with ``--json``, and an exit code."""
    try:
        code = _exit_code()
    except KeyboardInterrupt:  # while modules were imported, before the command took over
        from aviastack.cli.output import print_interruption

        print_interruption()
        code = EXIT_INTERRUPTED
    sys.exit(code)


def _exit_code() -> int:
    if sys.platform != "win32":  # where Arrow has no jemalloc
        os.environ.setdefault(*POOL)
    from typer import Abort

    from aviastack.cli.app import app
    from aviastack.cli.output import Interrupted, print_bug, print_error, print_interruption
    from aviastack.cli.usage import usage_error

    try:
        code = app(prog_name="aviastack", standalone_mode=False) or EXIT_DONE
    except AviastackError as error:
        print_error(error)
        code = error.exit_code
    except Interrupted as ended:
        code = ended.code
    except Abort:  # Ctrl-C or the end of input at a question
        print_interruption()
        code = EXIT_INTERRUPTED
    except Exception as error:  # noqa: BLE001  the outermost handler: what is not a usage error is a bug
        wrong_usage = usage_error(error)
        if wrong_usage is None:
            print_bug(error)
        else:
            print_error(wrong_usage)
        code = EXIT_BUG if wrong_usage is None else wrong_usage.exit_code
    else:
        if code == EXIT_INTERRUPTED:
            print_interruption()
    return code
