"""Feed the product what it should never get: bodies, settings, command lines, damaged files.

    python -m tests.fuzz [--bodies 1000000] [--settings 20000] [--commands 4000] [--files 10000] [--seed 1] [--jobs 2]

Bodies go through Arrow's reader and the reader that goes row by row: JSON that the first takes, both must read alike,
to the bit, and no record may be lost. Any settings and any command line end in a message and an exit code, never in a
traceback, and without the key. A staged run of which bytes are changed is refused or used as it was staged. What
breaks is printed with its seed, and the rest goes on; exits 1 for it.
"""

from __future__ import annotations

import argparse
import os
import time

from tests.fuzz.bodies import fuzz_bodies
from tests.fuzz.chunks import Fuzz, in_chunks
from tests.fuzz.files import fuzz_files
from tests.fuzz.words import fuzz_commands, fuzz_settings

PARTS: dict[str, tuple[Fuzz, int, int]] = {  # name: function, how many, how many at a time
    "settings": (fuzz_settings, 20_000, 2_000),
    "commands": (fuzz_commands, 4_000, 200),
    "files": (fuzz_files, 10_000, 500),
    "bodies": (fuzz_bodies, 1_000_000, 5_000),
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, (_, many, _) in PARTS.items():
        parser.add_argument(f"--{name}", type=int, default=many)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    wanted = parser.parse_args()
    broken = 0
    for name, (fuzz, _, chunk) in PARTS.items():
        many, began = getattr(wanted, name), time.monotonic()
        if not many:
            continue
        seen = in_chunks(name, fuzz, many, chunk, seed=wanted.seed, jobs=wanted.jobs)
        what = ", ".join(f"{count:,} {kind}" for kind, count in seen.counts.most_common())
        print(f"{many:,} {name}, seed {wanted.seed}: {what}; {len(seen.broken)} broken; ", end="")
        print(f"{seen.seconds:,.0f} s of CPU, {(time.monotonic() - began) / 60:.1f} minutes", flush=True)
        broken += len(seen.broken)
    return 1 if broken else 0


if __name__ == "__main__":
    raise SystemExit(main())
