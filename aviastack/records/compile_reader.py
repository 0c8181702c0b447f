"""Compiles ``read_pages.c``, if there is a C compiler: when a wheel is built, and at an editable install.

It needs nothing but the standard library, because a build has nothing else. In a checkout,
``python -m aviastack.records.compile_reader`` compiles it again after a change.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

SOURCE = Path(__file__).with_name("read_pages.c")
FLAGS = ("-std=c11", "-O3", "-fPIC", "-shared")


def compile_reader(library: Path, flags: Sequence[str] = FLAGS) -> str:
    """Compile the reader, and return why that failed, or an empty string.

    The compiler is ``cc``, or the command in the variable CC. A library that was there before is replaced only when the
    new one is whole, because a running process may use it.
    """
    compiler = shlex.split(os.environ.get("CC", "")) or ["cc"]
    made = library.with_suffix(".new")
    try:
        done = subprocess.run(  # noqa: S603  the compiler that the builder chose
            [*compiler, *flags, "-o", str(made), str(SOURCE)], capture_output=True, check=False, text=True
        )
    except OSError as error:
        return f"there is no C compiler: {error}"
    if done.returncode:
        made.unlink(missing_ok=True)
        return f"{compiler[0]} failed: {done.stderr.strip()[:400]}"
    made.replace(library)
    return ""


if __name__ == "__main__":
    sys.exit(compile_reader(SOURCE.with_suffix(".so")) or None)
