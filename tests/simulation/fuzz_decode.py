"""Feed the decoder bodies that no API should send, and check that each record becomes a row or is quarantined.

    python tests/simulation/fuzz_decode.py --bodies 20000 [--seed 1]

The bodies and the checks are those of the tests (``tests/support/odd_bodies.py``), which draw a few hundred of them.
A body on which the process dies is in the file that ``--last`` names.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from hypothesis import HealthCheck, given, seed, settings

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.support.odd_bodies import bodies, judge


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bodies", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--last", type=Path, default=Path(tempfile.gettempdir()) / "last_odd_body.json")
    wanted = parser.parse_args()
    seen: Counter[str] = Counter()

    @seed(wanted.seed)
    @settings(max_examples=wanted.bodies, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(drawn=bodies())
    def each(drawn: tuple[bytes, int | None]) -> None:
        wanted.last.write_bytes(drawn[0])
        batch = judge(drawn)
        seen.update(bodies=1, damaged=drawn[1] is None, rows=batch.table.num_rows, quarantined=len(batch.quarantined))

    started = time.process_time()
    each()
    print(f"{seen['bodies']:,} bodies, {seen['damaged']:,} of them damaged as a whole: {seen['rows']:,} rows,")
    print(
        f"{seen['quarantined']:,} quarantined, no record lost, no crash; {time.process_time() - started:.0f} s of CPU."
    )


if __name__ == "__main__":
    main()
